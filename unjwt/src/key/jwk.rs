use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use super::key_type::KeyType;
use crate::config_error::ConfigError;
use crate::crypto::sha256;
use crate::util::base64;
use crate::util::json::{Json, Object};
use crate::util::strict_json::Checked;

/// A JSON Web Key (RFC 7517): a symmetric key, a key pair, or the public half of one.
///
/// Comes from JSON by [`Jwk::from_json`] or serde, from PEM by [`Jwk::from_pem`], or from [`Jwk::generate`].
/// Members that have no meaning here are kept. Whether the key is fit for a session is checked when the
/// session is built, not here. Cheap to clone.
///
/// # Security
///
/// `Debug` shows `kty`, `kid` and `alg` and nothing else. `Serialize` writes everything, private members too:
/// hand out [`Jwk::public`]. The values of all members are wiped when the last clone is dropped.
///
/// # Example
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use unjwt::Jwk;
///
/// let private = Jwk::generate("ES256")?;
/// let public = private.public().ok_or("symmetric")?;
/// assert_eq!(public.kid(), private.thumbprint().as_deref());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Jwk(Arc<Object>);

/// The members that are secret (RFC 7518 §6).
pub(super) const SECRET: [&str; 8] = ["k", "d", "p", "q", "dp", "dq", "qi", "oth"];

/// The members that a key can be without. Some services write all of them for each key, those without a value as
/// `null` or empty. No key can be without its curve, but an empty one says no more than none.
const OPTIONAL: [&str; 18] = [
    "kid", "alg", "use", "key_ops", "enc", "crv", "x5c", "x5u", "x5t", "x5t#S256", "d", "p", "q", "dp", "dq",
    "qi", "oth", "ext",
];

/// The members that a key of one type needs and one of another can be without.
const NUMBERS: [&str; 5] = ["n", "e", "x", "y", "k"];

impl Jwk {
    /// Reads a JWK from JSON.
    ///
    /// A member that a key can be without counts as absent if it is `null`, `""` or `[]`, as some services write it:
    /// `"alg": null` names no algorithm, `"d": null` makes no key private, and `"key_ops": []` forbids nothing.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Key`] if the text is not a JSON object with each member once and a `kty`, or if one of
    /// `kty`, `kid`, `alg`, `use`, `crv`, `enc` is not a string, or `key_ops` not an array of them. The message never
    /// quotes the text.
    pub fn from_json(json: &str) -> Result<Self, ConfigError> {
        let checked: Checked = serde_json::from_str(json).map_err(|error| {
            // Its own text may quote the input.
            jwk_error(format!("not JSON at line {} column {}", error.line(), error.column()))
        })?;
        Self::from_checked(checked).map_err(jwk_error)
    }

    pub(super) fn from_checked(checked: Checked) -> Result<Self, &'static str> {
        if !checked.unique {
            return Err("a JWK must have each member only once");
        }
        match checked.value {
            Json::Object(members) => Self::from_members(members),
            _ => Err("a JWK must be a JSON object"),
        }
    }

    pub(crate) fn from_members(mut members: Object) -> Result<Self, &'static str> {
        let numbers = members.text("kty").and_then(KeyType::of_name).map_or(&[][..], KeyType::numbers);
        members.retain(|name, value| {
            let is_optional = OPTIONAL.contains(&name) || NUMBERS.contains(&name) && !numbers.contains(&name);
            !(is_optional && value.is_empty())
        });
        let jwk = Self(Arc::new(members));
        let is_text = |name| jwk.get(name).is_none_or(|value| value.as_text().is_some());
        if jwk.text("kty").is_none_or(str::is_empty) {
            return Err("a JWK must have a string `kty` that is not empty");
        }
        if !["kid", "alg", "use", "crv", "enc"].into_iter().all(is_text) {
            return Err("`kid`, `alg`, `use`, `crv` and `enc` of a JWK must be strings");
        }
        let is_texts = |value: &Json| {
            value.as_array().is_some_and(|ops| ops.iter().all(|value| value.as_text().is_some()))
        };
        if !jwk.get("key_ops").is_none_or(is_texts) {
            return Err("`key_ops` of a JWK must be an array of strings");
        }
        Ok(jwk)
    }

    /// `kty`: `"RSA"`, `"EC"`, `"OKP"`, `"oct"`.
    pub fn kty(&self) -> &str {
        self.text("kty").unwrap_or_default()
    }

    /// `kid`, which is written into tokens and by which a key is found in a set.
    pub fn kid(&self) -> Option<&str> {
        self.text("kid")
    }

    /// `alg`, the one algorithm that the key is for.
    pub fn alg(&self) -> Option<&str> {
        self.text("alg")
    }

    /// The same key under another `kid`.
    #[must_use]
    pub fn with_kid(&self, kid: impl Into<String>) -> Self {
        self.with("kid", kid.into())
    }

    /// The same key for an algorithm; takes the place of any `alg` that it had.
    ///
    /// Nothing is checked here: a key that does not fit the algorithm is refused when it is used.
    #[must_use]
    pub fn with_alg(&self, alg: impl Into<String>) -> Self {
        self.with("alg", alg.into())
    }

    /// The SHA-256 thumbprint in base64url (RFC 7638); `None` if `kty` is unknown or a member that it covers
    /// is absent.
    ///
    /// A symmetric key's thumbprint is a hash of the key: publish it only if the key is random.
    pub fn thumbprint(&self) -> Option<String> {
        let required = KeyType::of(self)?.thumbprint_members();
        required.iter().all(|name| self.text(name).is_some()).then_some(())?;
        Some(base64::encode(&sha256(&self.0.select(required).write())))
    }

    /// The JWK as JSON, private members too, from which [`from_json`](Jwk::from_json) makes the same key.
    ///
    /// # Security
    ///
    /// The string is the only copy that is made, and its owner's to wipe; serde's writers leave pieces of the
    /// text in memory that was freed. Hand out that of [`public`](Jwk::public).
    #[must_use]
    pub fn to_json(&self) -> String {
        // JSON that serde_json wrote is UTF-8.
        String::from_utf8(std::mem::take(&mut self.0.write())).unwrap_or_default()
    }

    /// The public half, with `kid`, `alg` and `use`; `None` for a symmetric key or an unknown `kty`.
    pub fn public(&self) -> Option<Self> {
        let kept = KeyType::of(self)?.public_members()?;
        Self::from_members(self.0.select(kept)).ok()
    }

    /// Returns whether the key can do what only its owner may: sign, decrypt, or anything with a symmetric
    /// key.
    pub fn is_private(&self) -> bool {
        SECRET.iter().any(|name| self.get(name).is_some())
    }

    pub(crate) fn with(&self, name: &str, value: String) -> Self {
        let mut members = (*self.0).clone();
        members.insert(name, value);
        Self(Arc::new(members))
    }

    pub(crate) fn members(&self) -> &Object {
        &self.0
    }

    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.text(name)
    }
}

