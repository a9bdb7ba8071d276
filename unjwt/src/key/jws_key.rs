use std::fmt;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use super::jws_material::prepare;
use super::jws_readers::Whose;
use super::prepared::Prepared;
use super::{Jwk, JwkSet, one_of, passed_over};
use crate::alg::JwsAlg;
use crate::config_error::KeyError;
use crate::token::changing::keys_now;
use crate::token::jws::{JwsCodec, JwsMaterial};
use crate::token::{ChangingKeys, Identity, KeyFamily, Profile};

/// A key that signs and verifies a session's tokens.
///
/// Making one never fails: a key that cannot be used is refused when the session is built. Cheap to clone.
/// `Debug` shows the kind of key and never the key.
///
/// The algorithm is the one that the attribute pins (`jws(alg = "..")`), that the key
/// [names](JwsKey::algorithm), or that the JWK has as `alg`; else the one that follows from the key: its
/// curve, or `HS256` for [`JwsKey::secret`]. An RSA key must name it one way or the other; a contradiction is
/// refused. Tokens under any other algorithm are refused.
///
/// A session signs with RSA on a thread of its own, of which there are few: a signature takes a millisecond
/// or so with 2048 bits and several with 4096. When too many wait, a write is
/// [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded). All other keys sign where the request is served.
#[derive(Clone)]
pub struct JwsKey(Arc<Inner>);

struct Inner {
    input: KeyInput,
    alg: Option<JwsAlg>,
    prepared: Prepared<(Option<JwsAlg>, bool, Whose), JwsMaterial>,
    identity: OnceLock<Identity>,
}

#[derive(Clone)]
pub(super) enum KeyInput {
    Changing(Arc<dyn ChangingKeys<JwsKey>>),
    Secret(Zeroizing<Vec<u8>>),
    Jwk(Jwk),
    Pair { private: Jwk, publics: JwkSet },
    VerifyOnly(JwkSet),
}

impl JwsKey {
    /// A secret shared by all who sign and verify: HMAC (RFC 7518 §3.2), `HS256` unless something names
    /// another.
    ///
    /// At least as many bytes as the hash has: 32 for `HS256`, 48 for `HS384`, 64 for `HS512`.
    ///
    /// # Security
    ///
    /// The bytes are the key as they are: they must be random, and for this session alone, not those of another
    /// [`secret`](crate::JweKey::secret). A password does not do. A `Vec` that is given
    /// away is wiped with the key; of a slice, its owner's bytes stay.
    pub fn secret(secret: impl Into<Vec<u8>>) -> Self {
        Self::new(KeyInput::Secret(Zeroizing::new(secret.into())))
    }

    /// A symmetric or private JWK that signs and verifies. A public one suffices for a `read_only` session.
    pub fn from_jwk(jwk: Jwk) -> Self {
        Self::new(KeyInput::Jwk(jwk))
    }

    /// Signs with the private key and verifies with any of the public ones, among which the private key's own
    /// public half must be: the others are those of its predecessors, or of other services.
    ///
    /// A broken one among them is refused. One that is for something else is passed over and logged, as for
    /// [`verify_only`](JwsKey::verify_only).
    pub fn from_pair(private: Jwk, publics: impl Into<JwkSet>) -> Self {
        Self::new(KeyInput::Pair { private, publics: publics.into() })
    }

    /// Verifies with any of the public keys and signs nothing: for a `read_only` session.
    ///
    /// The set may be a stranger's, whose mistakes are no reason to refuse its good keys: a key that is broken, weak,
    /// for something else, or of a kind that nothing here uses is passed over. So is the second of two different keys
    /// with one `kid` and one algorithm. Keys with one `kid` and different algorithms are all used (RFC 7517 §4.5).
    /// Only if no key is left, the session is refused, with the reason for each.
    ///
    /// What is passed over is logged with its `kid` and the reason when the key is prepared: at the level WARN if it
    /// is broken, and INFO if it is meant for something else. It is logged once and not again for each request, also
    /// if a `key_lookup` hook makes the same set anew each time, as long as it is among the last few thousand.
    ///
    /// Keys of our own are looked at more strictly: a broken one among those of [`from_pair`](JwsKey::from_pair) or
    /// [`also_reads`](crate::Config::also_reads) is refused.
    ///
    /// A set of nothing but symmetric keys verifies with any of those, and none of them may be broken. In a set with
    /// public keys they are passed over, so that no token can choose between the two kinds.
    pub fn verify_only(publics: impl Into<JwkSet>) -> Self {
        Self::new(KeyInput::VerifyOnly(publics.into()))
    }

