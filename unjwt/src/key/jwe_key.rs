use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Jwk;
use super::jwe_material::prepare;
use super::prepared::Prepared;
use crate::config_error::KeyError;
use crate::token::alg::{Enc, JweAlg};
use crate::token::jwe::{DerivedKeys, JweCodec, JweMaterial};
use crate::token::{KeyFamily, Profile};

/// Iterations of a password's derivation unless set otherwise (OWASP's figure for PBKDF2-HMAC-SHA-256).
const ITERATIONS: u32 = 600_000;

/// A key that encrypts and decrypts a session's tokens.
///
/// Making one never fails; what is wrong with it is said when the session is built. Cheap to clone. `Debug` shows
/// what kind of key it is and never the key.
///
/// The algorithms are those that the attribute pins (`jwe(alg = "..", enc = "..")`), else those that the JWK names.
/// Where nothing says which content encryption, `A256GCM` is written and the AES-GCM family is read; with `dir` it
/// follows from the key's length.
#[derive(Clone)]
pub struct JweKey(Arc<Inner>);

struct Inner {
    source: Source,
    prepared: Prepared<(Option<JweAlg>, Option<Enc>, String, bool), JweMaterial>,
}

#[derive(Clone)]
pub(super) enum Source {
    Password {
        password: Zeroizing<String>,
        iterations: u32,
        accepted: Option<RangeInclusive<u32>>,
        derived: Arc<DerivedKeys>,
    },
    Secret(Zeroizing<Vec<u8>>),
    Jwk(Jwk),
    Pair {
        private: Jwk,
        public: Option<Jwk>,
    },
}

impl JweKey {
    /// A password of 16 bytes or more: `PBES2-HS256+A128KW` (RFC 7518 §4.8), as npm `unjwt` encrypts with one.
    ///
    /// Each token costs a derivation of 600,000 iterations, a tenth of a second or so, unless its key is among the
    /// 1024 that are kept; [`JweKey::secret`] costs a microsecond. Use a password to share sessions with npm `unjwt`.
    pub fn password(password: impl Into<String>) -> Self {
        let password = Zeroizing::new(password.into());
        let derived = Arc::default();
        Self::new(Source::Password { password, iterations: ITERATIONS, accepted: None, derived })
    }

    /// Random bytes, 32 or more: a key for this session alone is derived from them by HKDF-SHA-256 (RFC 5869) and
    /// used with `dir` and `A256GCM`.
    ///
    /// One secret may serve many sessions: each has its own key, bound to the session's name.
    ///
    /// # Security
    ///
    /// Not for passwords: HKDF does nothing against guessing. A session should not write more than 2³² tokens under
    /// one secret (NIST SP 800-38D §8.3).
    pub fn secret(secret: impl AsRef<[u8]>) -> Self {
        Self::new(Source::Secret(Zeroizing::new(secret.as_ref().to_vec())))
    }

    /// A symmetric JWK with `alg` `A128KW`, `A256KW` or `dir`.
    pub fn from_jwk(jwk: Jwk) -> Self {
        Self::new(Source::Jwk(jwk))
    }

    /// A key pair: encrypts with the public half and decrypts with the private one. The public half is taken from the
    /// private JWK when none is given.
    pub fn from_pair(private: Jwk, public: impl Into<Option<Jwk>>) -> Self {
        Self::new(Source::Pair { private, public: public.into() })
    }

    /// How many iterations a new token's derivation takes, 1,000 to 10,000,000; 600,000 unless set. Only for a
    /// [password](JweKey::password); without effect on other keys.
    #[must_use]
    pub fn iterations(self, count: u32) -> Self {
        self.with_password(|iterations, _| *iterations = count)
    }

    /// Which counts of iterations (`p2c`) are read; exactly that of new tokens unless set. A token outside is refused
    /// before anything is derived, so a stranger cannot choose how long that takes. Only for a
    /// [password](JweKey::password); without effect on other keys.
    #[must_use]
    pub fn accept_iterations(self, range: RangeInclusive<u32>) -> Self {
        self.with_password(|_, accepted| *accepted = Some(range))
    }

    fn with_password(self, change: impl FnOnce(&mut u32, &mut Option<RangeInclusive<u32>>)) -> Self {
        let mut source = self.0.source.clone();
        match &mut source {
            Source::Password { iterations, accepted, .. } => change(iterations, accepted),
            Source::Secret(_) | Source::Jwk(_) | Source::Pair { .. } => return self,
        }
        Self::new(source)
    }

    fn new(source: Source) -> Self {
        Self(Arc::new(Inner { source, prepared: Prepared::default() }))
    }

    fn material(&self, profile: &Profile, writes: bool) -> Result<Arc<JweMaterial>, KeyError> {
        let pins = profile.pins;
        // Only a secret's key depends on the name.
        let name = if matches!(self.0.source, Source::Secret(_)) { profile.name.as_str() } else { "" };
        self.0.prepared.get_or_try((pins.jwe, pins.enc, name.to_owned(), writes), || {
            prepare(&self.0.source, pins.jwe, pins.enc, name, writes)
        })
    }
}

impl KeyFamily for JweKey {
    type Codec = JweCodec;

    fn prepare(&self, also: &[Self], profile: &Profile) -> Result<JweCodec, KeyError> {
        let own = self.material(profile, !profile.read_only)?;
        let also = also.iter().map(|key| key.material(profile, false)).collect::<Result<Vec<_>, _>>()?;
        Ok(JweCodec::new(own, also, profile))
    }
}

impl From<Jwk> for JweKey {
    fn from(jwk: Jwk) -> Self {
        Self::from_jwk(jwk)
    }
}

impl fmt::Debug for JweKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.source {
            Source::Password { .. } => f.write_str("JweKey::password(..)"),
            Source::Secret(_) => f.write_str("JweKey::secret(..)"),
            Source::Jwk(jwk) => f.debug_tuple("JweKey::from_jwk").field(jwk).finish(),
            Source::Pair { private, public } => {
                f.debug_tuple("JweKey::from_pair").field(private).field(public).finish()
            }
        }
    }
}
