//! Preparation of keys that encrypt and decrypt, or the reason why a key is refused.

use std::sync::Arc;

use super::Jwk;
use super::checks::{named, shown};
use super::jwe_key::KeyInput;
use super::{jwe_pair, jwe_shared, jwe_symmetric};
use crate::alg::{Enc, JweAlg, JwsAlg};
use crate::config_error::KeyError;
use crate::token::KeyDigest;
use crate::token::jwe::{Encs, JweMaterial, JweReader, JweWriter, KeyManager};

/// The purpose for which a key is prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A session, which reads what it writes.
    Both,
    Read,
    /// Encryption alone, for which a public key suffices.
    Write,
}

impl Purpose {
    pub(super) const fn reads(self) -> bool {
        matches!(self, Self::Both | Self::Read)
    }

    pub(super) const fn writes(self) -> bool {
        matches!(self, Self::Both | Self::Write)
    }
}

pub(super) fn prepare(
    input: &KeyInput,
    alg: Option<JweAlg>,
    enc: Option<Enc>,
    name: &str,
    purpose: Purpose,
) -> Result<JweMaterial, KeyError> {
    match input {
        KeyInput::Changing(_) => Err(super::ring::not_first()),
        KeyInput::Password { password, iterations, accepted, derived } => {
            let accepted = accepted.clone().unwrap_or(*iterations..=*iterations);
            let manager = jwe_shared::password(password, *iterations, accepted, derived, alg)?;
            Ok(material(manager, enc, None, KeyDigest::of_password(password), purpose))
        }
        KeyInput::Secret(secret) => {
            let enc = enc.unwrap_or(Enc::A256Gcm);
            let (manager, digest) = jwe_shared::secret(secret, alg, enc, name)?;
            Ok(material(manager, Some(enc), None, digest, purpose))
        }
        KeyInput::Jwk(jwk) => {
            let (alg, enc) = algorithms(jwk, alg, enc)?;
            match jwk.kty() {
                "oct" => jwe_symmetric::symmetric(jwk, alg, enc, purpose),
                _ => jwe_pair::pair(jwk, None, alg, enc, purpose),
            }
        }
        KeyInput::Pair { private, .. } if private.kty() == "oct" => {
            Err(KeyError::new("a symmetric key has no public half: use `JweKey::from_jwk`"))
        }
        KeyInput::Pair { private, public } => {
            let (alg, enc) = algorithms(private, alg, enc)?;
            jwe_pair::pair(private, public.as_ref(), alg, enc, purpose)
        }
    }
}

/// The algorithms that a JWK is used with; the attribute and the JWK may each name them, and may not
/// contradict each other.
pub(super) fn algorithms(
    jwk: &Jwk,
    alg_pin: Option<JweAlg>,
    enc_pin: Option<Enc>,
) -> Result<(JweAlg, Option<Enc>), KeyError> {
    let mut own_enc = match jwk.text("enc") {
        None => None,
        Some(name) => Some(Enc::from_name(name).ok_or_else(|| {
            KeyError::new(format!("`enc` of {} is the unknown algorithm `{}`", named(jwk), shown(name)))
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
                    if signs { "a signature algorithm" } else { "not a known key management algorithm" };
                return Err(KeyError::new(format!("`alg` of {} is `{}`, {what}", named(jwk), shown(name))));
            }
        },
    };
    let contradiction =
        |own: &str, pin: &str| KeyError::new(format!("{} is for `{own}`, but `{pin}` is pinned", named(jwk)));
    let alg = match (alg_pin, own_alg) {
        (Some(pin), Some(own)) if pin != own => return Err(contradiction(own.name(), pin.name())),
        (Some(alg), _) | (None, Some(alg)) => alg,
        (None, None) => {
            return Err(KeyError::new(format!(
                "{} names no algorithm: add `\"alg\"` to the JWK, with `Jwk::with_alg` or in its JSON, or pin one",
                named(jwk)
            )));
        }
    };
    match (enc_pin, own_enc) {
        (Some(pin), Some(own)) if pin != own => Err(contradiction(own.name(), pin.name())),
        (pin, own) => Ok((alg, pin.or(own))),
    }
}

/// Without a named content encryption, the best is written and the AES-GCM family is read. CBC-HMAC is read
/// only where it is named.
pub(super) fn material(
    manager: Arc<dyn KeyManager>,
    enc: Option<Enc>,
    kid: Option<String>,
    digest: KeyDigest,
    purpose: Purpose,
) -> JweMaterial {
    let (write, read) = match enc {
        Some(enc) => (enc, Encs::Only(enc)),
        None => (Enc::A256Gcm, Encs::GcmFamily),
    };
    let writer =
        purpose.writes().then(|| JweWriter { manager: Arc::clone(&manager), enc: write, kid: kid.clone() });
    let reader = purpose.reads().then_some(JweReader { manager, encs: read, kid, digest });
    JweMaterial { writer, readers: reader.into_iter().collect() }
}
