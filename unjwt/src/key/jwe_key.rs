use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use super::jwe_material::{Purpose, prepare};
use super::prepared::Prepared;
use super::{Jwk, one_of};
use crate::alg::{Enc, JweAlg};
use crate::config_error::KeyError;
use crate::token::changing::keys_now;
use crate::token::jwe::{DerivedKeys, JweCodec, JweMaterial, MOST_ITERATIONS};
use crate::token::{ChangingKeys, Identity, KeyFamily, Profile};

/// Iterations of a password's derivation unless set otherwise (OWASP's figure for PBKDF2-HMAC-SHA-256).
const ITERATIONS: u32 = 600_000;

/// A key that encrypts and decrypts a session's tokens.
///
/// Making one never fails: a key that cannot be used is refused when the session is built. Cheap to clone.
/// `Debug` shows the kind of key and never the key.
///
/// The algorithms are those that the attribute pins (`jwe(alg = "..", enc = "..")`), that the key
/// [names](JweKey::algorithm), or that the JWK has as `alg` and `enc`; a contradiction is refused. Where
/// nothing names the content encryption, `A256GCM` is written and the AES-GCM family is read; with `dir` it
/// follows from the key's length. AES-CBC with HMAC is used only where something names it.
#[derive(Clone)]
pub struct JweKey(Arc<Inner>);

struct Inner {
    input: KeyInput,
    alg: Option<JweAlg>,
    enc: Option<Enc>,
    prepared: Prepared<(Option<JweAlg>, Option<Enc>, String, Purpose), JweMaterial>,
    identity: OnceLock<Identity>,
}

#[derive(Clone)]
pub(super) enum KeyInput {
    Changing(Arc<dyn ChangingKeys<JweKey>>),
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
    /// A password of 16 bytes or more: `PBES2-HS256+A128KW` (RFC 7518 §4.8), as npm `unjwt` encrypts with
    /// one.
    ///
    /// A derivation of 600,000 iterations takes a tenth of a second or so. A browser's first token costs one,
    /// on a thread of its own; its tokens after that are [remembered](crate::Config::token_cache), and so are
    /// the last 4096 derived keys. A write takes a key that was derived ahead, as long as there are some:
    /// each serves one token. Use a password to share sessions with npm `unjwt`; [`JweKey::secret`] costs a
    /// microsecond.
    ///
    /// The keys are bound to the password and to no session: two sessions with one password need a `typ`
    /// each.
    pub fn password(password: impl Into<String>) -> Self {
        let password = Zeroizing::new(password.into());
        let derived = Arc::default();
        Self::new(KeyInput::Password { password, iterations: ITERATIONS, accepted: None, derived })
    }

    /// Random bytes, 32 or more: a key for this session alone is derived from them by HKDF-SHA-256 (RFC 5869)
    /// and used with `dir` and `A256GCM`.
    ///
    /// One secret may serve many sessions: each has its own key, bound to the session's `name` and to the
    /// content encryption, and not to its `typ`.
    ///
    /// # Security
    ///
    /// Not for passwords: HKDF does nothing against guessing. A session should not write more than 2³² tokens
    /// under one secret (NIST SP 800-38D §8.3). A `Vec` that is given away is wiped with the key; of a slice,
    /// its owner's bytes stay.
    pub fn secret(secret: impl Into<Vec<u8>>) -> Self {
        Self::new(KeyInput::Secret(Zeroizing::new(secret.into())))
    }

    /// A JWK, used with the `alg` that it names:
    ///
    /// - symmetric, `alg` one of `dir`, `A128KW`, `A192KW`, `A256KW`, `A128GCMKW`, `A192GCMKW`, `A256GCMKW`
    ///   (RFC 7518 §4.4, §4.5, §4.7);
    /// - RSA, `alg` one of `RSA-OAEP`, `RSA-OAEP-256`, `RSA-OAEP-384`, `RSA-OAEP-512` (RFC 7518 §4.3);
    /// - EC on P-256, P-384 or P-521, or OKP on X25519, `alg` one of `ECDH-ES`, `ECDH-ES+A128KW`,
    ///   `ECDH-ES+A192KW`, `ECDH-ES+A256KW` (RFC 7518 §4.6, RFC 8037 §3.2).
    ///
    /// A private key encrypts with its own public half. A public one encrypts only: enough for
    /// [`jose::encrypt`](crate::jose::encrypt) and too little for a session.
    ///
    /// # Security
    ///
    /// Whoever has a public key can make tokens for it, with any content: a session in such a token is as
    /// trustworthy as all who know the public key. So a session takes an RSA, EC or OKP key only with
    /// [`anyone_with_the_public_key_may_write`](crate::Config::anyone_with_the_public_key_may_write). For one
    /// that only its own service writes, use a symmetric key.
    pub fn from_jwk(jwk: Jwk) -> Self {
        Self::new(KeyInput::Jwk(jwk))
    }

