//! Secrets that must not appear, in every form in which they might.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;
use unjwt::Jwk;

/// The number of characters that identify a form, since a part of a secret is also secret.
const TELLING: usize = 16;

#[derive(Default)]
pub struct Secrets(Vec<(String, String)>);

impl Secrets {
    /// A key's bytes: as they are, and as hex, base64, base64url and Rust's `Debug` would show them.
    pub fn bytes(&mut self, label: &str, bytes: &[u8]) {
        let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let list = format!("{bytes:?}");
        let mut forms = vec![
            hex.to_uppercase(),
            hex,
            STANDARD_NO_PAD.encode(bytes),
            URL_SAFE_NO_PAD.encode(bytes),
            list.trim_matches(['[', ']']).to_owned(),
        ];
        forms.extend(String::from_utf8(bytes.to_vec()));
        for form in forms {
            self.text(label, &form);
        }
    }

    /// A text, and each telling part of it.
    pub fn text(&mut self, label: &str, text: &str) {
        let parts =
            text.as_bytes().chunks(TELLING).filter(|part| part.len() == TELLING || part.len() == text.len());
        for part in parts {
            self.0.push((label.to_owned(), String::from_utf8_lossy(part).into_owned()));
        }
    }

    /// All of a token but its header, which is the same for all.
    pub fn token(&mut self, label: &str, token: &str) {
        for segment in token.split('.').skip(1) {
            self.text(label, segment);
        }
    }

    /// Adds the secret members of a JWK.
    pub fn jwk(&mut self, jwk: &Jwk) {
        let members = serde_json::to_value(jwk).unwrap();
        for name in ["k", "d", "p", "q", "dp", "dq", "qi"] {
            if let Value::String(member) = &members[name] {
                self.text(name, member);
                self.bytes(name, &URL_SAFE_NO_PAD.decode(member).unwrap());
            }
        }
    }

    /// The labels of the secrets that the text holds.
    pub fn within(&self, text: &str) -> Vec<&str> {
        let found = self.0.iter().filter(|(_, form)| text.contains(form));
        found.map(|(label, _)| label.as_str()).collect()
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}

#[test]
fn every_form_is_found() {
    let mut secrets = Secrets::default();
    let key: Vec<u8> = (0..32).map(|n| n * 7 + 3).collect();
    secrets.bytes("key", &key);
    secrets.bytes("password", b"correct horse battery staple");
    secrets.token("token", "eyJhbGciOiJub25lIn0.c2VjcmV0IHBheWxvYWQ.c2lnbmF0dXJlIG9mIGl0");
    secrets.text("claim", "ada lovelace");
    for (label, text) in [
        ("key", format!("{key:?}")),
        ("key", format!("key={}", URL_SAFE_NO_PAD.encode(&key))),
        ("key", format!("key={}", &URL_SAFE_NO_PAD.encode(&key)[16..])),
        ("key", format!("{:02X?}", key).replace(['[', ']', ',', ' '], "")),
        ("password", "with correct horse battery staple in it".to_owned()),
        ("token", "a.c2VjcmV0IHBheWxvYWQ.b".to_owned()),
        ("claim", "sub: \"ada lovelace\"".to_owned()),
    ] {
        assert!(secrets.within(&text).contains(&label), "{text}");
    }
    assert!(secrets.within("eyJhbGciOiJub25lIn0 of a session that was refused: 3, 10, 17").is_empty());
}
