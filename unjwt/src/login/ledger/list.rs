//! The logins of a group.

use unjwt_store::Key;

use super::Ledger;
use crate::error::Error;
use crate::login::Login;
use crate::login::group::Groups;
use crate::login::record::Listed;

/// The time in seconds after which a renewal is recorded: the precision of [`Listed::renewed`]. Not longer than the
/// margin by which a record outlives the tokens of its time.
const TOUCH: u64 = 60 * 60;

impl Ledger {
    /// Returns the logins of a group that live, the newest first.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) if the store is out.
    pub(crate) async fn list(&self, key: Key) -> Result<Vec<Listed>, Error> {
        let loaded = self.load(&[key, self.everyone()]).await?;
        let mut records = loaded.iter();
        let (record, everyone) = (self.group(records.next())?, self.group(records.next())?);
        let everyone = self.memory().epoch(&self.everyone()).later(everyone.epoch).epoch;
        let ids = record.ids();
        let ended = if ids.is_empty() { Vec::new() } else { self.ended_among(&ids).await? };
        let latest = self.memory().epoch(&key).later(record.epoch);
        let (is_current, is_over) = (latest == record.epoch, record.everyone < everyone);
        let now = self.0.clock.now();
        let living = record.logins.into_iter().filter(|listed| {
            !is_over
                && !ended.contains(&listed.id)
                && !self.has_expired(listed, now)
                && (is_current || latest.excepts(listed.id))
        });
        let mut logins: Vec<_> = living.collect();
        logins.reverse();
        Ok(logins)
    }

    /// Records in the background that a login was renewed, at most once an hour.
    pub(crate) fn renewed(&self, login: &Login, groups: &Groups) {
        let (id, now) = (login.id, self.0.clock.now());
        if login.generation.is_some() && self.memory().prolonged.is_due(id, now, TOUCH) {
            let ledger = self.clone();
            let _ = Self::spawn(async move { ledger.prolong(id).await });
        }
        let Some(key) = self.first_group(login, groups) else { return };
        if !self.memory().renewed.is_due(id, now, TOUCH) {
            return;
        }
        let ledger = self.clone();
        // Nothing depends on it but what a list shows.
        let _ = Self::spawn(async move {
            let touched = ledger.change_group(key, ledger.until(), |record| {
                let listed = record.logins.iter_mut().find(|listed| listed.id == id)?;
                if listed.renewed.plus(TOUCH) > now {
                    return None;
                }
                listed.renewed = now;
                Some(std::mem::take(record))
            });
            let _ = touched.await;
        });
    }
}
