//! The key of a device, and the claim `cnf` by which a token names it (RFC 7800).

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::alg::JwsAlg;
use crate::key::Jwk;
use crate::util::base64;
use crate::util::json::{Json, Object};

/// The longest modulus in bytes: 4096 bits. A longer one would make each proof costly.
const LONGEST_MODULUS: usize = 512;

/// The public key of a device. Made only of a proof that was made with it, or of a token of ours.
#[derive(Clone, Debug)]
pub(crate) struct DeviceKey {
    /// The public members alone.
    jwk: Jwk,
    alg: JwsAlg,
    thumbprint: Box<str>,
}

impl DeviceKey {
    /// Returns the key of a JWK whose type is that of one of the two algorithms that browsers use, without looking at its
    /// numbers. `None` for any other, and for a private one.
    pub(super) fn of_jwk(members: Object) -> Option<Self> {
        let jwk = Jwk::from_members(members).ok()?;
        let alg = match (jwk.kty(), jwk.text("crv")) {
            ("EC", Some("P-256")) => JwsAlg::Es256,
            ("RSA", None) if is_short(jwk.text("n")?) && is_short(jwk.text("e")?) => JwsAlg::Rs256,
            _ => return None,
        };
        if jwk.is_private() {
            return None;
        }
        // Nothing else that a client wrote goes into tokens: no `kid`, no `alg`.
        let names: &[&str] =
            if alg == JwsAlg::Es256 { &["kty", "crv", "x", "y"] } else { &["kty", "n", "e"] };
        let jwk = Jwk::from_members(jwk.members().select(names)).ok()?;
        let thumbprint = jwk.thumbprint()?.into();
        Some(Self { jwk, alg, thumbprint })
    }

    pub(super) fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    pub(super) fn alg(&self) -> JwsAlg {
        self.alg
    }

    /// Returns the length in bytes of the key's signatures.
    pub(super) fn signature_len(&self) -> Option<usize> {
        match self.alg {
            JwsAlg::Es256 => Some(64),
            _ => base64::decoded_len(self.jwk.text("n")?.len()),
        }
    }

    /// The SHA-256 thumbprint in base64url (RFC 7638).
    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }
}

/// The member of the claim of a login that waits for its browser's first proof.
const PENDING: &str = "pending";

fn is_short(number: &str) -> bool {
    base64::decoded_len(number.len()).is_some_and(|len| len <= LONGEST_MODULUS)
}

impl PartialEq for DeviceKey {
    fn eq(&self, other: &Self) -> bool {
        self.thumbprint == other.thumbprint
    }
}

impl Eq for DeviceKey {}

/// The device that a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    /// That of a login, whose proofs are verified with the key: `jwk`.
    Key(DeviceKey),
    /// That of a login whose browser has registered, and has not made a proof since: the answer may not have arrived. Beside
    /// `jwk` the claim has `pending`.
    Pending(DeviceKey),
    /// That of a session which belongs to the login: `jkt` (RFC 9449 §6.1).
    Thumbprint(Box<str>),
}

impl Device {
    /// Returns the device that the members of a token's `cnf` name.
    pub(crate) fn of_claim(mut members: Object) -> Option<Self> {
        let is_pending = match members.take(PENDING) {
            None => false,
            Some(Json::Bool(true)) => true,
            Some(_) => return None,
        };
        match (members.take("jwk"), members.take("jkt")) {
            (Some(Json::Object(jwk)), None) => {
                DeviceKey::of_jwk(jwk).map(if is_pending { Self::Pending } else { Self::Key })
            }
            (None, Some(thumbprint)) if !is_pending => {
                thumbprint.as_text().map(|text| Self::Thumbprint(text.into()))
            }
            _ => None,
        }
    }

    pub(crate) fn key(&self) -> Option<&DeviceKey> {
        match self {
            Self::Key(key) | Self::Pending(key) => Some(key),
            Self::Thumbprint(_) => None,
        }
    }

    pub(crate) fn is_pending(&self) -> bool {
        matches!(self, Self::Pending(_))
    }

    pub(crate) fn thumbprint(&self) -> &str {
        match self {
            Self::Key(key) | Self::Pending(key) => key.thumbprint(),
            Self::Thumbprint(thumbprint) => thumbprint,
        }
    }

    /// Returns the same device as tokens of a session name it which belongs to the login.
    pub(crate) fn named(&self) -> Self {
        Self::Thumbprint(self.thumbprint().into())
    }
}

impl Serialize for Device {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        match self {
            Self::Key(key) | Self::Pending(key) => members.serialize_entry("jwk", key.jwk())?,
            Self::Thumbprint(thumbprint) => members.serialize_entry("jkt", thumbprint)?,
        }
        if self.is_pending() {
            members.serialize_entry(PENDING, &true)?;
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::util::strict_json;

    fn members(json: &str) -> Object {
        strict_json::object(json.as_bytes()).unwrap()
    }

    fn public(alg: &str) -> Jwk {
        Jwk::generate(alg).unwrap().public().unwrap()
    }

    #[test]
    fn a_claim_is_read_as_it_was_written() {
        for alg in ["ES256", "RS256"] {
            let key = DeviceKey::of_jwk(members(&public(alg).to_json())).unwrap();
            assert_eq!(key.alg().name(), alg);
            for device in [Device::Key(key.clone()), Device::Pending(key.clone()), Device::Key(key).named()] {
                let written = serde_json::to_string(&device).unwrap();
                assert_eq!(Device::of_claim(members(&written)), Some(device), "{written}");
                assert!(!written.contains("kid") && !written.contains("alg"), "{written}");
            }
        }
    }

    #[test]
    fn other_keys_are_not_those_of_devices() {
        for alg in ["ES384", "EdDSA", "HS256"] {
            let jwk = Jwk::generate(alg).unwrap();
            assert_eq!(DeviceKey::of_jwk(members(&jwk.to_json())), None, "{alg}");
        }
        let private = Jwk::generate("ES256").unwrap();
        assert_eq!(DeviceKey::of_jwk(members(&private.to_json())), None);
        let long = format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#, "A".repeat(688));
        assert_eq!(DeviceKey::of_jwk(members(&long)), None);
        let jwk = public("ES256").to_json();
        for claim in [
            "{}".to_owned(),
            r#"{"jkt":1}"#.to_owned(),
            r#"{"jwk":"x"}"#.to_owned(),
            format!(r#"{{"jwk":{jwk},"jkt":"x"}}"#),
            format!(r#"{{"jwk":{jwk},"pending":1}}"#),
            r#"{"jkt":"x","pending":true}"#.to_owned(),
        ] {
            assert_eq!(Device::of_claim(members(&claim)), None, "{claim}");
        }
    }
}