    /// Names the algorithm: another HMAC for a [secret](JwsKey::secret), or what a JWK without `alg` is for.
    /// One that contradicts the JWK or the attribute is refused when the session is built.
    ///
    /// ```
    /// use unjwt::jose::JwsAlg;
    /// use unjwt::JwsKey;
    ///
    /// let key = JwsKey::secret([7; 64]).algorithm(JwsAlg::Hs512);
    /// ```
    #[must_use]
    pub fn algorithm(self, alg: JwsAlg) -> Self {
        let input = self.0.input.clone();
        Self(Arc::new(Inner {
            input,
            alg: Some(alg),
            prepared: Prepared::default(),
            identity: OnceLock::new(),
        }))
    }

    /// Keys that change while the program runs.
    pub(crate) fn from_changing(keys: Arc<dyn ChangingKeys<Self>>) -> Self {
        Self::new(KeyInput::Changing(keys))
    }

    fn new(input: KeyInput) -> Self {
        Self(Arc::new(Inner { input, alg: None, prepared: Prepared::default(), identity: OnceLock::new() }))
    }

    pub(super) fn material(
        &self,
        pin: Option<JwsAlg>,
        writes: bool,
        whose: Whose,
    ) -> Result<Arc<JwsMaterial>, KeyError> {
        let pin = one_of(pin, self.0.alg, JwsAlg::name)?;
        let mut passed_over = Vec::new();
        let material = self.0.prepared.get_or_try((pin, writes, whose), || {
            prepare(&self.0.input, pin, writes, whose, &mut passed_over)
        })?;
        passed_over::log(&passed_over);
        Ok(material)
    }

    fn identity(&self) -> Identity {
        *self.0.identity.get_or_init(|| {
            Identity::new(|description| {
                description.text(self.0.alg.map_or("", JwsAlg::name));
                match &self.0.input {
                    // Only the keys that they are at a time have an identity of their own.
                    KeyInput::Changing(_) => description.text("changing"),
                    KeyInput::Secret(secret) => {
                        description.text("secret");
                        description.bytes(secret);
                    }
                    KeyInput::Jwk(jwk) => {
                        description.text("jwk");
                        description.json(jwk);
                    }
                    KeyInput::Pair { private, publics } => {
                        description.text("pair");
                        description.json(private);
                        description.json(&publics.keys());
                    }
                    KeyInput::VerifyOnly(publics) => {
                        description.text("verify only");
                        description.json(&publics.keys());
                    }
                }
            })
        })
    }
}

impl KeyFamily for JwsKey {
    type Codec = JwsCodec;

    fn prepare(&self, also: &[Self], profile: &Profile) -> Result<JwsCodec, KeyError> {
        if let Some(changing) = self.changing() {
            let (own, others) = keys_now(&**changing, also)?;
            return own.prepare(&others, profile);
        }
        let pin = profile.pins.jws;
        let own = self.material(pin, !profile.read_only, Whose::Others)?;
        let also_read = |key: &Self| key.material(pin, false, Whose::Ours);
        let materials = also.iter().map(also_read).collect::<Result<Vec<_>, _>>();
        let materials = materials.map_err(KeyError::retired)?;
        let also: Vec<_> = also.iter().map(Self::identity).collect();
        Ok(JwsCodec::new(own, materials, Identity::joined(self.identity(), &also), profile))
    }

    fn changing(&self) -> Option<&Arc<dyn ChangingKeys<Self>>> {
        match &self.0.input {
            KeyInput::Changing(keys) => Some(keys),
            _ => None,
        }
    }
}

impl From<Jwk> for JwsKey {
    fn from(jwk: Jwk) -> Self {
        Self::from_jwk(jwk)
    }
}

impl fmt::Debug for JwsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.input {
            KeyInput::Changing(keys) => keys.fmt(f),
            KeyInput::Secret(_) => f.write_str("JwsKey::secret(..)"),
            KeyInput::Jwk(jwk) => f.debug_tuple("JwsKey::from_jwk").field(jwk).finish(),
            KeyInput::Pair { private, publics } => {
                f.debug_tuple("JwsKey::from_pair").field(private).field(publics).finish()
            }
            KeyInput::VerifyOnly(publics) => f.debug_tuple("JwsKey::verify_only").field(publics).finish(),
        }
    }
}
