//! From keys as given to keys that encrypt and decrypt, or the reason why not.

use std::ops::RangeInclusive;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Jwk;
use super::checks::{bytes, check_ops, check_use, named};
use super::jwe_key::Source;
use crate::config_error::KeyError;
use crate::crypto::{ContentKey, Failed, Kek, hkdf_sha256};
use crate::token::alg::{Content, Enc, JweAlg, JwsAlg, KeyManagement};
use crate::token::jwe::{
    AesKw, DerivedKeys, Direct, Encs, JweMaterial, JweReader, JweWriter, KeyManager, Pbes2,
};

/// Bytes of a password.
const PASSWORD_LEN: usize = 16;
/// Bytes of a secret.
const SECRET_LEN: usize = 32;
/// Iterations that can be configured.
const ITERATIONS: RangeInclusive<u32> = 1_000..=10_000_000;

pub(super) fn prepare(
    source: &Source,
    alg: Option<JweAlg>,
    enc: Option<Enc>,
    name: &str,
    writes: bool,
) -> Result<JweMaterial, KeyError> {
    if let Some(enc) = enc {
        check_available(enc)?;
    }
    match source {
        Source::Password { password, iterations, accepted, derived } => {
            let accepted = accepted.clone().unwrap_or(*iterations..=*iterations);
            let manager = password_manager(password, *iterations, accepted, derived, alg)?;
            let (write, read) = encs(enc);
            Ok(material(manager, write, read, None, writes))
        }
        Source::Secret(secret) => {
            let write = enc.unwrap_or(Enc::A256Gcm);
            let manager = secret_manager(secret, alg, write, name)?;
            Ok(material(manager, write, Encs::Only(write), None, writes))
        }
        Source::Jwk(jwk) => symmetric(jwk, alg, enc, writes),
        Source::Pair { private, .. } if private.kty() == "oct" => {
            Err(KeyError::new("a symmetric key has no public half: use `JweKey::from_jwk`"))
        }
        Source::Pair { private, public } => {
            let (alg, _) = algorithms(private, alg, enc)?;
            if let Some(public) = public {
                algorithms(public, Some(alg), enc)?;
            }
            Err(unavailable(alg.name()))
        }
    }
}

fn password_manager(
    password: &Zeroizing<String>,
    iterations: u32,
    accepted: RangeInclusive<u32>,
    derived: &Arc<DerivedKeys>,
    alg: Option<JweAlg>,
) -> Result<Arc<dyn KeyManager>, KeyError> {
    let alg = alg.unwrap_or(JweAlg::Pbes2Hs256A128Kw);
    if !matches!(alg.management(), KeyManagement::Pbes2 { .. }) {
        return Err(KeyError::new(format!(
            "the attribute pins `{}`, which needs a key and no password: use `JweKey::from_jwk`",
            alg.name()
        )));
    }
    if password.len() < PASSWORD_LEN {
        return Err(KeyError::new(format!(
            "the password has {} bytes, it needs {PASSWORD_LEN} or more",
            password.len()
        )));
    }
    for count in [iterations, *accepted.start(), *accepted.end()] {
        if !ITERATIONS.contains(&count) {
            return Err(KeyError::new(format!(
                "{count} iterations are outside {} to {}",
                ITERATIONS.start(),
                ITERATIONS.end()
            )));
        }
    }
    if !accepted.contains(&iterations) {
        return Err(KeyError::new(format!(
            "new tokens take {iterations} iterations, which `accept_iterations({}..={})` does not read",
            accepted.start(),
            accepted.end()
        )));
    }
    let manager = Pbes2::new(alg, password.clone(), iterations, accepted, Arc::clone(derived))
        .map_err(|Failed| unavailable(alg.name()))?;
    Ok(Arc::new(manager))
}

fn secret_manager(
    secret: &[u8],
    alg: Option<JweAlg>,
    enc: Enc,
    name: &str,
) -> Result<Arc<dyn KeyManager>, KeyError> {
    if let Some(alg) = alg.filter(|alg| *alg != JweAlg::Dir) {
        return Err(KeyError::new(format!(
            "the attribute pins `{}`, a secret is used with `dir`: use `JweKey::from_jwk`, or pin nothing",
            alg.name()
        )));
    }
    if secret.len() < SECRET_LEN {
        return Err(KeyError::new(format!(
            "the secret has {} bytes, it needs {SECRET_LEN} random ones or more; for a password use \
             `JweKey::password`",
            secret.len()
        )));
    }
    let mut key = Zeroizing::new(vec![0; enc.key_len()]);
    // No `enc` contains a zero byte, so no two sessions or algorithms have the same text.
    hkdf_sha256(secret, &[b"unjwt jwe dir ", enc.name().as_bytes(), &[0], name.as_bytes()], &mut key)
        .and_then(|()| Direct::new(enc, &key))
        .map(|direct| Arc::new(direct) as _)
        .map_err(|Failed| unavailable(enc.name()))
}