    /// A key pair: encrypts with the public half and decrypts with the private one. The public half is taken
    /// from the private JWK when none is given. See [`from_jwk`](JweKey::from_jwk) for the algorithms, and
    /// for what it takes to use one for a session.
    pub fn from_pair(private: Jwk, public: impl Into<Option<Jwk>>) -> Self {
        Self::new(KeyInput::Pair { private, public: public.into() })
    }

    /// Names the key management algorithm: which PBES2 for a [password](JweKey::password), or what a JWK
    /// without `alg` is for. One that contradicts the JWK or the attribute is refused when the session is
    /// built.
    ///
    /// ```
    /// use unjwt::jose::JweAlg;
    /// use unjwt::JweKey;
    ///
    /// let key = JweKey::password("correct horse battery staple").algorithm(JweAlg::Pbes2Hs512A256Kw);
    /// ```
    #[must_use]
    pub fn algorithm(self, alg: JweAlg) -> Self {
        Self(Arc::new(Inner { alg: Some(alg), ..self.parts() }))
    }

    /// Names the content encryption: it is written, and nothing else is read.
    #[must_use]
    pub fn encryption(self, enc: Enc) -> Self {
        Self(Arc::new(Inner { enc: Some(enc), ..self.parts() }))
    }

    /// Sets the iterations of a new token's derivation, 1,000 to 10,000,000; 600,000 unless set. Only for a
    /// [password](JweKey::password); without effect on other keys.
    #[must_use]
    pub fn iterations(self, count: u32) -> Self {
        self.with_password(|iterations, _| *iterations = count)
    }

    /// Sets the counts of iterations (`p2c`) that are read; exactly that of new tokens unless set. A token
    /// outside is refused before anything is derived, so a stranger cannot choose how long that takes. Only
    /// for a [password](JweKey::password); without effect on other keys.
    ///
    /// A token does not tell which password it is of, so a forged one is tried with each that accepts its
    /// count. The iterations of all of them together may be 10,000,000: more are refused when the session is
    /// built.
    #[must_use]
    pub fn accept_iterations(self, range: RangeInclusive<u32>) -> Self {
        self.with_password(|_, accepted| *accepted = Some(range))
    }

    fn with_password(self, change: impl FnOnce(&mut u32, &mut Option<RangeInclusive<u32>>)) -> Self {
        let mut inner = self.parts();
        match &mut inner.input {
            KeyInput::Password { iterations, accepted, .. } => change(iterations, accepted),
            KeyInput::Changing(_) | KeyInput::Secret(_) | KeyInput::Jwk(_) | KeyInput::Pair { .. } => {
                return self;
            }
        }
        Self(Arc::new(inner))
    }

    /// Keys that change while the program runs.
    pub(crate) fn from_changing(keys: Arc<dyn ChangingKeys<Self>>) -> Self {
        Self::new(KeyInput::Changing(keys))
    }

    fn new(input: KeyInput) -> Self {
        Self(Arc::new(Inner {
            input,
            alg: None,
            enc: None,
            prepared: Prepared::default(),
            identity: OnceLock::new(),
        }))
    }

    /// A copy to change, which has no prepared forms yet.
    fn parts(&self) -> Inner {
        let Inner { input, alg, enc, .. } = &*self.0;
        Inner {
            input: input.clone(),
            alg: *alg,
            enc: *enc,
            prepared: Prepared::default(),
            identity: OnceLock::new(),
        }
    }

    fn material(&self, profile: &Profile, purpose: Purpose) -> Result<Arc<JweMaterial>, KeyError> {
        let alg = one_of(profile.pins.jwe, self.0.alg, JweAlg::name)?;
        let enc = one_of(profile.pins.enc, self.0.enc, Enc::name)?;
        // Only a secret's key depends on the name.
        let name = if matches!(self.0.input, KeyInput::Secret(_)) { profile.name.as_str() } else { "" };
        self.0.prepared.get_or_try((alg, enc, name.to_owned(), purpose), || {
            prepare(&self.0.input, alg, enc, name, purpose)
        })
    }

