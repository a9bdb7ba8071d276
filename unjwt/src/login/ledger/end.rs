//! Ending logins: remembered here at once, and in the store by the time that an end returns.

use unjwt_store::Key;

use super::Ledger;
use super::write::{EndAll, Write, first_attempt};
use crate::error::Error;
use crate::login::id::LoginId;
#[cfg(feature = "dbsc")]
use crate::login::keys;
use crate::login::revocation::{Epoch, Exception};

impl Ledger {
    /// Ends a login: in this process at once, and in the store by the time that this returns. If the store is out,
    /// the end is written in the background as soon as possible.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) if the store has not confirmed it yet.
    pub(crate) async fn end(&self, id: LoginId) -> Result<(), Error> {
        self.end_each([id]).await
    }

    /// [Ends](Self::end) each of the logins, all at the same time.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end), for any of them.
    pub(crate) async fn end_each(&self, ids: impl IntoIterator<Item = LoginId>) -> Result<(), Error> {
        let mut writes = Vec::new();
        for id in ids {
            self.learn_end(id);
            writes.push(self.begin_writing(Write::End(id)));
        }
        let mut result = Ok(());
        for write in writes {
            result = result.and(first_attempt(write).await);
        }
        result
    }

    /// Ends all logins of a group that have begun, but for the one excepted.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end).
    pub(crate) async fn end_all(&self, key: Key, except: Option<Exception>) -> Result<(), Error> {
        first_attempt(self.begin_writing(Write::EndAll(EndAll::new(key, except)))).await
    }

    /// Ends the tokens of a login that are bound to no device, since one that is bound to this device is known to have arrived.
    /// Returns `false` if one of another device was the first: somebody has bound a copy of the login.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end). Those that do not know of it yet serve these tokens until then.
    #[cfg(feature = "dbsc")]
    pub(crate) async fn end_unbound(&self, id: LoginId, device: &str) -> Result<bool, Error> {
        let key = keys::of_unbound(&id);
        // The record excepts the device as those of groups except a login: it is the hash of no login.
        let device = LoginId::of_device(device);
        let none = Epoch::default();
        let known = self.memory().epoch(&key);
        if known != none {
            return Ok(known.excepts(device));
        }
        let stored = self.group(Some(&self.load_one(key).await?))?.epoch;
        if stored != none {
            self.learn_epoch(key, stored);
            return Ok(stored.excepts(device));
        }
        self.end_all(key, Some(Exception { id: device, under: 0 })).await?;
        Ok(self.memory().epoch(&key).excepts(device))
    }

    pub(super) fn learn_epoch(&self, key: Key, epoch: Epoch) {
        let (until, now) = (self.until(), self.0.clock.now());
        self.memory().learn_epoch(key, epoch, until, now);
        self.0.ended.notify_waiters();
    }

    /// Refuses the login in this process.
    pub(super) fn learn_end(&self, id: LoginId) {
        let (until, now) = (self.until(), self.0.clock.now());
        self.memory().learn_end(id, until, now);
        self.0.ended.notify_waiters();
    }

    /// Ends a login without waiting for the store.
    pub(crate) fn end_in_background(&self, id: LoginId) {
        self.learn_end(id);
        self.write_end(id);
    }

    /// Writes the end of a login that is known here in the background.
    pub(super) fn write_end(&self, id: LoginId) {
        drop(self.begin_writing(Write::End(id)));
    }

    /// Writes the epoch that is known here in the background.
    pub(super) fn restore_epoch(&self, key: Key) {
        drop(self.begin_writing(Write::Restore(key)));
    }
}
