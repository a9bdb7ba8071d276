//! The keys of a session at a time, of one issuer or of several.

use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::claims::Policy;
use crate::clock::NumericDate;
use crate::config_error::KeyError;
use crate::error::{Error, ErrorKind};
use crate::token::changing::Edition;
use crate::token::{ChangingKeys, Codec, Identity, KeyCheck, KeyDigest, KeyFamily, Parsed as _, Profile};
use crate::util::base64;
use crate::util::strict_json::Name;

/// The keys of a session: its own, or those of each issuer that it trusts.
pub(crate) struct Keys<K: KeyFamily> {
    first: Source<K>,
    others: Vec<Source<K>>,
    max_token_len: usize,
}

/// The keys of one issuer.
enum Source<K: KeyFamily> {
    Fixed(Prepared<K::Codec>),
    Changing(Changing<K>),
}

/// Keys that are ready for use.
pub(crate) struct Prepared<C> {
    pub(crate) codec: Arc<C>,
    /// Distinguishes what these keys opened from what others did.
    pub(crate) identity: Identity,
    /// The place of their issuer among those that the session trusts; `None` if the session has none, or if a hook found
    /// the key.
    pub(crate) issuer: Option<usize>,
}

/// Keys as a request uses them: the same ones from its first look to its last.
pub(crate) enum KeysRef<'a, C> {
    Fixed(&'a Prepared<C>),
    Changing(Arc<Prepared<C>>),
}

/// The reason why there are no keys for a token.
pub(crate) enum NoKeys {
    /// The token is refused.
    Refused(Error),
    /// The keys are out.
    Out(Error),
}

/// The keys of an edition; `None` if the session cannot use them.
type Held<C> = (Edition, Option<Arc<Prepared<C>>>);

struct Changing<K: KeyFamily> {
    keys: Arc<dyn ChangingKeys<K>>,
    also: Vec<K>,
    profile: Profile,
    issuer: Option<usize>,
    held: RwLock<Held<K::Codec>>,
    /// Held by the source of the keys for as long as it is here.
    _check: KeyCheck<K>,
}

impl<C> Prepared<C> {
    pub(crate) fn new(codec: C, issuer: Option<usize>) -> Self
    where
        C: Codec,
    {
        let identity = codec.identity();
        Self { codec: Arc::new(codec), identity, issuer }
    }
}

impl<C> Deref for KeysRef<'_, C> {
    type Target = Prepared<C>;

    fn deref(&self) -> &Prepared<C> {
        match self {
            Self::Fixed(prepared) => prepared,
            Self::Changing(prepared) => prepared,
        }
    }
}

impl<K: KeyFamily> Keys<K> {
    /// Prepares the keys. With several, the first are those of the first issuer.
    pub(crate) fn new(
        first: (&K, &[K]),
        others: &[K],
        is_foreign: bool,
        profile: &Profile,
        now: NumericDate,
    ) -> Result<Self, KeyError> {
        let (own, also) = first;
        let others = others.iter().enumerate();
        let others = others.map(|(index, key)| Source::new(key, &[], Some(index + 1), profile, now));
        Ok(Self {
            first: Source::new(own, also, is_foreign.then_some(0), profile, now)?,
            others: others.collect::<Result<_, _>>()?,
            max_token_len: profile.max_token_len,
        })
    }

    /// Returns the keys that write.
    pub(crate) fn own(&self, now: NumericDate) -> Result<KeysRef<'_, K::Codec>, Error> {
        self.first.current(now)
    }

    /// Returns the keys that may have made the token: those of the issuer that it names.
    pub(crate) fn of_token(
        &self,
        token: &impl Deref<Target = str>,
        policy: &Policy,
        now: NumericDate,
    ) -> Result<KeysRef<'_, K::Codec>, NoKeys> {
        self.source(token, policy).map_err(NoKeys::Refused)?.current(now).map_err(NoKeys::Out)
    }

    /// Returns the `kid` of a token that no key fits, if its issuer might have published that one since.
    pub(crate) fn may_find(&self, token: &str, policy: &Policy, keys: &Prepared<K::Codec>) -> Option<String> {
        let Source::Changing(source) = self.source(&token, policy).ok()? else { return None };
        let parsed = keys.codec.parse(token).ok()?;
        let kid = parsed.kid()?;
        source.keys.may_find(kid).then(|| kid.to_owned())
    }

    /// Asks the token's issuer for a key.
    pub(crate) async fn find(&self, token: &str, policy: &Policy, kid: &str) -> Result<(), Error> {
        match self.source(&token, policy) {
            Ok(Source::Changing(source)) => source.keys.find(kid).await,
            Ok(Source::Fixed(_)) | Err(_) => Ok(()),
        }
    }

    /// Asks the token's issuer for its keys, which are out.
    pub(crate) async fn revive(&self, token: &str, policy: &Policy) {
        if let Ok(Source::Changing(source)) = self.source(&token, policy) {
            source.keys.revive().await;
        }
    }

    /// Returns whether opening a token is costly with some of the keys.
    pub(crate) fn are_costly(&self) -> bool {
        std::iter::once(&self.first).chain(&self.others).any(Source::is_costly)
    }

    /// Returns the digests of the keys that read now, including retired ones.
    pub(crate) fn digests(&self) -> Vec<KeyDigest> {
        let sources = std::iter::once(&self.first).chain(&self.others);
        sources.filter_map(Source::held).flat_map(|keys| keys.codec.key_digests()).collect()
    }

    fn source(&self, token: &impl Deref<Target = str>, policy: &Policy) -> Result<&Source<K>, Error> {
        const UNKNOWN: Error = Error::new(ErrorKind::ClaimInvalid, "`iss` is another");
        // One that is too long is refused by whichever codec gets it.
        if self.others.is_empty() || token.len() > self.max_token_len {
            return Ok(&self.first);
        }
        let issuer = stated_issuer(token).ok_or(UNKNOWN)?;
        match policy.issuer_at(&issuer).ok_or(UNKNOWN)?.checked_sub(1) {
            None => Ok(&self.first),
            Some(other) => self.others.get(other).ok_or(UNKNOWN),
        }
    }
}

