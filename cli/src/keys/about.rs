//! The kind of key that a JWK is.

use serde::Deserialize;
use unjwt::Jwk;
use unjwt::jose::{Enc, JweAlg, JwsAlg};

/// The purpose of a key, by its `alg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Signs,
    Encrypts,
}

/// The members of a key that say what it is, and nothing that is secret.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Kind {
    pub(crate) kty: String,
    pub(crate) alg: Option<String>,
    pub(crate) enc: Option<String>,
    pub(crate) crv: Option<String>,
    n: Option<String>,
}

impl Kind {
    pub(crate) fn of(jwk: &Jwk) -> Self {
        // A JWK that was read has these members as strings, or not at all.
        serde_json::from_str(&jwk.to_json()).unwrap_or_else(|_| Self {
            kty: jwk.kty().to_owned(),
            alg: jwk.alg().map(str::to_owned),
            enc: None,
            crv: None,
            n: None,
        })
    }

    pub(crate) fn is_symmetric(&self) -> bool {
        self.kty == "oct"
    }

    pub(crate) fn purpose(&self) -> Option<Purpose> {
        let alg = self.alg.as_deref()?;
        if JwsAlg::from_name(alg).is_some() {
            Some(Purpose::Signs)
        } else if JweAlg::from_name(alg).is_some() || Enc::from_name(alg).is_some() {
            Some(Purpose::Encrypts)
        } else {
            None
        }
    }

    /// Returns the name by which a key like this is made, and its curve.
    pub(crate) fn to_make(&self) -> Option<(&str, Option<&str>)> {
        let alg = self.alg.as_deref()?;
        match JweAlg::from_name(alg) {
            Some(JweAlg::Dir) => Some((self.enc.as_deref().unwrap_or(alg), None)),
            Some(_) => Some((alg, self.crv.as_deref())),
            None => Some((alg, None)),
        }
    }

    /// Returns the bits of an RSA modulus, rounded up to whole bytes.
    pub(crate) fn rsa_bits(&self) -> Option<usize> {
        self.n.as_deref().filter(|_| self.kty == "RSA").map(|n| n.len() * 6 / 8 * 8)
    }

    /// Returns the kind in words: `oct dir A256GCM`, `EC ES256`, `OKP ECDH-ES X25519`.
    pub(crate) fn words(&self) -> String {
        let crv = self.crv.as_deref().filter(|_| self.purpose() != Some(Purpose::Signs));
        let parts = [Some(self.kty.as_str()), self.alg.as_deref(), self.enc.as_deref(), crv];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_like_another() {
        for (alg, curve) in [
            ("A128CBC-HS256", None),
            ("A256GCM", None),
            ("A256KW", None),
            ("ECDH-ES", Some("X25519")),
            ("ES384", None),
        ] {
            let make = |alg: &str, curve: Option<&str>| match curve {
                Some(curve) => Jwk::generate_on_curve(alg, curve).unwrap(),
                None => Jwk::generate(alg).unwrap(),
            };
            let kind = Kind::of(&make(alg, curve));
            assert_eq!(kind.to_make(), Some((alg, curve)), "{kind:?}");
            let (alg, curve) = kind.to_make().unwrap();
            assert_eq!(Kind::of(&make(alg, curve)).words(), kind.words());
        }
    }

    #[test]
    fn an_rsa_key_has_its_bits() {
        assert_eq!(Kind::of(&Jwk::generate("RS256").unwrap()).rsa_bits(), Some(2048));
        assert_eq!(Kind::of(&Jwk::generate("ES256").unwrap()).rsa_bits(), None);
    }
}
