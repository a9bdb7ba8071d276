use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::aes_kw::{unwrap_key, wrap_fresh_key};
use super::manager::{ContentRef, Derived, Effort, KeyManager, Opened, Sealed};
use crate::alg::{Enc, Hash, JweAlg, KeyManagement};
use crate::crypto::{Failed, Kek, StackBytes, pbkdf2, random_bytes};
use crate::token::params::Params;
use crate::util::lru::{LruCache, Weight};
use crate::util::meter::{Cost, Slow};

/// Bytes of a new token's salt.
const SALT_LEN: usize = 16;
/// Derived keys that are kept for each password.
const CACHED_KEYS: usize = 4096;
/// Keys that are derived ahead for tokens yet to be made.
const AHEAD: usize = 8;

/// A password wraps a fresh content encryption key (RFC 7518 §4.8).
pub(crate) struct Pbes2 {
    alg: JweAlg,
    hash: Hash,
    kek_len: usize,
    password: Zeroizing<String>,
    iterations: u32,
    accepted: RangeInclusive<u32>,
    cache: Arc<DerivedKeys>,
    /// Each for one token, since each token has a salt of its own (RFC 7518 §4.8.1.1).
    ahead: Mutex<Vec<Fresh>>,
}

/// A key that no token has yet.
struct Fresh {
    salt: [u8; SALT_LEN],
    derived: Derived,
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
                calibrate(hash);
                let kek_len = wrap.len();
                Ok(Self {
                    alg,
                    hash,
                    kek_len,
                    password,
                    iterations,
                    accepted,
                    cache,
                    ahead: Mutex::default(),
                })
            }
            _ => Err(Failed),
        }
    }

    fn derive(&self, salt: &[u8], iterations: u32) -> Result<Derived, Failed> {
        // RFC 7518 §4.8.1.1: the salt is the algorithm's name, a zero byte, and `p2s`.
        let salt = [self.alg.name().as_bytes(), &[0], salt].concat();
        let mut derived = Derived::new(StackBytes::zeroed(self.kek_len).ok_or(Failed)?);
        let password = self.password.as_bytes();
        Cost::pbkdf2(self.hash, iterations)
            .measure(|| pbkdf2(self.hash, iterations, &salt, password, derived.as_mut_slice()))?;
        Ok(derived)
    }

    fn derive_fresh(&self) -> Result<Fresh, Failed> {
        let salt = random_bytes();
        Ok(Fresh { salt, derived: self.derive(&salt, self.iterations)? })
    }

    fn ahead(&self) -> MutexGuard<'_, Vec<Fresh>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Measures a short derivation, once in a process, so that the first flood is not judged by a guess.
fn calibrate(hash: Hash) {
    /// A third of a millisecond or so.
    const ITERATIONS: u32 = 2_000;
    if !Cost::is_measured(Slow::pbkdf2(hash)) {
        // The result does not matter.
        let _ = Cost::pbkdf2(hash, ITERATIONS).measure(|| pbkdf2(hash, ITERATIONS, &[], &[], &mut [0; 16]));
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

    fn open_cost(&self, params: &Params) -> Cost {
        match params {
            Params::Pbes2 { iterations, .. } => Cost::pbkdf2(self.hash, *iterations),
            _ => Cost::NONE,
        }
    }

    fn seal_cost(&self) -> Cost {
        Cost::pbkdf2(self.hash, self.iterations)
    }

    fn accepted_iterations(&self) -> Option<&RangeInclusive<u32>> {
        Some(&self.accepted)
    }

    fn is_costly(&self) -> bool {
        true
    }

    fn seal(&self, enc: Enc, effort: Effort) -> Result<Option<Sealed<'_>>, Failed> {
        let taken = self.ahead().pop();
        let Fresh { salt, derived } = match (taken, effort) {
            (Some(fresh), _) => fresh,
            (None, Effort::Any) => self.derive_fresh()?,
            (None, Effort::Quick) => return Ok(None),
        };
        let (content, encrypted_key) = wrap_fresh_key(&Kek::new(derived.as_slice())?, enc)?;
        // The browser that gets this token will be back with it.
        self.cache.insert(self.alg, &salt, self.iterations, derived);
        Ok(Some(Sealed {
            content: ContentRef::Fresh(content),
            encrypted_key,
            params: Params::Pbes2 { salt: salt.to_vec(), iterations: self.iterations },
        }))
    }

    fn open(
        &self,
        params: &Params,
        encrypted_key: &[u8],
        enc: Enc,
        effort: Effort,
    ) -> Result<Option<Opened<'_>>, Failed> {
        let Params::Pbes2 { salt, iterations } = params else { return Err(Failed) };
        let cached = self.cache.get(self.alg, salt, *iterations);
        let (derived, new) = match (cached, effort) {
            (Some(derived), _) => (derived, false),
            (None, Effort::Any) => (self.derive(salt, *iterations)?, true),
            (None, Effort::Quick) => return Ok(None),
        };
        let content = unwrap_key(&Kek::new(derived.as_slice())?, encrypted_key, enc)?;
        Ok(Some(Opened { content: ContentRef::Fresh(content), derived: new.then_some(derived) }))
    }

    fn remember(&self, params: &Params, derived: Derived) {
        if let Params::Pbes2 { salt, iterations } = params {
            self.cache.insert(self.alg, salt, *iterations, derived);
        }
    }

    fn runs_low(&self) -> bool {
        self.ahead().len() < AHEAD
    }

    fn derive_ahead(&self) {
        if self.runs_low()
            && let Ok(fresh) = self.derive_fresh()
        {
            self.ahead().push(fresh);
        }
    }
}

/// The keys derived from one password, for all sessions that use it. Only those of genuine tokens get in, so
/// a stranger cannot flush them.
pub(crate) struct DerivedKeys(Mutex<LruCache<Parameters, Derived>>);

/// The parameters of a derived key beside the password: algorithm, salt and iterations.
type Parameters = (JweAlg, Box<[u8]>, u32);

impl Weight for Derived {
    fn weight(&self) -> usize {
        1
    }
}

impl Default for DerivedKeys {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(CACHED_KEYS)))
    }
}

impl DerivedKeys {
    fn lock(&self) -> MutexGuard<'_, LruCache<Parameters, Derived>> {
        // No panic can leave a half-made entry behind: each is inserted whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, alg: JweAlg, salt: &[u8], iterations: u32) -> Option<Derived> {
        let parameters = (alg, salt.into(), iterations);
        StackBytes::from_slice(self.lock().get(&parameters)?.as_slice()).map(Derived::new)
    }

    fn insert(&self, alg: JweAlg, salt: &[u8], iterations: u32, derived: Derived) {
        self.lock().insert((alg, salt.into(), iterations), derived);
    }
}