impl<K: KeyFamily> Source<K> {
    fn new(
        key: &K,
        also: &[K],
        issuer: Option<usize>,
        profile: &Profile,
        now: NumericDate,
    ) -> Result<Self, KeyError> {
        let Some(keys) = key.changing() else {
            return Ok(Self::Fixed(Prepared::new(key.prepare(also, profile)?, issuer)));
        };
        let edition = first_edition(&**keys, now)?;
        let held = (edition, Some(Arc::new(prepare(&keys.keys(now)?, also, issuer, profile)?)));
        let (own_also, own_profile) = (also.to_vec(), profile.clone());
        let check: KeyCheck<K> =
            Arc::new(move |keys| prepare(keys, &own_also, issuer, &own_profile).map(drop));
        keys.add_check(&check);
        Ok(Self::Changing(Changing {
            keys: Arc::clone(keys),
            also: also.to_vec(),
            profile: profile.clone(),
            issuer,
            held: RwLock::new(held),
            _check: check,
        }))
    }

    fn current(&self, now: NumericDate) -> Result<KeysRef<'_, K::Codec>, Error> {
        match self {
            Self::Fixed(prepared) => Ok(KeysRef::Fixed(prepared)),
            Self::Changing(changing) => changing.current(now).map(KeysRef::Changing),
        }
    }

    /// Returns the keys of the last look.
    fn held(&self) -> Option<KeysRef<'_, K::Codec>> {
        match self {
            Self::Fixed(prepared) => Some(KeysRef::Fixed(prepared)),
            Self::Changing(changing) => {
                let held = changing.held.read().unwrap_or_else(PoisonError::into_inner);
                held.1.clone().map(KeysRef::Changing)
            }
        }
    }

    fn is_costly(&self) -> bool {
        self.held().is_some_and(|keys| keys.codec.is_costly())
    }
}

const UNUSABLE: Error = Error::new(ErrorKind::Unavailable, "the session cannot use its new keys");

impl<K: KeyFamily> Changing<K> {
    fn current(&self, now: NumericDate) -> Result<Arc<Prepared<K::Codec>>, Error> {
        let edition = self.keys.edition(now)?;
        {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            if held.0 == edition {
                return held.1.clone().ok_or(UNUSABLE);
            }
        }
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.0 != edition {
            let prepared =
                self.keys.keys(now).and_then(|keys| prepare(&keys, &self.also, self.issuer, &self.profile));
            held.1 = prepared
                .inspect_err(|error| {
                    tracing::error!(session = self.profile.name, %error, "the session cannot use its new keys, so it answers 503");
                })
                .ok()
                .map(Arc::new);
            held.0 = edition;
        }
        held.1.clone().ok_or(UNUSABLE)
    }
}

fn first_edition<K>(keys: &dyn ChangingKeys<K>, now: NumericDate) -> Result<Edition, KeyError> {
    keys.edition(now).map_err(|error| KeyError::new(error.to_string()))
}

fn prepare<K: KeyFamily>(
    keys: &(K, Vec<K>),
    also: &[K],
    issuer: Option<usize>,
    profile: &Profile,
) -> Result<Prepared<K::Codec>, KeyError> {
    let (own, others) = keys;
    let others: Vec<_> = others.iter().chain(also).cloned().collect();
    Ok(Prepared::new(own.prepare(&others, profile)?, issuer))
}

/// Returns the issuer that a signed token names, unverified: it decides with which keys the token is verified.
fn stated_issuer(token: &str) -> Option<String> {
    struct Payload(Option<String>);

    impl<'de> Deserialize<'de> for Payload {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(Members)
        }
    }

    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Payload;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("claims")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Payload, A::Error> {
            let mut issuer = None;
            while let Some(Name(name)) = map.next_key()? {
                if name == "iss" && issuer.is_none() {
                    issuer = Some(map.next_value::<Name<'de>>()?.0.into_owned());
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(Payload(issuer))
        }
    }

    let payload = base64::decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Payload>(&payload).ok()?.0
}
