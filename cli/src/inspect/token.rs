//! A token's own statements, read without a key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use unjwt::jose::MAX_TOKEN_LEN;

use crate::json::Members;

/// The longest header that is decoded, in characters: certificates may be in it.
const LONGEST_HEADER: usize = 16 * 1024;

/// The members of a header that are not shown: keys, nonces, tags and certificates.
const HIDDEN: [&str; 6] = ["epk", "iv", "jwk", "p2s", "tag", "x5c"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Jws,
    Jwe,
}

impl Form {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Jws => "JWS",
            Self::Jwe => "JWE",
        }
    }
}

/// The parts of a token that are not secret.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) form: Form,
    /// The length in characters.
    pub(super) len: usize,
    /// The header, without what is not shown.
    pub(super) header: Members,
    pub(super) hidden: Vec<String>,
    /// The signed part; `None` for an encrypted token.
    pub(super) payload: Option<Vec<u8>>,
}

impl Token {
    /// Returns whether the text is a token by its look: of a value that is, what is wrong with it is worth saying.
    pub(super) fn is_like(text: &str) -> bool {
        let is_base64url = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        form(text).is_some()
            && text.as_bytes().iter().all(is_base64url)
            && text.split('.').next().and_then(header).is_some()
    }

    pub(super) fn read(text: &str) -> Result<Self, String> {
        if text.len() > MAX_TOKEN_LEN {
            return Err(format!("it has {} characters, and a token has {MAX_TOKEN_LEN} at most", text.len()));
        }
        let form = form(text).ok_or(
            "it is not a token: a signed one has three parts with dots between them, and an encrypted one five",
        )?;
        let mut parts = text.split('.');
        let members = parts.next().and_then(header).ok_or(
            "it is not a token: its first part is not the base64url of a JSON object with each member once",
        )?;
        let payload = match form {
            Form::Jwe => None,
            Form::Jws => {
                let payload = parts.next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
                Some(payload.ok_or("it is not a token: its second part is not base64url")?)
            }
        };
        let (hidden, shown): (Vec<_>, Vec<_>) =
            members.0.into_iter().partition(|(name, _)| HIDDEN.contains(&name.as_str()));
        let hidden = hidden.into_iter().map(|(name, _)| name).collect();
        Ok(Self { form, len: text.len(), header: Members(shown), hidden, payload })
    }

    pub(super) fn alg(&self) -> Option<&str> {
        self.header.text("alg")
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.header.text("kid")
    }
}

fn form(text: &str) -> Option<Form> {
    match text.bytes().filter(|byte| *byte == b'.').count() {
        2 => Some(Form::Jws),
        4 => Some(Form::Jwe),
        _ => None,
    }
}

fn header(segment: &str) -> Option<Members> {
    if segment.len() > LONGEST_HEADER {
        return None;
    }
    Members::parse(&URL_SAFE_NO_PAD.decode(segment).ok()?)
}
