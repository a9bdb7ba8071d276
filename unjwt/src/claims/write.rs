//! Writing a payload: the struct's members first, then the registered claims.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unjwt_store::Key;

use super::Reserved;
use super::fields::{self, Done, Meet};
use crate::clock::NumericDate;
#[cfg(feature = "dbsc")]
use crate::device::Device;
use crate::error::{Error, ErrorKind};
use crate::login::Login;
use crate::login::epochs::Epochs;
use crate::login::id::LoginId;
use crate::spec::ClaimMapping;
use crate::util::strict_json::Name;

/// The claims that a write adds to the struct's own members.
#[derive(Debug, Serialize)]
pub(crate) struct Stamp<'a> {
    pub(crate) jti: &'a str,
    pub(crate) iat: NumericDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exp: Option<NumericDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) aud: Option<AudienceOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auth_time: Option<NumericDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<LoginId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ep: Option<EpochsOut>,
    #[serde(rename = "gen", skip_serializing_if = "Option::is_none")]
    pub(crate) generation: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) v: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vr: Option<u32>,
    #[cfg(feature = "dbsc")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cnf: Option<Device>,
}

/// The epochs under which a login began.
#[derive(Debug)]
pub(crate) enum EpochsOut {
    /// Those that are not 0, under the names of the groups.
    Named(Epochs, &'static [&'static str]),
    /// Those of all groups, under the keys of their records.
    Keyed(Epochs, Arc<[Key]>),
}

impl EpochsOut {
    /// Returns `None` if there is nothing to state, which needs no claim. `groups` are those of the session's own
    /// logins.
    pub(super) fn new(login: &Login, groups: &'static [&'static str]) -> Option<Self> {
        let epochs = login.epochs;
        match &login.keys {
            Some(keys) if !keys.is_empty() || epochs != Epochs::default() => {
                Some(Self::Keyed(epochs, Arc::clone(keys)))
            }
            None if epochs != Epochs::default() => Some(Self::Named(epochs, groups)),
            Some(_) | None => None,
        }
    }
}

impl Serialize for EpochsOut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named(epochs, groups) => serializer.collect_map(epochs.to_claim(groups)),
            Self::Keyed(epochs, keys) => serializer.collect_map(epochs.to_claim_with_keys(keys)),
        }
    }
}

/// `aud` is a string for one recipient and an array for several (RFC 7519 §4.1.3).
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum AudienceOut<'a> {
    One(&'a str),
    Many(&'a [String]),
}

/// Returns the payload's bytes: the struct's members, then the stamp. `capacity` is an estimate of their
/// number.
pub(crate) fn write<T: Serialize>(
    data: &T,
    stamp: &Stamp<'_>,
    mapping: ClaimMapping,
    reserved: Reserved,
    capacity: usize,
) -> Result<Vec<u8>, Error> {
    const FAILED: Error = Error::new(ErrorKind::Unserializable, "serialization failed");
    const NO_OBJECT: Error =
        Error::new(ErrorKind::Unserializable, "the struct does not serialize to a JSON object");

    let mut payload = Vec::with_capacity(capacity);
    serde_json::to_writer(&mut payload, data).map_err(|error| unwritable(data, &error))?;
    if payload.first() != Some(&b'{') || payload.pop() != Some(b'}') {
        return Err(NO_OBJECT);
    }
    if mapping == ClaimMapping::Filtered {
        payload.push(b'}');
        let members: MemberNames<'_> = serde_json::from_slice(&payload).map_err(|_| FAILED)?;
        if members.0.iter().any(|name| reserved.contains(name)) {
            return Err(Error::new(
                ErrorKind::Unserializable,
                "the data has a member with a reserved claim name",
            ));
        }
        payload.pop();
    }
    let is_empty = payload.len() == 1;
    let joint = payload.len();
    serde_json::to_writer(&mut payload, stamp).map_err(|_| FAILED)?;
    // The stamp's own `{` becomes the comma after the struct's members.
    if is_empty {
        payload.remove(joint);
    } else if let Some(brace) = payload.get_mut(joint) {
        *brace = b',';
    }
    Ok(payload)
}

/// Returns the error for data that serde_json cannot write: the field, and the reason if it is one of
/// serde_json's own.
fn unwritable<T: Serialize>(data: &T, error: &serde_json::Error) -> Error {
    struct Fails(Option<&'static str>);
    impl Meet for Fails {
        fn meet<V: Serialize + ?Sized>(&mut self, name: &'static str, value: &V) -> Result<(), Done> {
            serde_json::to_writer(&mut Vec::new(), value).map_err(|_| {
                self.0 = Some(name);
                Done
            })
        }
    }
    let mut field = Fails(None);
    // The walk ends at the failing field, which is all that is needed.
    let _ = fields::walk(data, &mut field);
    // The message itself is not shown, since a `Serialize` may put the data into it.
    let message = error.to_string();
    let reason = if message.starts_with("key must be a string") {
        "a map's key is not a string"
    } else if message.starts_with("float key must be finite") {
        "a map's key is not a finite number"
    } else {
        "the value is refused by its type's `Serialize`"
    };
    let reason = field.0.map_or_else(|| reason.to_owned(), |name| format!("`{name}`: {reason}"));
    Error::explained(ErrorKind::Unserializable, reason)
}

/// The member names of an object, each at most once.
struct MemberNames<'a>(HashSet<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for MemberNames<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = HashSet<Cow<'de, str>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut names = HashSet::new();
                while let Some(Name(name)) = map.next_key()? {
                    map.next_value::<IgnoredAny>()?;
                    if !names.insert(name) {
                        return Err(de::Error::custom("a member appears twice"));
                    }
                }
                Ok(names)
            }
        }
        deserializer.deserialize_map(Names).map(Self)
    }
}
