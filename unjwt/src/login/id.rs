//! The identifier of a login.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::keys;
use crate::crypto::{random_id, sha256};
use crate::util::base64;

/// The identifier of a login, the claim `sid` of its tokens: 128 bits as 22 characters of base64url.
///
/// It is random and grants nothing, so a page may show it and a log may contain it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginId([u8; 16]);

/// The text is not that of a [`LoginId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the identifier of a login: expected 22 characters of base64url")]
pub struct InvalidLoginId;

impl LoginId {
    /// Creates the identifier of a new login.
    pub(crate) fn random() -> Self {
        Self(random_id())
    }

    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Returns the login that a `sid` names. One that was not made here is hashed.
    pub(crate) fn of_sid(sid: &str) -> Self {
        sid.parse().unwrap_or_else(|InvalidLoginId| Self::hashed(&["sid", sid]))
    }

    /// Returns the login that a token without a `sid` is: the token itself, by its `jti`.
    pub(crate) fn of_jti(session: &str, jti: &str) -> Self {
        // Ids made by an `id = ..` function may only be unique within their session.
        Self::hashed(&["jti", session, jti])
    }

    /// Returns what stands for a device, by the thumbprint of its key, where a record names a login.
    #[cfg(feature = "dbsc")]
    pub(crate) fn of_device(thumbprint: &str) -> Self {
        Self::hashed(&["device", thumbprint])
    }

    fn hashed(parts: &[&str]) -> Self {
        let digest = sha256(&keys::joined(parts.iter().map(|part| part.as_bytes())));
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(digest) {
            *to = from;
        }
        Self(id)
    }
}

impl FromStr for LoginId {
    type Err = InvalidLoginId;

    fn from_str(text: &str) -> Result<Self, InvalidLoginId> {
        let mut bytes = [0; 16];
        match base64::decode_slice(text, &mut bytes) {
            Ok(decoded) if decoded.len() == 16 => Ok(Self(bytes)),
            _ => Err(InvalidLoginId),
        }
    }
}

impl fmt::Display for LoginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64::encode(&self.0))
    }
}

impl fmt::Debug for LoginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoginId({self})")
    }
}

impl Serialize for LoginId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LoginId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_named_by_its_text() {
        let id = LoginId::random();
        let text = id.to_string();
        assert_eq!(text.len(), 22);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(LoginId::of_sid(&text), id);
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<LoginId>(&format!("\"{text}\"")).unwrap(), id);
        for other in
            ["", "abc", &text[..21], &format!("{text}A"), "+AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB"]
        {
            assert_eq!(other.parse::<LoginId>(), Err(InvalidLoginId), "{other}");
        }
    }

    #[test]
    fn other_names_are_hashed_apart() {
        let ids = [
            LoginId::of_sid("1"),
            LoginId::of_sid("2"),
            LoginId::of_jti("a", "1"),
            LoginId::of_jti("b", "1"),
            LoginId::of_jti("sid", "2"),
            LoginId::of_jti("a\u{0}1", ""),
        ];
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }
}
