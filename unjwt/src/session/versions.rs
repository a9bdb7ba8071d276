//! The version of the payload that a deployment writes.

use std::fmt;

use super::config::Config;
use super::{SessionType, Writable, WrittenFor};
use crate::claims::versions::StampedPlace;
use crate::error::Error;

/// The older version that is written in the place of the session's own.
pub(crate) struct Downgrade<T> {
    pub(crate) version: u32,
    write: fn(T, StampedPlace<'_>) -> Result<Vec<u8>, Error>,
}

impl<T: SessionType> Downgrade<T> {
    /// Returns the payload's bytes.
    pub(crate) fn write(&self, data: &T, place: StampedPlace<'_>) -> Result<Vec<u8>, Error> {
        (self.write)(data.__copy(), place)
    }
}

impl<T> Clone for Downgrade<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Downgrade<T> {}

impl<T> fmt::Debug for Downgrade<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Downgrade({})", self.version)
    }
}

impl<T: SessionType, Store> Config<T, Store> {
    /// Writes sessions as the struct of an older version, while programs run that know no later one: the first half of a
    /// deployment in two. All versions are read as before, and a session of a later version than that stays one of the
    /// attribute's, since no older program could read it anyway.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use unjwt::{JweKey, Session};
    /// #[derive(Clone, Serialize, Deserialize, Session)]
    /// #[session(jwe, max_age = "7D", version = 2, migrate(LoginV1))]
    /// struct Login { user: u64, org: u32 }
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct LoginV1 { user: u64 }
    ///
    /// impl From<LoginV1> for Login {
    ///     fn from(LoginV1 { user }: LoginV1) -> Self { Self { user, org: 0 } }
    /// }
    /// impl From<Login> for LoginV1 {
    ///     fn from(Login { user, .. }: Login) -> Self { Self { user } }
    /// }
    ///
    /// # fn main() -> Result<(), unjwt::ConfigError> {
    /// # let key = JweKey::password("hunter2 hunter2 hunter2");
    /// let config = Login::config(key).writes_version::<LoginV1>();  // until no program of version 1 is left
    /// # config.build()?;
    /// # Ok(()) }
    /// ```
    ///
    /// What the older struct has no place for is lost with each write, and the session is read back before it is sent: if it
    /// could not become the session's struct again, the write fails with
    /// [`ErrorKind::Unserializable`](crate::ErrorKind::Unserializable).
    pub fn writes_version<V>(mut self) -> Self
    where
        T: Writable,
        V: WrittenFor<T>,
    {
        self.writes = Some(Downgrade { version: V::__VERSION, write: V::__write });
        self
    }
}
