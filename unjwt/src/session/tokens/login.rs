//! The logins of a session's tokens.

use std::future::pending;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use unjwt_store::Key;

use super::Tokens;
use super::cache::Reading;
use super::open::{ENDED, Opened};
use crate::clock::{Moment, NumericDate};
use crate::error::{Error, ErrorKind};
use crate::login::group::Groups;
use crate::login::id::LoginId;
use crate::login::ledger::{Begun, Ledger, Rotated, Verdict};
use crate::login::memory::Recall;
use crate::login::{Login, SignIn};
use crate::session::SessionType;
use crate::session::current::Current;

/// The sign-in of a new session, and the logins that it ends. Dropped before it is concluded, it is withdrawn, so that
/// no list shows a login that nobody has.
pub(crate) struct NewSignIn {
    pub(crate) sign_in: SignIn,
    displaced: Vec<LoginId>,
    /// The login that a list shows already.
    listed: Option<(Ledger, LoginId)>,
}

impl Drop for NewSignIn {
    fn drop(&mut self) {
        if let Some((ledger, id)) = self.listed.take() {
            ledger.end_in_background(id);
        }
    }
}

const NOT_ALONE: Error = Error::new(
    ErrorKind::NoSession,
    "the session belongs to the login of another one: a request with that login makes its tokens",
);

/// The shortest and the longest time between two looks at the login of an open connection.
const LEAST_CHECK: Duration = Duration::from_secs(1);
const MOST_CHECK: Duration = Duration::from_secs(60);

impl<T: SessionType> Tokens<T> {
    pub(crate) fn ledger(&self) -> Option<&Ledger> {
        self.0.ledger.as_ref().or_else(|| self.0.links.ledger())
    }

    /// Returns what is known here of the token's login: *live* if nothing can end it.
    pub(super) fn recall_login(&self, opened: &Opened<T>, now: Moment) -> Recall {
        let (Some(ledger), Opened::Valid(found)) = (self.ledger(), opened) else { return Recall::Live };
        let Some(login) = &found.facts.sign_in.login else { return Recall::Unknown };
        ledger.recall_at(login, &groups_of(&*found.data), now)
    }

    /// Does the same as [`recall_login`](Self::recall_login) for a token that is remembered.
    pub(super) fn recall_reading(&self, reading: &Reading<T>, now: Moment) -> Recall {
        let Some(ledger) = self.ledger() else { return Recall::Live };
        let Some(login) = &reading.facts.sign_in.login else { return Recall::Unknown };
        ledger.recall_again(login, || groups_of(&*reading.data), &reading.last_check, now)
    }

    /// Returns what the token is by its login, asking the store if that is not known here.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] if the store is out.
    pub(crate) async fn check_login(&self, opened: Opened<T>) -> Result<Opened<T>, Error> {
        let Opened::Valid(mut found) = opened else { return Ok(opened) };
        let (Some(ledger), Some(login)) = (self.ledger(), &found.facts.sign_in.login) else {
            return Ok(Opened::Valid(found));
        };
        let groups = groups_of(&*found.data);
        if let Err(error) = self.check_groups(&groups) {
            return Ok(Opened::Rejected(error));
        }
        let verdict = match ledger.recall(login, &groups) {
            Recall::Live => Verdict::Live,
            Recall::Ended => Verdict::Ended,
            Recall::Compare | Recall::Unknown => ledger.check(login, &groups).await?,
        };
        found.is_checked = verdict != Verdict::Unchecked;
        Ok(match verdict {
            Verdict::Live | Verdict::Unchecked => Opened::Valid(found),
            Verdict::Ended => Opened::Ended,
            Verdict::Reused => Opened::Reused(found),
        })
    }

    /// Waits until the session has expired or its login has ended.
    pub(crate) async fn ended(&self, current: &Current<T>) {
        let groups = groups_of(&*current.data);
        loop {
            let changed = pin!(async {
                match self.ledger() {
                    Some(ledger) => ledger.ended().await,
                    None => pending().await,
                }
            });
            let (until_expiry, is_over) = match current.exp() {
                Some(exp) => (Some(self.0.policy.remaining(exp, self.now())), self.is_expired(Some(exp))),
                None => (None, false),
            };
            if is_over || self.has_ended(current, &groups).await {
                return;
            }
            let next_check = self.ledger().map(|ledger| ledger.recheck().clamp(LEAST_CHECK, MOST_CHECK));
            let Some(pause) = until_expiry.into_iter().chain(next_check).min() else {
                return pending().await;
            };
            let _ = timeout(pause, changed).await;
        }
    }

    /// Returns whether the login has ended; an outage does not end it.
    async fn has_ended(&self, current: &Current<T>, groups: &Groups) -> bool {
        let (Some(ledger), Some(login)) = (self.ledger(), &current.sign_in.login) else { return false };
        match ledger.recall(login, groups) {
            Recall::Live => false,
            Recall::Ended => true,
            Recall::Compare | Recall::Unknown => {
                matches!(ledger.check(login, groups).await, Ok(Verdict::Ended | Verdict::Reused))
            }
        }
    }

    /// Checks that the login of a session that was read before has not ended since: the request may take long, and a token
    /// made now would outlive what is known of the end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Ended`]; [`ErrorKind::Unavailable`] if the store is out.
    pub(crate) async fn require_login(&self, current: &Current<T>) -> Result<(), Error> {
        let (Some(ledger), Some(login)) = (self.ledger(), &current.sign_in.login) else { return Ok(()) };
        let groups = groups_of(&*current.data);
        let lives = match ledger.recall(login, &groups) {
            Recall::Live => true,
            Recall::Ended => false,
            // Boxed, so that only requests that take long pay for its future.
            Recall::Compare | Recall::Unknown => Box::pin(ledger.lives(login, &groups)).await?,
        };
        if lives { Ok(()) } else { Err(ENDED) }
    }

