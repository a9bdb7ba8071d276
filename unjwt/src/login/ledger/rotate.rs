//! The generations of a login in the store.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::Mutex;
use tokio::time::timeout;
use unjwt_store::{Entry, Key};

use super::{ATTEMPTS, CONTENDED, Ledger, NO_ANSWER, Verdict, version};
use crate::crypto::random_number;
use crate::error::Error;
use crate::login::Login;
use crate::login::binding::Binding;
use crate::login::group::Groups;
use crate::login::id::LoginId;
use crate::login::keys;
use crate::login::record::LoginRecord;
use crate::login::rotation::{Decision, Generations, Renewal, Rule, decide};

/// The fate of a token that is to be renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rotated {
    /// It stays.
    Kept,
    /// A token of this generation replaces it.
    Issued(u64),
    Ended,
    /// It is a copy, for which its login has just ended.
    Reused,
}

/// The rotations under way. Those of one login wait for each other, and the later ones find its record here.
pub(super) struct Rotations {
    lanes: Box<[Mutex<Lane>]>,
    hasher: RandomState,
}

/// The last rotation of one of the logins that share this lane.
type Lane = Option<(LoginId, Generations)>;

const LANES: usize = 64;

impl Default for Rotations {
    fn default() -> Self {
        Self { lanes: (0..LANES).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }
}

impl Rotations {
    fn lane(&self, id: LoginId) -> Option<&Mutex<Lane>> {
        // The remainder is below the number of lanes.
        self.lanes.get((self.hasher.hash_one(id) % LANES as u64) as usize)
    }
}

impl Ledger {
    fn rule(&self) -> Option<Rule> {
        let rotation = self.0.spec.rotation?;
        Some(Rule { window: rotation.window.saturating_mul(1000), adopts: rotation.adopts })
    }

    /// Writes the record of a login that begins, and returns its generation.
    pub(super) async fn begin_rotation(&self, id: LoginId) -> Result<u64, Error> {
        let first = Generations::first(self.0.clock.now_ms());
        match self.write(&keys::of_login(&id), &None, &first).await? {
            true => Ok(first.current),
            false => Err(CONTENDED),
        }
    }

    /// Returns the verdict on a token by its generation, for a response that need not carry its successor. `entry` was just
    /// loaded.
    pub(super) async fn rotation_of(&self, login: &Login, entry: Option<Entry>) -> Result<Verdict, Error> {
        // The tokens of a session with `login = ..` have no generation: their login's have.
        let Some(rule) = self.rule().filter(|_| login.keys.is_none()) else { return Ok(Verdict::Live) };
        Ok(match self.settle(login, rule, entry, None).await? {
            Decision::Serve | Decision::Issue(_) | Decision::Write { .. } => Verdict::Live,
            Decision::Reuse => Verdict::Reused,
            Decision::Ended => Verdict::Ended,
        })
    }

    /// Renews a token of a session that rotates, for a response that can carry its successor. No access to the store
    /// where another request of this process has just rotated the login, otherwise two. `is_urgent` if the token is about to
    /// expire.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) if the store is out.
    pub(crate) async fn rotate(
        &self,
        login: &Login,
        groups: &Groups,
        is_urgent: bool,
    ) -> Result<Rotated, Error> {
        let Some(rule) = self.rule() else { return Ok(Rotated::Kept) };
        let Some(lane) = self.0.rotations.lane(login.id) else { return Ok(Rotated::Kept) };
        // While the store does not answer, nobody waits for more than one other.
        let mut lane = timeout(self.0.timeout, lane.lock()).await.map_err(|_| NO_ANSWER)?;
        let (now, renewal) = (self.0.clock.now_ms(), Renewal { draw: random_number(), is_urgent });
        if let Some((id, generations)) = &*lane
            && *id == login.id
            && !self.memory().is_ended(id)
            && let Decision::Issue(record) =
                decide(Some(generations), login.generation, now, rule, Some(renewal))
        {
            // A tab that renewed at the same time: the answer is the same, without a write.
            return Ok(self.issued(login, groups, &record));
        }
        let entry = self.load_one(keys::of_login(&login.id)).await?;
        let decision = self.settle(login, rule, entry, Some(renewal)).await?;
        if let Decision::Write { record, .. } = decision {
            *lane = Some((login.id, record));
        }
        Ok(match decision {
            Decision::Issue(record) | Decision::Write { record, issues: true } => {
                self.issued(login, groups, &record)
            }
            Decision::Serve | Decision::Write { issues: false, .. } => Rotated::Kept,
            Decision::Ended => Rotated::Ended,
            Decision::Reuse => {
                // If the store is out, this process refuses the login nevertheless, and repeats the write.
                let _ = self.end(login.id).await;
                Rotated::Reused
            }
        })
    }

    /// Returns the fate of a token whose login's record was just written, here or elsewhere.
    fn issued(&self, login: &Login, groups: &Groups, record: &Generations) -> Rotated {
        let renewed = Login { generation: Some(record.current), ..login.clone() };
        let mut memory = self.memory();
        memory.prolonged.done(login.id, self.0.clock.now());
        memory.extend_check(login.id, &Binding::new(login, groups), &Binding::new(&renewed, groups));
        Rotated::Issued(record.current)
    }

    /// Decides about a token, and writes what the decision says, again if another machine was faster.
    async fn settle(
        &self,
        login: &Login,
        rule: Rule,
        mut entry: Option<Entry>,
        renewal: Option<Renewal>,
    ) -> Result<Decision, Error> {
        let key = keys::of_login(&login.id);
        for _ in 0..ATTEMPTS {
            let record = match self.login(Some(&entry))? {
                Some(LoginRecord::Ended) => {
                    self.learn_end(login.id);
                    return Ok(Decision::Ended);
                }
                Some(LoginRecord::Rotates(generations)) => Some(generations),
                None => None,
            };
            let now = self.0.clock.now_ms();
            let decision = decide(record.as_ref(), login.generation, now, rule, renewal);
            let Decision::Write { record, .. } = &decision else { return Ok(decision) };
            if self.write(&key, &entry, record).await? {
                return Ok(decision);
            }
            entry = self.load_one(key).await?;
        }
        Err(CONTENDED)
    }

    /// Keeps the record of a login for as long as its new token, whose generation may be an old one: a write of the
    /// service renews the token, and not the login.
    pub(super) async fn prolong(&self, id: LoginId) {
        if self.try_prolong(id).await.is_err() {
            // The next write tries again.
            self.memory().prolonged.forget(&id);
        }
    }

    async fn try_prolong(&self, id: LoginId) -> Result<(), Error> {
        let key = keys::of_login(&id);
        for _ in 0..ATTEMPTS {
            let entry = self.load_one(key).await?;
            let Some(LoginRecord::Rotates(generations)) = self.login(Some(&entry))? else { return Ok(()) };
            if self.write(&key, &entry, &generations).await? {
                return Ok(());
            }
        }
        Err(CONTENDED)
    }

    async fn write(&self, key: &Key, was: &Option<Entry>, record: &Generations) -> Result<bool, Error> {
        self.swap(key, version(was), &LoginRecord::encode(record), self.until()).await
    }
}
