//! Keys: JWKs, sets of them and PEM texts, from their text to a session.

use std::slice;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};
use unjwt::bounds::{NoLogin, NoState};
use unjwt::{Config, ConfigError, ErrorKind, JweKey, Jwk, JwkSet, JwsKey, jose};

use crate::encrypted::Sealed;
use crate::input::choice;
use crate::material::keys;
use crate::signed::Signed;

const SECRET: [&str; 8] = ["k", "d", "p", "q", "dp", "dq", "qi", "oth"];

/// The first byte says what the rest is: `a` a JWK, `b` a JWK Set, `c` a PEM text, `d` the name of a key of `material`
/// and, in the lines after it, members that take the place of its own: `"name":value`; `e` a byte for the label of a PEM
/// text, and the DER in it.
pub fn run(data: &[u8]) {
    let Some((form, rest)) = choice(data, 5) else { return };
    if form == 4 {
        let Some((label, der)) = choice(rest, LABELS.len()) else { return };
        return pem(&armoured(LABELS[label], der));
    }
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match form {
        0 => json(text),
        1 => set(text),
        2 => pem(text),
        _ => changed(text),
    }
}

const LABELS: [&str; 5] =
    ["PRIVATE KEY", "PUBLIC KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "RSA PUBLIC KEY"];

/// A PEM text (RFC 7468 §3).
fn armoured(label: &str, der: &[u8]) -> String {
    let base64 = BASE64.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (at, character) in base64.char_indices() {
        text.push(character);
        if at % 64 == 63 {
            text.push('\n');
        }
    }
    text + &format!("\n-----END {label}-----\n")
}

fn json(text: &str) {
    let read = Jwk::from_json(text);
    assert_eq!(read.is_ok(), serde_json::from_str::<Jwk>(text).is_ok(), "serde and `from_json` agree");
    match read {
        Ok(jwk) => examine(&jwk),
        Err(error) => quotes_nothing(&error, serde_json::from_str(text).ok().as_ref()),
    }
}

fn set(text: &str) {
    let Ok(set) = serde_json::from_str::<JwkSet>(text) else { return };
    let exported = serde_json::to_string(&set).expect("a set is JSON");
    let again: JwkSet = serde_json::from_str(&exported).expect("an exported set is one");
    assert_eq!(json_of(&again), json_of(&set));
    let public = set.public();
    assert!(public.keys().iter().all(|key| !key.is_private()));
    hides_secrets(&format!("{set:?}"), set.keys());
    let verifier = JwsKey::verify_only(set.clone());
    refused(jose::verify("e30.e30.e30", &verifier).map(drop), set.keys());
    refused(jose::verify(&made_by_stranger(), &verifier).map(drop), set.keys());
    started(Signed::config(verifier), set.keys());
}

fn pem(text: &str) {
    match Jwk::from_pem(text) {
        Ok(jwk) => {
            let exported = jwk.to_pem().expect("what was read from PEM can be written");
            let again = Jwk::from_pem(&exported).expect("what was written can be read");
            assert_eq!(json_of(&again), json_of(&jwk));
            for alg in ["RS256", "PS512", "ES256", "EdDSA", "RSA-OAEP", "ECDH-ES+A128KW"] {
                examine(&jwk.with_alg(alg));
            }
        }
        Err(error) => {
            let lines =
                text.lines().map(str::trim).filter(|line| line.len() >= 16 && !line.starts_with("-----"));
            let message = format!("{error} {error:?}");
            for line in lines {
                // A line of words may be a part of ours.
                assert!(line.contains(' ') || !message.contains(line), "{message}");
            }
        }
    }
}

fn changed(text: &str) {
    let (name, changes) = text.split_once('\n').unwrap_or((text, ""));
    let Some(jwk) = keys().get(name) else { return };
    let Ok(changes) = serde_json::from_str::<Map<String, Value>>(&format!("{{{changes}}}")) else { return };
    let Ok(Value::Object(mut members)) = serde_json::to_value(jwk) else { return };
    members.extend(changes);
    members.retain(|_, value| !value.is_null());
    json(&Value::Object(members).to_string());
}

fn examine(jwk: &Jwk) {
    let exported = serde_json::to_string(jwk).expect("a key is JSON");
    let again = Jwk::from_json(&exported).expect("an exported JWK is one");
    assert_eq!(json_of(&again), json_of(jwk));
    hides_secrets(&format!("{jwk:?}"), slice::from_ref(jwk));

    let thumbprint = jwk.thumbprint();
    if let Some(public) = jwk.public() {
        assert!(!public.is_private());
        assert_eq!(public.thumbprint(), thumbprint);
        assert_eq!((public.kid(), public.alg(), public.kty()), (jwk.kid(), jwk.alg(), jwk.kty()));
    }
    if let Ok(pem) = jwk.to_pem() {
        let again = Jwk::from_pem(&pem).expect("what was written can be read");
        assert_eq!(
            json_of(&Jwk::from_pem(&again.to_pem().expect("once more")).expect("once more")),
            json_of(&again)
        );
        assert_eq!(again.is_private(), jwk.is_private());
        // The numbers of the others may stand in a JWK with zeros before them.
        assert!(jwk.kty() != "OKP" || again.thumbprint() == thumbprint);
    }
    signs(jwk);
    encrypts(jwk);
}

/// A key that a session takes signs what it verifies.
fn signs(jwk: &Jwk) {
    let key = JwsKey::from_jwk(jwk.clone());
    hides_secrets(&format!("{key:?}"), slice::from_ref(jwk));
    match jose::sign(b"payload", &key) {
        Ok(token) => {
            let verified = jose::verify(&token, &key).expect("a key verifies what it signs");
            assert_eq!(verified.payload, b"payload");
        }
        Err(error) => refused::<()>(Err(error), slice::from_ref(jwk)),
    }
    started(Signed::config(key), slice::from_ref(jwk));
    refused(
        jose::verify(&made_by_stranger(), &JwsKey::from_jwk(jwk.clone())).map(drop),
        slice::from_ref(jwk),
    );
}

/// A key that a session takes encrypts what it decrypts.
fn encrypts(jwk: &Jwk) {
    let key = JweKey::from_jwk(jwk.clone());
    hides_secrets(&format!("{key:?}"), slice::from_ref(jwk));
    let sealed = jose::encrypt(b"plaintext", &key);
    let config = Sealed::config(key.clone()).anyone_with_the_public_key_may_write();
    match (sealed, started(config, slice::from_ref(jwk))) {
        (Ok(token), true) => {
            let decrypted = jose::decrypt(&token, &key).expect("a session's key decrypts what it encrypts");
            assert_eq!(decrypted.plaintext, b"plaintext");
        }
        (Ok(token), false) => refused(jose::decrypt(&token, &key).map(drop), slice::from_ref(jwk)),
        (Err(error), _) => refused::<()>(Err(error), slice::from_ref(jwk)),
    }
}

/// Whether a session starts with the key; if not, the reason keeps the key to itself.
fn started<T>(config: Config<T>, keys: &[Jwk]) -> bool
where
    T: unjwt::Session<State = NoState, Login = NoLogin>,
{
    match config.build() {
        Ok(_) => true,
        Err(error) => {
            hides_secrets(&format!("{error} {error:?}"), keys);
            false
        }
    }
}

/// A refusal is the key's or the token's fault and shows nothing of the key.
fn refused<T>(result: Result<T, unjwt::Error>, keys: &[Jwk]) {
    let Err(error) = result else { return };
    assert_ne!(error.kind(), ErrorKind::Overloaded);
    hides_secrets(&format!("{error} {error:?}"), keys);
}

/// A token that was signed with a key of nobody here.
fn made_by_stranger() -> String {
    static TOKEN: OnceLock<String> = OnceLock::new();
    TOKEN.get_or_init(|| jose::sign(b"{}", &JwsKey::secret([9; 32])).expect("32 bytes sign")).clone()
}

/// The JSON of a key, with every number that is not an integer as `null`: serde_json may read the last digit of
/// what it wrote as another one, unless a program turns its `float_roundtrip` on.
fn json_of(value: &impl serde::Serialize) -> Value {
    fn without_fractions(value: &mut Value) {
        match value {
            Value::Number(number) if number.is_f64() => *value = Value::Null,
            Value::Array(values) => values.iter_mut().for_each(without_fractions),
            Value::Object(members) => members.values_mut().for_each(without_fractions),
            _ => {}
        }
    }
    let mut json = serde_json::to_value(value).expect("a key is JSON");
    without_fractions(&mut json);
    json
}

/// No secret of the keys stands in the text, unless an owner gave it as a name too.
fn hides_secrets(text: &str, keys: &[Jwk]) {
    let members = keys.iter().filter_map(|key| match serde_json::to_value(key) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    });
    hides(text, &members.collect::<Vec<_>>());
}

fn hides(text: &str, keys: &[Map<String, Value>]) {
    let is_secret = |name: &str| SECRET.contains(&name);
    let named: Vec<String> = keys
        .iter()
        .flatten()
        .filter(|(name, _)| !is_secret(name))
        .map(|(_, value)| value.to_string())
        .collect();
    let secrets = keys.iter().flatten().filter(|(name, _)| is_secret(name));
    for value in secrets.filter_map(|(_, value)| value.as_str()) {
        let is_named = named.iter().any(|name| name.contains(value));
        // A short value may be a part of our own words.
        assert!(value.len() < 16 || value.contains(' ') || is_named || !text.contains(value), "{text}");
    }
}

fn quotes_nothing(error: &ConfigError, value: Option<&Value>) {
    if let Some(Value::Object(members)) = value {
        hides(&format!("{error} {error:?}"), slice::from_ref(members));
    }
}
