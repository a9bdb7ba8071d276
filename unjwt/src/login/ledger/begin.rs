//! Beginning a login.

use unjwt_store::{Entry, Key};

use super::Ledger;
use crate::clock::NumericDate;
use crate::error::{Error, ErrorKind};
use crate::login::Login;
use crate::login::binding::Binding;
use crate::login::epochs::Epochs;
use crate::login::group::Groups;
use crate::login::id::LoginId;
use crate::login::keys;
use crate::login::record::{GroupRecord, Listed, MAX_LISTED, shortened};
use crate::spec::LoginLimit;

/// A login that has begun, and those that end because of it.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) login: Login,
    /// The logins that are one too many. They are listed until they end, since a sign-in that fails must not hide them.
    pub(crate) displaced: Vec<LoginId>,
    pub(crate) is_listed: bool,
}

const TOO_MANY_LOGINS: Error = Error::new(ErrorKind::TooManyLogins, "");

impl Ledger {
    /// Begins a login under the present epochs, and lists it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] if the store is out; [`ErrorKind::TooManyLogins`].
    pub(crate) async fn begin(&self, groups: &Groups, label: &str) -> Result<Begun, Error> {
        self.watch();
        groups.check(self.0.spec.groups)?;
        let levels = self.levels_of(groups);
        let asked: Vec<_> = levels.iter().copied().flatten().collect();
        let asked_at = self.0.clock.now_ms();
        let loaded = self.load(&asked).await?;
        let mut records = loaded.iter();
        let (mut epochs, mut first) = (Epochs::default(), None);
        for (index, level) in levels.iter().enumerate() {
            let Some(key) = level else { continue };
            let entry = records.next();
            let record = self.group(entry)?;
            let known = self.memory().epoch(key).later(record.epoch);
            if known.epoch > record.epoch.epoch {
                // A login under an epoch that the store does not have would survive the next one that it has.
                self.restore(*key, self.until()).await?;
            }
            epochs.set(index, known.epoch);
            if index == 1 {
                first = Some((*key, record, entry.cloned().flatten()));
            }
        }
        let mut login =
            Login { id: LoginId::random(), epochs, generation: None, keys: None, is_bound: false };
        if self.0.spec.rotation.is_some() {
            login.generation = Some(self.begin_rotation(login.id).await?);
        }
        let is_listed = first.is_some();
        let displaced = match first {
            Some((key, record, entry)) => self.list_new(key, &record, entry, &login, label).await?,
            None => Vec::new(),
        };
        // The store was just asked, so the first request with this token need not ask it again; unless a group ended
        // meanwhile, and this login with it.
        let binding = Binding::new(&login, groups);
        let mut memory = self.memory();
        if memory.compare(&login, &binding, &levels) {
            memory.learn_live(login.id, &binding, asked_at);
        }
        drop(memory);
        Ok(Begun { login, displaced, is_listed })
    }

    /// Begins a login under the epochs that this process knows, without the store, for tests.
    pub(crate) fn begin_unlisted(&self, groups: &Groups) -> Login {
        let mut epochs = Epochs::default();
        for (index, level) in self.levels_of(groups).iter().enumerate() {
            epochs.set(index, level.map_or(0, |key| self.memory().epoch(&key).epoch));
        }
        // Without a generation the store is not asked for a record of it, which it does not have.
        Login { id: LoginId::random(), epochs, generation: None, keys: None, is_bound: false }
    }

    /// Adds a login to the list of its first group, whose record was just loaded, and returns those that have to end
    /// for it.
    async fn list_new(
        &self,
        key: Key,
        loaded: &GroupRecord,
        entry: Option<Entry>,
        login: &Login,
        label: &str,
    ) -> Result<Vec<LoginId>, Error> {
        let now = self.0.clock.now();
        let everyone = login.epochs.get(0);
        let listed = Listed { id: login.id, began: now, renewed: now, label: shortened(label) };
        let mut displaced = Vec::new();
        let mut is_refused = false;
        // Who has ended only matters if there are too many. Logins that have ended push none out of the list: whoever
        // signs in and out again and again would hide one that lives from its owner.
        let most = self.0.spec.max_logins.map_or(MAX_LISTED, |(most, _)| most.into());
        let ended = match loaded.logins.len() >= most {
            true => self.ended_among(&loaded.ids()).await?,
            false => Vec::new(),
        };
        self.change_loaded(key, entry, self.until(), |record| {
            displaced.clear();
            if record.everyone > everyone || record.epoch.epoch > login.epochs.get(1) {
                // This login has ended with everyone, or with its group, while it began.
                return None;
            }
            let mut logins = std::mem::take(&mut record.logins);
            if record.everyone < everyone {
                // All that began before have.
                logins.clear();
            }
            logins.retain(|old| !ended.contains(&old.id) && !self.has_expired(old, now));
            if let Some((most, limit)) = self.0.spec.max_logins {
                let excess = (logins.len() + 1).saturating_sub(most.into());
                is_refused = excess > 0 && limit == LoginLimit::Refuse;
                if is_refused {
                    return None;
                }
                displaced.extend(logins.iter().take(excess).map(|old| old.id));
            }
            logins.push(listed.clone());
            Some(GroupRecord { epoch: record.epoch, everyone, logins })
        })
        .await?;
        if is_refused { Err(TOO_MANY_LOGINS) } else { Ok(displaced) }
    }

    /// Returns those of the logins that have ended.
    pub(super) async fn ended_among(&self, ids: &[LoginId]) -> Result<Vec<LoginId>, Error> {
        let mut ended = self.ended_in_store(ids).await?;
        ended.extend(ids.iter().copied().filter(|id| self.memory().is_ended(id)));
        Ok(ended)
    }

    /// Returns those of the logins, at most as many as one load may have keys, that have ended as the store knows.
    pub(super) async fn ended_in_store(&self, ids: &[LoginId]) -> Result<Vec<LoginId>, Error> {
        let keys: Vec<_> = ids.iter().map(keys::of_login).collect();
        let loaded = self.load(&keys).await?;
        let mut ended = Vec::new();
        for (id, entry) in ids.iter().zip(&loaded) {
            if self.has_ended(Some(entry))? {
                ended.push(*id);
            }
        }
        Ok(ended)
    }

    /// Returns whether every token of a listed login has expired.
    pub(super) fn has_expired(&self, listed: &Listed, now: NumericDate) -> bool {
        listed.renewed.plus(self.0.longest) <= now
    }
}
