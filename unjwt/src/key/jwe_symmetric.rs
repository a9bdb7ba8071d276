//! Symmetric JWKs that encrypt and decrypt.

use std::sync::Arc;

use super::Jwk;
use super::checks::{bytes, check_ops, check_use, named, unusable};
use super::jwe_material::{Purpose, material};
use crate::alg::{AesKey, Enc, JweAlg, KeyManagement};
use crate::config_error::KeyError;
use crate::crypto::Failed;
use crate::token::KeyDigest;
use crate::token::jwe::{AesGcmKw, AesKw, Direct, JweMaterial, KeyManager};

/// A symmetric JWK.
pub(super) fn symmetric(
    jwk: &Jwk,
    alg: JweAlg,
    enc: Option<Enc>,
    purpose: Purpose,
) -> Result<JweMaterial, KeyError> {
    check_use(jwk, "enc")?;
    if purpose.reads() {
        check_ops(jwk, &["decrypt", "unwrapKey"])?;
    }
    if purpose.writes() {
        check_ops(jwk, &["encrypt", "wrapKey"])?;
    }
    let key = bytes(jwk, "k")?;
    let (kid, digest) = (jwk.kid().map(str::to_owned), KeyDigest::of_secret(&key));
    let wrong_len = |wanted: &str| {
        KeyError::new(format!("{} has {} bytes, but `{}` needs {wanted}", named(jwk), key.len(), alg.name()))
    };
    let fits = |size: AesKey| {
        if key.len() == size.len() { Ok(()) } else { Err(wrong_len(&size.len().to_string())) }
    };
    let wrapping = |manager: Result<Arc<dyn KeyManager>, Failed>| {
        let manager = manager.map_err(|Failed| unusable(&named(jwk), alg.name()))?;
        Ok(material(manager, enc, kid.clone(), digest, purpose))
    };
    match alg.management() {
        KeyManagement::Direct => {
            let enc = match enc {
                Some(enc) if enc.key_len() == key.len() => enc,
                Some(enc) => return Err(wrong_len(&format!("{} with `{}`", enc.key_len(), enc.name()))),
                None => match key.len() {
                    16 => Enc::A128Gcm,
                    24 => Enc::A192Gcm,
                    32 => Enc::A256Gcm,
                    _ => return Err(wrong_len("16, 24 or 32, or an `enc` that goes with its length")),
                },
            };
            let manager = Direct::new(enc, &key).map_err(|Failed| unusable(&named(jwk), enc.name()))?;
            Ok(material(Arc::new(manager), Some(enc), kid, digest, purpose))
        }
        KeyManagement::AesKw(size) => {
            fits(size)?;
            wrapping(AesKw::new(alg, &key).map(|key| Arc::new(key) as _))
        }
        KeyManagement::AesGcmKw(size) => {
            fits(size)?;
            wrapping(AesGcmKw::new(alg, &key).map(|key| Arc::new(key) as _))
        }
        KeyManagement::RsaOaep(_) | KeyManagement::EcdhEs(_) => {
            Err(KeyError::new(format!("{} is symmetric, but `{}` needs a key pair", named(jwk), alg.name())))
        }
        KeyManagement::Pbes2 { .. } => Err(KeyError::new(format!(
            "`{}` is for passwords: use `JweKey::password` instead of a JWK",
            alg.name()
        ))),
    }
}