pub(super) fn jwk_error(reason: impl Into<String>) -> ConfigError {
    ConfigError::Key { session: "Jwk".to_owned(), reason: reason.into() }
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwk")
            .field("kty", &self.kty())
            .field("kid", &self.kid())
            .field("alg", &self.alg())
            .finish_non_exhaustive()
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_checked(Checked::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7638 §3.1.
    const RFC_7638: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;

    #[test]
    fn thumbprint_is_that_of_rfc_7638() {
        let jwk = Jwk::from_json(RFC_7638).unwrap();
        assert_eq!(jwk.thumbprint().as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    }

    #[test]
    fn debug_and_errors_show_nothing_private() {
        let secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA";
        let jwk = Jwk::from_json(&format!(r#"{{"kty":"oct","k":"{secret}","kid":"a"}}"#)).unwrap();
        assert_eq!(format!("{jwk:?}"), r#"Jwk { kty: "oct", kid: Some("a"), alg: None, .. }"#);
        for json in [
            format!(r#""{secret}""#),
            format!(r#"{{"k":"{secret}"}}"#),
            format!(r#"{{"kty":"oct","k":"{secret}","k":"{secret}"}}"#),
            format!(r#"{{"kty":"oct","k":"{secret}""#),
            format!(r#"{{"kty":"oct","k":{secret}}}"#),
            format!(r#"["{secret}"]"#),
        ] {
            let error = Jwk::from_json(&json).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("c2Vj"), "{error}");
            let error = serde_json::from_str::<Jwk>(&json).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("c2Vj"), "{error}");
        }
    }

    #[test]
    fn refuses_members_of_a_wrong_type() {
        for json in [
            r#"{"kty":1}"#,
            r#"{"kty":"oct","kid":1}"#,
            r#"{"kty":null}"#,
            r#"{"kty":""}"#,
            r#"{"kty":[]}"#,
            r#"{"kty":"oct","alg":{}}"#,
            r#"{"kty":"oct","crv":false}"#,
            r#"{"kty":"oct","key_ops":[null]}"#,
            r#"{"kty":"oct","use":["sig"]}"#,
            r#"{"kty":"oct","key_ops":"sign"}"#,
            r#"{"kty":"oct","key_ops":[1]}"#,
        ] {
            assert!(Jwk::from_json(json).is_err(), "{json}");
        }
    }

    #[test]
    fn an_optional_member_without_a_value_is_absent() {
        let bare = r#"{"kty":"RSA","n":"AQ","e":"AQAB"}"#;
        for name in OPTIONAL {
            for value in ["null", "\"\"", "[]"] {
                let json = format!(r#"{{"{name}":{value},{}"#, &bare[1..]);
                let jwk = Jwk::from_json(&json).unwrap();
                assert!(jwk.to_json() == bare && !jwk.is_private(), "{json}");
                assert!(
                    serde_json::from_str::<Jwk>(&json).is_ok_and(|read| read.to_json() == bare),
                    "{json}"
                );
            }
        }
        let others = bare.replace('{', r#"{"x":null,"y":"","k":null,"#);
        assert_eq!(Jwk::from_json(&others).unwrap().to_json(), bare);
        // What has no meaning here, and what a key cannot be without, is left as it is.
        let kept = r#"{"kty":"RSA","n":null,"e":"","foo":null,"bar":[]}"#;
        assert_eq!(Jwk::from_json(kept).unwrap().to_json(), kept);
        let kept = r#"{"kty":"EC","x":null,"y":""}"#;
        assert_eq!(Jwk::from_json(kept).unwrap().to_json(), kept);
    }

    #[test]
    fn the_public_half_has_no_secrets() {
        for alg in ["RS256", "ES256", "Ed25519"] {
            let jwk = Jwk::generate(alg).unwrap();
            let public = jwk.public().unwrap();
            assert!(jwk.is_private() && !public.is_private());
            assert_eq!(public.thumbprint(), jwk.thumbprint());
            assert_eq!((public.kid(), public.alg()), (jwk.kid(), jwk.alg()));
            assert_eq!(public.kid(), jwk.thumbprint().as_deref());
        }
        assert!(Jwk::generate("HS256").unwrap().public().is_none());
    }

    #[test]
    fn json_round_trips() {
        let jwk = Jwk::from_json(RFC_7638).unwrap();
        assert_eq!(serde_json::to_string(&jwk).unwrap(), RFC_7638);
        assert_eq!(jwk.to_json(), RFC_7638);
    }
}
