//! Passwords and secrets that encrypt and decrypt.

use std::ops::RangeInclusive;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::checks::unusable;
use crate::alg::{Enc, JweAlg, KeyManagement};
use crate::config_error::KeyError;
use crate::crypto::{Failed, hkdf_sha256};
use crate::token::KeyDigest;
use crate::token::jwe::{DerivedKeys, Direct, KeyManager, Pbes2};

/// Bytes of a password.
const PASSWORD_LEN: usize = 16;
/// Bytes of a secret.
const SECRET_LEN: usize = 32;
/// Iterations that can be configured.
const ITERATIONS: RangeInclusive<u32> = 1_000..=10_000_000;

pub(super) fn password(
    password: &Zeroizing<String>,
    iterations: u32,
    accepted: RangeInclusive<u32>,
    derived: &Arc<DerivedKeys>,
    alg: Option<JweAlg>,
) -> Result<Arc<dyn KeyManager>, KeyError> {
    let alg = alg.unwrap_or(JweAlg::Pbes2Hs256A128Kw);
    if !matches!(alg.management(), KeyManagement::Pbes2 { .. }) {
        return Err(KeyError::new(format!(
            "`{}` needs a key, not a password: use `JweKey::from_jwk`",
            alg.name()
        )));
    }
    if password.len() < PASSWORD_LEN {
        return Err(KeyError::new(format!(
            "the password has {} bytes, but it needs at least {PASSWORD_LEN}",
            password.len()
        )));
    }
    for count in [iterations, *accepted.start(), *accepted.end()] {
        if !ITERATIONS.contains(&count) {
            return Err(KeyError::new(format!(
                "{count} iterations are outside the range from {} to {}",
                ITERATIONS.start(),
                ITERATIONS.end()
            )));
        }
    }
    if !accepted.contains(&iterations) {
        return Err(KeyError::new(format!(
            "new tokens take {iterations} iterations, which `accept_iterations({}..={})` does not accept",
            accepted.start(),
            accepted.end()
        )));
    }
    let manager = Pbes2::new(alg, password.clone(), iterations, accepted, Arc::clone(derived))
        .map_err(|Failed| unusable("the password", alg.name()))?;
    Ok(Arc::new(manager))
}

pub(super) fn secret(
    secret: &[u8],
    alg: Option<JweAlg>,
    enc: Enc,
    name: &str,
) -> Result<(Arc<dyn KeyManager>, KeyDigest), KeyError> {
    if let Some(alg) = alg.filter(|alg| *alg != JweAlg::Dir) {
        return Err(KeyError::new(format!(
            "`{}` is pinned, but a secret is used with `dir`: use `JweKey::from_jwk`, or pin nothing",
            alg.name()
        )));
    }
    if secret.len() < SECRET_LEN {
        return Err(KeyError::new(format!(
            "the secret has {} bytes, but it needs at least {SECRET_LEN} random ones; for a password, use \
             `JweKey::password`",
            secret.len()
        )));
    }
    let mut key = Zeroizing::new(vec![0; enc.key_len()]);
    // No `enc` contains a zero byte, so no two sessions or algorithms have the same text.
    hkdf_sha256(secret, &[b"unjwt jwe dir ", enc.name().as_bytes(), &[0], name.as_bytes()], &mut key)
        .and_then(|()| Direct::new(enc, &key))
        .map(|direct| (Arc::new(direct) as _, KeyDigest::of_secret(&key)))
        .map_err(|Failed| unusable("the secret", enc.name()))
}