fn symmetric(
    jwk: &Jwk,
    alg: Option<JweAlg>,
    enc: Option<Enc>,
    writes: bool,
) -> Result<JweMaterial, KeyError> {
    let (alg, enc) = algorithms(jwk, alg, enc)?;
    if jwk.kty() != "oct" {
        return match alg.management() {
            KeyManagement::RsaOaep(_) | KeyManagement::EcdhEs(_) => Err(unavailable(alg.name())),
            _ => Err(KeyError::new(format!(
                "{} has the type `{}`, `{}` needs `oct`",
                named(jwk),
                jwk.kty(),
                alg.name()
            ))),
        };
    }
    check_use(jwk, "enc")?;
    check_ops(jwk, &["decrypt", "unwrapKey"])?;
    if writes {
        check_ops(jwk, &["encrypt", "wrapKey"])?;
    }
    let key = bytes(jwk, "k")?;
    let kid = jwk.kid().map(str::to_owned);
    let wrong_len = |wanted: &str| {
        KeyError::new(format!("{} has {} bytes, `{}` needs {wanted}", named(jwk), key.len(), alg.name()))
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
                    _ => return Err(wrong_len("16, 24 or 32")),
                },
            };
            check_available(enc)?;
            let manager = Direct::new(enc, &key).map_err(|Failed| unavailable(enc.name()))?;
            Ok(material(Arc::new(manager), enc, Encs::Only(enc), kid, writes))
        }
        KeyManagement::AesKw(bits) if Kek::available(bits) => {
            let len = usize::from(bits / 8);
            if key.len() != len {
                return Err(wrong_len(&len.to_string()));
            }
            let manager = AesKw::new(alg, &key).map_err(|Failed| unavailable(alg.name()))?;
            let (write, read) = encs(enc);
            Ok(material(Arc::new(manager), write, read, kid, writes))
        }
        KeyManagement::AesKw(_) | KeyManagement::AesGcmKw(_) => Err(unavailable(alg.name())),
        KeyManagement::RsaOaep(_) | KeyManagement::EcdhEs(_) => {
            Err(KeyError::new(format!("{} is symmetric, `{}` needs a key pair", named(jwk), alg.name())))
        }
        KeyManagement::Pbes2 { .. } => Err(KeyError::new(format!(
            "`{}` is for passwords: use `JweKey::password` instead of a JWK",
            alg.name()
        ))),
    }
}

/// The algorithms that a JWK is used with; the attribute and the JWK may each name them, and may not contradict.
fn algorithms(
    jwk: &Jwk,
    alg_pin: Option<JweAlg>,
    enc_pin: Option<Enc>,
) -> Result<(JweAlg, Option<Enc>), KeyError> {
    let mut own_enc = match jwk.text("enc") {
        None => None,
        Some(name) => Some(Enc::from_name(name).ok_or_else(|| {
            KeyError::new(format!("`enc` of {} is the unknown algorithm `{name}`", named(jwk)))
        })?),
    };
    let own_alg = match jwk.alg() {
        None => None,
        Some(name) => match (JweAlg::from_name(name), Enc::from_name(name)) {
            (Some(alg), _) => Some(alg),
            // The name of a content encryption is a use with `dir`.
            (None, Some(enc)) if own_enc.is_none_or(|own| own == enc) => {
                own_enc = Some(enc);
                Some(JweAlg::Dir)
            }
            _ => {
                let signs = JwsAlg::from_name(name).is_some();
                let what =
                    if signs { "an algorithm for signing" } else { "no known key management algorithm" };
                return Err(KeyError::new(format!("`alg` of {} is `{name}`, {what}", named(jwk))));
            }
        },
    };
    let contradiction = |own: &str, pin: &str| {
        KeyError::new(format!("{} is for `{own}`, the attribute pins `{pin}`", named(jwk)))
    };
    let alg = match (alg_pin, own_alg) {
        (Some(pin), Some(own)) if pin != own => return Err(contradiction(own.name(), pin.name())),
        (Some(alg), _) | (None, Some(alg)) => alg,
        (None, None) => {
            return Err(KeyError::new(format!(
                "{} names no algorithm: add `\"alg\"` to the JWK, or pin `jwe(alg = \"..\")`",
                named(jwk)
            )));
        }
    };
    match (enc_pin, own_enc) {
        (Some(pin), Some(own)) if pin != own => Err(contradiction(own.name(), pin.name())),
        (pin, own) => {
            let enc = pin.or(own);
            enc.map_or(Ok(()), check_available)?;
            Ok((alg, enc))
        }
    }
}

/// What is written and what is read. CBC-HMAC is read only where it is named.
const fn encs(enc: Option<Enc>) -> (Enc, Encs) {
    match enc {
        Some(enc) => (enc, Encs::Only(enc)),
        None => (Enc::A256Gcm, Encs::GcmFamily),
    }
}

fn material(
    manager: Arc<dyn KeyManager>,
    write: Enc,
    read: Encs,
    kid: Option<String>,
    writes: bool,
) -> JweMaterial {
    let writer = writes.then(|| JweWriter { manager: Arc::clone(&manager), enc: write, kid: kid.clone() });
    JweMaterial { writer, readers: vec![JweReader { manager, encs: read, kid }] }
}

fn check_available(enc: Enc) -> Result<(), KeyError> {
    if ContentKey::available(enc) {
        return Ok(());
    }
    Err(match enc.content() {
        Content::Gcm | Content::CbcHmac => unavailable(enc.name()),
    })
}

fn unavailable(name: &str) -> KeyError {
    KeyError::new(format!("`{name}` is not available in this version"))
}
