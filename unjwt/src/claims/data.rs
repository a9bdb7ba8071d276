//! The requirements on a session's struct, combined in one trait.
//!
//! [`Session`](crate::Session) does not name `Clone`, `Serialize` and `DeserializeOwned` as supertraits: the
//! compiler would report each missing one separately, although a single line of the struct is wrong.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The requirements on a session's struct: `Clone`, `Serialize` and `DeserializeOwned`. Implemented for every
/// such type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a session's data: it must be `Clone`, `Serialize` and `Deserialize`",
    label = "at least one of the three is missing",
    note = "write `#[derive(Clone, Serialize, Deserialize, Session)]`, with serde's feature `derive`"
)]
pub trait SessionData: Sized {
    #[doc(hidden)]
    fn __copy(&self) -> Self;
    #[doc(hidden)]
    fn __serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
    #[doc(hidden)]
    fn __deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Clone + Serialize + DeserializeOwned> SessionData for T {
    fn __copy(&self) -> Self {
        self.clone()
    }

    fn __serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn __deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// A session's data as serde sees it.
pub(crate) struct Wire<T>(pub(crate) T);

impl<T: SessionData> Serialize for Wire<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.__serialize(serializer)
    }
}

impl<'de, T: SessionData> Deserialize<'de> for Wire<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::__deserialize(deserializer).map(Self)
    }
}
