use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::jwk::{Jwk, jwk_error};
use crate::config_error::ConfigError;
use crate::crypto::{fill_random, generate_ec, generate_ed25519, generate_rsa};
use crate::token::alg::{Enc, JweAlg, JwsAlg, KeyManagement, Signature};
use crate::token::base64;

/// Bits of a generated RSA key.
const RSA_BITS: u32 = 2048;

impl Jwk {
    /// Makes a new random key for an algorithm: RSA with 2048 bits, EC on the algorithm's curve (P-256 for
    /// `ECDH-ES`), Ed25519, or a symmetric key of the algorithm's size. Sets `alg`, and `kid` to the
    /// [thumbprint](Jwk::thumbprint).
    ///
    /// The name of a content encryption (`"A256GCM"`) makes a key for `dir` with that `enc`; `"dir"` means `A256GCM`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UnknownAlgorithm`] if no algorithm of that name has keys: passwords (`PBES2-..`) have none.
    pub fn generate(alg: &str) -> Result<Self, ConfigError> {
        let members = if let Some(jws) = JwsAlg::from_name(alg) {
            match jws.signature() {
                Signature::Hmac(bits) => Ok(oct(usize::from(bits / 8))),
                Signature::RsaPkcs1(_) | Signature::RsaPss(_) => generate_rsa(RSA_BITS),
                Signature::Ecdsa(curve) => generate_ec(curve),
                Signature::Ed25519 => generate_ed25519().map(|(seed, public)| {
                    members([
                        ("kty", "OKP"),
                        ("crv", "Ed25519"),
                        ("x", &base64::encode(&public)),
                        ("d", &secret(&seed)),
                    ])
                }),
            }
        } else if let Some(jwe) = JweAlg::from_name(alg) {
            match jwe.management() {
                KeyManagement::Direct => return Self::generate(Enc::A256Gcm.name()),
                KeyManagement::AesKw(bits) | KeyManagement::AesGcmKw(bits) => Ok(oct(usize::from(bits / 8))),
                KeyManagement::RsaOaep(_) => generate_rsa(RSA_BITS),
                KeyManagement::EcdhEs(_) => generate_ec("P-256"),
                KeyManagement::Pbes2 { .. } => return Err(ConfigError::UnknownAlgorithm(alg.to_owned())),
            }
        } else if let Some(enc) = Enc::from_name(alg) {
            let mut members = oct(enc.key_len());
            members.insert("enc".to_owned(), Value::from(enc.name()));
            Ok(members)
        } else {
            return Err(ConfigError::UnknownAlgorithm(alg.to_owned()));
        };
        let mut members = members.map_err(|_| jwk_error("the cryptographic library made no key"))?;
        let alg = if Enc::from_name(alg).is_some() { JweAlg::Dir.name() } else { alg };
        members.insert("alg".to_owned(), Value::from(alg));
        let jwk = Self::from_members(members).map_err(jwk_error)?;
        let kid = jwk.thumbprint().ok_or_else(|| jwk_error("the generated key is incomplete"))?;
        Ok(jwk.with_kid(kid))
    }
}

fn oct(len: usize) -> Map<String, Value> {
    let mut key = Zeroizing::new(vec![0; len]);
    fill_random(&mut key);
    members([("kty", "oct"), ("k", &secret(&key))])
}

fn secret(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(base64::encode(bytes))
}

fn members<const N: usize>(members: [(&str, &str); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_but_passwords_has_keys() {
        let jws = JwsAlg::ALL.iter().map(|alg| alg.name());
        let jwe = JweAlg::ALL.iter().map(|alg| alg.name());
        let enc = Enc::ALL.iter().map(|enc| enc.name());
        let mut generated_rsa = false;
        for name in jws.chain(jwe).chain(enc) {
            if name.starts_with("PBES2") {
                assert_eq!(Jwk::generate(name).unwrap_err(), ConfigError::UnknownAlgorithm(name.to_owned()));
                continue;
            }
            // One RSA key is slow enough.
            let is_rsa = name.starts_with("RS") || name.starts_with("PS");
            if is_rsa && std::mem::replace(&mut generated_rsa, true) {
                continue;
            }
            let jwk = Jwk::generate(name).unwrap();
            assert!(jwk.is_private());
            assert_eq!(jwk.kid(), jwk.thumbprint().as_deref());
            let dir = Enc::from_name(name).is_some();
            assert_eq!(jwk.alg(), Some(if dir { "dir" } else { name }));
        }
        assert_eq!(Jwk::generate("none").unwrap_err(), ConfigError::UnknownAlgorithm("none".to_owned()));
    }
}