    fn check_groups(&self, groups: &Groups) -> Result<(), Error> {
        let fields = self.0.spec.revocable.map_or(&[][..], |revocable| revocable.groups);
        groups.check(fields).map_err(|error| Error::explained(ErrorKind::PayloadInvalid, error.to_string()))
    }

    /// Begins the login of a new session, if it has one, whose user signed in at this time, or else now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] if the store is out; [`ErrorKind::TooManyLogins`].
    pub(crate) async fn begin_sign_in(
        &self,
        data: &T,
        label: &str,
        signed_in_at: Option<NumericDate>,
    ) -> Result<NewSignIn, Error> {
        if self.0.spec.login.is_some() {
            return Err(NOT_ALONE);
        }
        let now = self.now();
        let at = signed_in_at.map_or(now, |at| at.min(now));
        let sign_in = |login: Option<Login>| self.0.policy.sign_in(at, login.map(Arc::new));
        let Some(ledger) = self.ledger() else {
            return Ok(NewSignIn { sign_in: sign_in(None), displaced: Vec::new(), listed: None });
        };
        // Boxed, so that only revocable sessions pay for its future.
        let begun = Box::pin(async { ledger.begin(&groups_of(data), label).await });
        let Begun { login, displaced, is_listed } = begun.await?;
        let listed = is_listed.then(|| (ledger.clone(), login.id));
        Ok(NewSignIn { sign_in: sign_in(Some(login)), displaced, listed })
    }

    /// Ends the logins that a new one replaces: that of the session before, and those that are one too many.
    pub(crate) async fn conclude_sign_in(&self, mut begun: NewSignIn, replaced: Option<LoginId>) {
        begun.listed = None;
        let Some(ledger) = self.ledger() else { return };
        let ended = mem::take(&mut begun.displaced).into_iter().chain(replaced);
        if Box::pin(ledger.end_each(ended)).await.is_err() {
            // The new login stands. This process refuses the old one already, and the store is told as soon as it
            // answers.
            tracing::warn!(
                session = T::SPEC.type_name,
                "the login that was replaced has not ended everywhere yet"
            );
        }
    }

    /// Returns the key of the login's group by the first field in `by(..)`.
    pub(crate) fn first_group(&self, current: &Current<T>) -> Option<Key> {
        self.ledger()?.first_group(current.sign_in.login.as_ref()?, &groups_of(&*current.data))
    }

    /// Returns the sign-in that a session's token shares with those that belong to its login.
    pub(crate) fn shared_sign_in(&self, current: &Current<T>) -> SignIn {
        let login = self.ledger().zip(current.sign_in.login.as_ref());
        let login = login.map(|(ledger, login)| ledger.with_keys(login, &groups_of(&*current.data)).into());
        #[cfg(feature = "dbsc")]
        let device = current.sign_in.device.clone().filter(|device| !device.is_pending());
        SignIn {
            auth_time: current.sign_in.auth_time,
            login,
            #[cfg(feature = "dbsc")]
            device,
        }
    }

    /// Renews the token's place in its login, if the session rotates: see [`Ledger::rotate`].
    pub(crate) async fn rotate_login(&self, current: &Current<T>) -> Result<(LoginId, Rotated), Error> {
        let (Some(ledger), Some(login)) = (self.ledger(), &current.sign_in.login) else {
            return Ok((LoginId::from_bytes([0; 16]), Rotated::Kept));
        };
        let exp = current.exp().map_or(u64::MAX, NumericDate::as_secs);
        let now = self.now();
        let (lives, left) =
            [current.iat().unwrap_or(now), now].map(|from| exp.saturating_sub(from.as_secs())).into();
        let rotated = ledger.rotate(login, &groups_of(&*current.data), left < lives / 4).await?;
        Ok((login.id, rotated))
    }

    /// Records that a login was renewed, for a list that shows it.
    pub(crate) fn renewed(&self, current: &Current<T>) {
        if let (Some(ledger), Some(login)) = (self.ledger(), &current.sign_in.login) {
            ledger.renewed(login, &groups_of(&*current.data));
        }
    }

    /// Lets the last check of a login count for the token by which it is bound to a device.
    #[cfg(feature = "dbsc")]
    pub(crate) fn carry_check(&self, unbound: &Current<T>, bound: &Current<T>) {
        let logins = unbound.sign_in.login.as_deref().zip(bound.sign_in.login.as_deref());
        if let (Some(ledger), Some((from, to))) = (self.ledger(), logins) {
            ledger.carry_check((from, &groups_of(&*unbound.data)), (to, &groups_of(&*bound.data)));
        }
    }

    /// Returns the sign-in of a new session of which no store is told.
    pub(crate) fn unlisted_sign_in(&self, data: &T) -> SignIn {
        let mut login = self.ledger().map(|ledger| ledger.begin_unlisted(&groups_of(data)));
        if let (Some(login), Some(_)) = (&mut login, self.0.spec.login) {
            login.keys = Some([].into());
        }
        self.0.policy.sign_in(self.now(), login.map(Arc::new))
    }
}

fn groups_of<T: SessionType>(data: &T) -> Groups {
    let mut groups = Groups::default();
    data.__add_login_groups(&mut groups);
    groups
}
