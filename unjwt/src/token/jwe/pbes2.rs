use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::aes_kw::{unwrap_key, wrap_fresh_key};
use super::manager::{ContentRef, Cost, Derived, KeyManager, Opened, Sealed};
use crate::crypto::{Failed, Kek, StackBytes, pbkdf2, random_bytes};
use crate::token::alg::{Enc, JweAlg, KeyManagement};
use crate::token::params::Params;

/// Bytes of a new token's salt.
const SALT_LEN: usize = 16;
/// Derived keys that are kept for each password.
const CACHED_KEYS: usize = 1024;

/// A password wraps a fresh content encryption key (RFC 7518 §4.8).
pub(crate) struct Pbes2 {
    alg: JweAlg,
    hash: u16,
    kek_len: usize,
    password: Zeroizing<String>,
    iterations: u32,
    accepted: RangeInclusive<u32>,
    cache: Arc<DerivedKeys>,
}

impl Pbes2 {
    /// `iterations` for new tokens; tokens with a count outside `accepted` are refused before any derivation.
    pub(crate) fn new(
        alg: JweAlg,
        password: Zeroizing<String>,
        iterations: u32,
        accepted: RangeInclusive<u32>,
        cache: Arc<DerivedKeys>,
    ) -> Result<Self, Failed> {
        match alg.management() {
            KeyManagement::Pbes2 { hash, wrap } => {
                Ok(Self { alg, hash, kek_len: usize::from(wrap / 8), password, iterations, accepted, cache })
            }
            _ => Err(Failed),
        }
    }

    fn derive(&self, salt: &[u8], iterations: u32) -> Result<Derived, Failed> {
        // RFC 7518 §4.8.1.1: the salt is the algorithm's name, a zero byte, and `p2s`.
        let salt = [self.alg.name().as_bytes(), &[0], salt].concat();
        let mut derived = StackBytes::zeroed(self.kek_len).ok_or(Failed)?;
        pbkdf2(self.hash, iterations, &salt, self.password.as_bytes(), derived.as_mut_slice())?;
        Ok(derived)
    }
}

impl KeyManager for Pbes2 {
    fn alg(&self) -> JweAlg {
        self.alg
    }

    fn encrypted_key_len(&self, enc: Enc) -> usize {
        enc.key_len() + Kek::OVERHEAD
    }

    fn check(&self, params: &Params) -> Result<(), &'static str> {
        match params {
            Params::Pbes2 { iterations, .. } if self.accepted.contains(iterations) => Ok(()),
            Params::Pbes2 { .. } => Err("`p2c` is outside the accepted range"),
            _ => Err("the header names no `p2s`"),
        }
    }

    fn cost(&self, params: &Params) -> Cost {
        match params {
            Params::Pbes2 { salt, iterations } if self.cache.lock().contains(self.alg, salt, *iterations) => {
                Cost::Cached
            }
            _ => Cost::Slow,
        }
    }

    fn seal_is_slow(&self) -> bool {
        true
    }

    fn seal(&self, enc: Enc) -> Result<Sealed<'_>, Failed> {
        let salt = random_bytes::<SALT_LEN>();
        let derived = self.derive(&salt, self.iterations)?;
        let (content, encrypted_key) = wrap_fresh_key(&Kek::new(derived.as_slice())?, enc)?;
        // The browser that gets this token will be back with it.
        self.cache.lock().insert(self.alg, &salt, self.iterations, derived);
        Ok(Sealed {
            content: ContentRef::Fresh(content),
            encrypted_key,
            params: Params::Pbes2 { salt: salt.to_vec(), iterations: self.iterations },
        })
    }

    fn open(&self, params: &Params, encrypted_key: &[u8], enc: Enc) -> Result<Opened<'_>, Failed> {
        let Params::Pbes2 { salt, iterations } = params else { return Err(Failed) };
        let cached = self.cache.lock().get(self.alg, salt, *iterations);
        let (derived, new) = match cached {
            Some(derived) => (derived, false),
            None => (self.derive(salt, *iterations)?, true),
        };
        let content = unwrap_key(&Kek::new(derived.as_slice())?, encrypted_key, enc)?;
        Ok(Opened { content: ContentRef::Fresh(content), derived: new.then_some(derived) })
    }

    fn remember(&self, params: &Params, derived: Derived) {
        if let Params::Pbes2 { salt, iterations } = params {
            self.cache.lock().insert(self.alg, salt, *iterations, derived);
        }
    }
}

/// The keys derived from one password, for all sessions that use it.
#[derive(Default)]
pub(crate) struct DerivedKeys(Mutex<Cache>);

impl DerivedKeys {
    fn lock(&self) -> MutexGuard<'_, Cache> {
        // No panic can leave a half-made entry behind: each is inserted whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a derived key depends on beside the password: algorithm, salt and iterations.
type Parameters = (JweAlg, Box<[u8]>, u32);

/// The derived keys used most recently. Only genuine tokens get in, so a stranger cannot flush it.
#[derive(Default)]
struct Cache {
    keys: HashMap<Parameters, (Derived, u64)>,
    clock: u64,
}

impl Cache {
    fn contains(&self, alg: JweAlg, salt: &[u8], iterations: u32) -> bool {
        self.keys.contains_key(&(alg, salt.into(), iterations))
    }

    fn get(&mut self, alg: JweAlg, salt: &[u8], iterations: u32) -> Option<Derived> {
        self.clock += 1;
        let (derived, used) = self.keys.get_mut(&(alg, salt.into(), iterations))?;
        *used = self.clock;
        Derived::from_slice(derived.as_slice())
    }

    fn insert(&mut self, alg: JweAlg, salt: &[u8], iterations: u32, derived: Derived) {
        if self.keys.len() >= CACHED_KEYS {
            // Linear, beside a derivation of milliseconds.
            let oldest = self.keys.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.keys.remove(&oldest);
            }
        }
        self.clock += 1;
        self.keys.insert((alg, salt.into(), iterations), (derived, self.clock));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_keeps_what_was_used_last() {
        const ALG: JweAlg = JweAlg::Pbes2Hs256A128Kw;
        let mut cache = Cache::default();
        for salt in 0..CACHED_KEYS as u32 {
            cache.insert(ALG, &salt.to_be_bytes(), 1000, Derived::EMPTY);
        }
        assert!(cache.get(ALG, &0u32.to_be_bytes(), 1000).is_some());
        cache.insert(ALG, b"another", 1000, Derived::EMPTY);
        assert_eq!(cache.keys.len(), CACHED_KEYS);
        assert!(cache.contains(ALG, &0u32.to_be_bytes(), 1000));
        assert!(!cache.contains(ALG, &1u32.to_be_bytes(), 1000));
        assert!(!cache.contains(ALG, b"another", 1001));
        assert!(!cache.contains(JweAlg::Pbes2Hs512A256Kw, b"another", 1000));
    }
}
