//! The requirements on a session's struct, combined in one trait.
//!
//! [`Session`](crate::Session) does not name `Clone`, `Serialize` and `DeserializeOwned` as supertraits: the
//! compiler would report each missing one separately, although a single line of the struct is wrong.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::provenance::{IssuedElsewhere, IssuedHere};

/// The requirements on a session's struct: `Clone`, `Serialize` and `DeserializeOwned`. Implemented for every
/// such type.
///
/// A struct of tokens that are [issued elsewhere](ForeignData) needs no `Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a session's data: it must be `Clone`, `Serialize` and `Deserialize`",
    label = "at least one of the three is missing",
    note = "write `#[derive(Clone, Serialize, Deserialize, Session)]`, with serde's feature `derive`"
)]
pub trait SessionData<Provenance = IssuedHere>: Sized {
    #[doc(hidden)]
    fn __copy(&self) -> Self;
    #[doc(hidden)]
    fn __serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
    #[doc(hidden)]
    fn __deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Clone + Serialize + DeserializeOwned> SessionData<IssuedHere> for T {
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

/// The requirements on the struct of an identity provider's tokens: `Clone` and `DeserializeOwned`. Implemented for
/// every such type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the data of tokens that are issued elsewhere: it must be `Clone` and `Deserialize`",
    label = "at least one of the two is missing",
    note = "write `#[derive(Clone, Deserialize, Session)]`, with serde's feature `derive`"
)]
pub trait ForeignData: Clone + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Clone + DeserializeOwned> ForeignData for T {}

impl<T: ForeignData> SessionData<IssuedElsewhere> for T {
    fn __copy(&self) -> Self {
        self.clone()
    }

    fn __serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        // Such a session is never `Writable`.
        Err(S::Error::custom("the session's tokens are issued elsewhere"))
    }

    fn __deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// A session's data as serde sees it.
pub(crate) struct Wire<T, P>(pub(crate) T, pub(crate) PhantomData<P>);

impl<T, P> Wire<T, P> {
    pub(crate) fn new(data: T) -> Self {
        Self(data, PhantomData)
    }
}

impl<T: SessionData<P>, P> Serialize for Wire<&T, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.__serialize(serializer)
    }
}

impl<'de, T: SessionData<P>, P> Deserialize<'de> for Wire<T, P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::__deserialize(deserializer).map(Self::new)
    }
}