    fn identity(&self) -> Identity {
        *self.0.identity.get_or_init(|| {
            Identity::new(|description| {
                description.text(self.0.alg.map_or("", JweAlg::name));
                description.text(self.0.enc.map_or("", Enc::name));
                match &self.0.input {
                    // Only the keys that they are at a time have an identity of their own.
                    KeyInput::Changing(_) => description.text("changing"),
                    KeyInput::Password { password, iterations, accepted, .. } => {
                        description.text("password");
                        description.text(password);
                        let accepted = accepted.clone().unwrap_or(*iterations..=*iterations);
                        description.number(*accepted.start());
                        description.number(*accepted.end());
                    }
                    KeyInput::Secret(secret) => {
                        description.text("secret");
                        description.bytes(secret);
                    }
                    KeyInput::Jwk(jwk) => {
                        description.text("jwk");
                        description.json(jwk);
                    }
                    KeyInput::Pair { private, public } => {
                        description.text("pair");
                        description.json(private);
                        description.json(public);
                    }
                }
            })
        })
    }

    /// A codec that only encrypts, for which a public key suffices.
    pub(crate) fn encrypter(&self, profile: &Profile) -> Result<JweCodec, KeyError> {
        Ok(JweCodec::new(self.material(profile, Purpose::Write)?, Vec::new(), self.identity(), profile))
    }
}

impl KeyFamily for JweKey {
    type Codec = JweCodec;

    fn prepare(&self, also: &[Self], profile: &Profile) -> Result<JweCodec, KeyError> {
        if let Some(changing) = self.changing() {
            let (own, others) = keys_now(&**changing, also)?;
            return own.prepare(&others, profile);
        }
        let material = |key: &Self, purpose| {
            let material = key.material(profile, purpose)?;
            match material.asymmetric_alg() {
                Some(alg) if !profile.anyone_writes => Err(anyone_writes(alg)),
                _ => Ok(material),
            }
        };
        let own = material(self, if profile.read_only { Purpose::Read } else { Purpose::Both })?;
        let materials = also.iter().map(|key| material(key, Purpose::Read)).collect::<Result<Vec<_>, _>>();
        let materials = materials.map_err(KeyError::retired)?;
        let identities: Vec<_> = also.iter().map(Self::identity).collect();
        let codec = JweCodec::new(own, materials, Identity::joined(self.identity(), &identities), profile);
        if also.is_empty() {
            // The count of a lone password has the same limit, and `jose` prepares a key for each token.
            return Ok(codec);
        }
        let dearest = codec.dearest();
        if dearest.together() > MOST_ITERATIONS {
            return Err(KeyError::new(format!(
                "a token with {} iterations would be tried with {} passwords, which is more than the {MOST_ITERATIONS} \
                 iterations that one token may take: read fewer old passwords with `also_reads`, or lower the end of \
                 `accept_iterations`",
                dearest.iterations, dearest.passwords
            )));
        }
        Ok(codec)
    }

    fn changing(&self) -> Option<&Arc<dyn ChangingKeys<Self>>> {
        match &self.0.input {
            KeyInput::Changing(keys) => Some(keys),
            _ => None,
        }
    }
}

/// The refusal of a key under which anyone with the public half can make tokens.
fn anyone_writes(alg: JweAlg) -> KeyError {
    KeyError::new(format!(
        "`{}` encrypts with a public key, and whoever has that can write the session: use a symmetric key like \
         `JweKey::secret`, or call `.anyone_with_the_public_key_may_write()` on the configuration",
        alg.name()
    ))
}

impl From<Jwk> for JweKey {
    fn from(jwk: Jwk) -> Self {
        Self::from_jwk(jwk)
    }
}

impl fmt::Debug for JweKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.input {
            KeyInput::Changing(keys) => keys.fmt(f),
            KeyInput::Password { .. } => f.write_str("JweKey::password(..)"),
            KeyInput::Secret(_) => f.write_str("JweKey::secret(..)"),
            KeyInput::Jwk(jwk) => f.debug_tuple("JweKey::from_jwk").field(jwk).finish(),
            KeyInput::Pair { private, public } => {
                f.debug_tuple("JweKey::from_pair").field(private).field(public).finish()
            }
        }
    }
}
