use zeroize::Zeroizing;

use super::jwk::{Jwk, jwk_error};
use crate::alg::{Curve, EcCurve, EcdhCurve, Enc, JweAlg, JwsAlg, KeyManagement, OkpCurve, Signature};
use crate::config_error::ConfigError;
use crate::crypto::{Failed, fill_random, generate_ec, generate_okp, generate_rsa};
use crate::util::base64;
use crate::util::json::Object;

impl Jwk {
    /// Makes a new random key for an algorithm: RSA with 2048 bits, EC on the algorithm's curve (P-256 for
    /// the `ECDH-ES` family), Ed25519, or a symmetric key of the algorithm's size. Sets `alg`, and `kid` to
    /// the [thumbprint](Jwk::thumbprint).
    ///
    /// The name of a content encryption (`"A256GCM"`) makes a key for `dir` with that `enc`; `"dir"` means
    /// `A256GCM`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UnknownAlgorithm`] if no algorithm of that name has keys: passwords (`PBES2-..`) have
    /// none.
    pub fn generate(alg: &str) -> Result<Self, ConfigError> {
        if alg == JweAlg::Dir.name() {
            return Self::generate(Enc::A256Gcm.name());
        }
        if let Some(enc) = Enc::from_name(alg) {
            let mut members = oct(enc.key_len());
            members.insert("enc", enc.name());
            return finish(members, JweAlg::Dir.name());
        }
        let members = match Kind::of(alg)? {
            Kind::Oct(len) => Ok(oct(len)),
            Kind::Rsa => generate_rsa(),
            Kind::Curve(curve) => generate_on(curve),
            Kind::Ecdh => generate_on(Curve::Ec(EcCurve::P256)),
        };
        finish(made(members)?, alg)
    }

    /// Makes a new random key for an algorithm on a curve of one's choice: `P-256`, `P-384`, `P-521` or
    /// `X25519` for the `ECDH-ES` family. Signature algorithms have one curve each.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UnknownAlgorithm`] if no algorithm of that name has keys, [`ConfigError::Key`] if it is
    /// not used on that curve.
    ///
    /// # Example
    ///
    /// ```
    /// # fn main() -> Result<(), unjwt::ConfigError> {
    /// let jwk = unjwt::Jwk::generate_on_curve("ECDH-ES+A256KW", "X25519")?;
    /// assert_eq!((jwk.kty(), jwk.alg()), ("OKP", Some("ECDH-ES+A256KW")));
    /// # Ok(()) }
    /// ```
    pub fn generate_on_curve(alg: &str, curve: &str) -> Result<Self, ConfigError> {
        let found = match Kind::of(alg)? {
            Kind::Curve(only) => Curve::from_name(curve).filter(|curve| *curve == only),
            Kind::Ecdh => EcdhCurve::from_name(curve).map(Curve::from),
            Kind::Oct(_) | Kind::Rsa => None,
        };
        match found {
            Some(curve) => finish(made(generate_on(curve))?, alg),
            None => Err(jwk_error(format!("`{alg}` is not used on the curve `{curve}`"))),
        }
    }
}

/// The material of a key for an algorithm.
enum Kind {
    /// Bytes of a symmetric key.
    Oct(usize),
    Rsa,
    /// The one curve that the algorithm is used on.
    Curve(Curve),
    /// Any curve on which keys are agreed.
    Ecdh,
}

impl Kind {
    fn of(alg: &str) -> Result<Self, ConfigError> {
        if let Some(jws) = JwsAlg::from_name(alg) {
            return Ok(match jws.signature() {
                Signature::Hmac(hash) => Self::Oct(hash.len()),
                Signature::RsaPkcs1(_) | Signature::RsaPss(_) => Self::Rsa,
                Signature::Ecdsa(curve) => Self::Curve(Curve::Ec(curve)),
                Signature::Ed25519 => Self::Curve(Curve::Okp(OkpCurve::Ed25519)),
            });
        }
        match JweAlg::from_name(alg).map(JweAlg::management) {
            Some(KeyManagement::AesKw(key) | KeyManagement::AesGcmKw(key)) => Ok(Self::Oct(key.len())),
            Some(KeyManagement::RsaOaep(_)) => Ok(Self::Rsa),
            Some(KeyManagement::EcdhEs(_)) => Ok(Self::Ecdh),
            Some(KeyManagement::Direct | KeyManagement::Pbes2 { .. }) | None => {
                Err(ConfigError::UnknownAlgorithm(alg.to_owned()))
            }
        }
    }
}

fn generate_on(curve: Curve) -> Result<Object, Failed> {
    match curve {
        Curve::Ec(curve) => generate_ec(curve),
        Curve::Okp(curve) => generate_okp(curve),
    }
}

fn made(members: Result<Object, Failed>) -> Result<Object, ConfigError> {
    members.map_err(|Failed| jwk_error("the cryptographic library made no key"))
}

fn finish(mut members: Object, alg: &str) -> Result<Jwk, ConfigError> {
    members.insert("alg", alg);
    let jwk = Jwk::from_members(members).map_err(jwk_error)?;
    let kid = jwk.thumbprint().ok_or_else(|| jwk_error("the generated key is incomplete"))?;
    Ok(jwk.with_kid(kid))
}

fn oct(len: usize) -> Object {
    let mut key = Zeroizing::new(vec![0; len]);
    fill_random(&mut key);
    let mut members = Object::default();
    members.insert("kty", "oct");
    members.insert("k", base64::encode(&key));
    members
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

    #[test]
    fn keys_lie_on_the_curve_that_was_asked_for() {
        for alg in ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"] {
            assert_eq!(Jwk::generate(alg).unwrap().text("crv"), Some("P-256"));
            for curve in ["P-256", "P-384", "P-521", "X25519"] {
                let jwk = Jwk::generate_on_curve(alg, curve).unwrap();
                assert_eq!((jwk.text("crv"), jwk.alg()), (Some(curve), Some(alg)));
                assert_eq!(jwk.kid(), jwk.thumbprint().as_deref());
            }
        }
        for (alg, curve) in [
            ("ECDH-ES", "Ed25519"),
            ("ECDH-ES", "X448"),
            ("ES256", "P-384"),
            ("EdDSA", "X25519"),
            ("RS256", "P-256"),
            ("A256KW", "P-256"),
        ] {
            assert!(
                matches!(Jwk::generate_on_curve(alg, curve), Err(ConfigError::Key { .. })),
                "{alg} {curve}"
            );
        }
        for alg in ["none", "dir", "PBES2-HS256+A128KW"] {
            let unknown = ConfigError::UnknownAlgorithm(alg.to_owned());
            assert_eq!(Jwk::generate_on_curve(alg, "P-256").unwrap_err(), unknown);
        }
    }
}
