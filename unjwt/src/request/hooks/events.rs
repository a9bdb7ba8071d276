//! The arguments of hooks.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};

use http::HeaderMap;

use super::Session;
use super::error::{HookError, HookResult};
use crate::clock::NumericDate;
use crate::error::{Error, ErrorKind};
use crate::jose::Header;
use crate::request::manager::{Scope, SessionManager};
use crate::request::read::REFUSED;
use crate::request::status::Status;
use crate::session::current::Current;
use crate::session::handle::{HasSession as _, ReachesSession};
use crate::session::operation::Operation;

/// The future of a hook.
pub type HookFuture<'a> = Pin<Box<dyn Future<Output = HookResult> + Send + 'a>>;
/// The future of a key look-up.
pub type LookupFuture<'a, K> = Pin<Box<dyn Future<Output = Result<Option<K>, HookError>> + Send + 'a>>;

macro_rules! event {
    (
        $(#[$meta:meta])*
        $name:ident { $($field:ident: $kind:ty),* $(,)? }
    ) => {
        $(#[$meta])*
        pub struct $name<'a, T: Session> {
            scope: Scope<'a, T>,
            $($field: $kind,)*
        }

        impl<'a, T: Session> $name<'a, T> {
            pub(crate) fn new(scope: Scope<'a, T>, $($field: $kind),*) -> Self {
                Self { scope, $($field),* }
            }

            /// The state that `state = ..` in the attribute names.
            pub fn state(&self) -> &'a T::State {
                self.scope.state
            }

            /// The session that the hook is about, as it is now. What the hook writes here is what the handler sees.
            pub fn session(&self) -> &SessionManager<T> {
                self.scope.manager
            }

            /// Another session of the same request.
            ///
            /// Reads it, hooks included, unless that is done already. Where the hooks of two sessions ask for each other,
            /// the inner one sees no session: nobody but its own hooks sees a session before these have approved it.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded), or
            /// [`ErrorKind::Hook`](crate::ErrorKind::Hook) when a hook of the other session failed.
            pub fn other<U: Session>(&self) -> Operation<'_, SessionManager<U>>
            where
                T::State: ReachesSession<U>,
            {
                Operation::new(self.scope.manager.other(self.scope.state.handle()))
            }

            /// The time by the session's clock: the system's, unless [`Config::clock`](crate::Config::clock) set another.
            pub fn now(&self) -> NumericDate {
                self.scope.manager.slot.tokens.now()
            }

            /// The request's headers.
            pub fn headers(&self) -> &'a HeaderMap {
                self.scope.headers
            }
        }
    };
}

event! {
    /// `on_read`: a token of the request is a valid session.
    ///
    /// Where the request brings several, the hook is asked for one after the other until it approves of one.
    Read { current: &'a Current<T>, approval: &'a Approval }
}

impl<T: Session> Read<'_, T> {
    /// The session that was read.
    pub fn current(&self) -> &Current<T> {
        self.current
    }

    /// Refuses the session: its token is good, and yet it is revoked, or its user is gone.
    ///
    /// That takes effect at once, for this hook too: there is no session any more, and what was written of it, by this hook
    /// or before, is undone; such a write that is still under way is an error. Only a [`clear`](SessionManager::clear)
    /// stays, and what the hook wrote of another session: decide before you write there. The session is then rejected, `renew`
    /// does not run, and the cookie stays as it is.
    ///
    /// This is the way to revoke. An error of the hook is an outage: it answers every request of this client, the login
    /// too.
    pub fn refuse(&self) {
        self.withdraw(Verdict::Refused);
    }

    /// [Refuses](Self::refuse) the session and removes its cookie, unless the request brings another session that is
    /// approved. The removal is sent by this response: a login of another tab that was answered meanwhile is removed too.
    pub fn refuse_and_forget(&self) {
        self.withdraw(Verdict::Forgotten);
    }

    /// Treats the session as expired, though its token is not: what was written of it is undone as by
    /// [`refuse`](Self::refuse), and `on_expire` and `renew` run. A session that is refused too stays refused.
    pub fn expire(&self) {
        self.withdraw(Verdict::Expired);
    }

    fn withdraw(&self, verdict: Verdict) {
        self.approval.0.fetch_max(verdict as u8, Ordering::SeqCst);
        let manager = self.scope.manager;
        let (status, reason) = match self.approval.verdict() {
            Verdict::Approved | Verdict::Expired => {
                (Status::Expired, Error::new(ErrorKind::Expired, "`on_read` said so"))
            }
            Verdict::Refused | Verdict::Forgotten => (Status::Rejected, REFUSED),
        };
        if let Some(hook) = manager.origin.id() {
            manager.slot.lock().withdraw(hook, status, reason);
        }
    }
}

/// What `on_read` says of a session, the last in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    Approved,
    Expired,
    Refused,
    Forgotten,
}

/// The verdict while the hook runs.
#[derive(Debug, Default)]
pub(crate) struct Approval(AtomicU8);

impl Approval {
    pub(crate) fn verdict(&self) -> Verdict {
        let said = self.0.load(Ordering::SeqCst);
        [Verdict::Expired, Verdict::Refused, Verdict::Forgotten]
            .into_iter()
            .find(|verdict| *verdict as u8 == said)
            .unwrap_or(Verdict::Approved)
    }
}

event! {
    /// `on_update`: a write made a new token. An error of this hook takes the write back, and what the hook wrote of the session.
    /// Until it returns, nobody else sees the write or may build on it: see [`ErrorKind::Conflict`].
    ///
    /// A hook that writes starts the hooks of that write; eight of them inside each other are refused as an error, so
    /// that hooks that write each other's sessions end.
    Update { old: Option<&'a Current<T>>, current: &'a Current<T> }
}

impl<T: Session> Update<'_, T> {
    /// The session before the write; none when this began it.
    pub fn old(&self) -> Option<&Current<T>> {
        self.old
    }

    /// The session after the write.
    pub fn current(&self) -> &Current<T> {
        self.current
    }
}

event! {
    /// `on_clear`: the session was ended by [`clear`](SessionManager::clear). An error of this hook does not bring it back.
    Clear { old: Option<&'a Current<T>> }
}

impl<T: Session> Clear<'_, T> {
    /// The session that ended; none when there was none.
    pub fn old(&self) -> Option<&Current<T>> {
        self.old
    }
}

event! {
    /// `on_expire`: the request's token was good and has expired.
    Expire { expired: &'a Current<T> }
}

impl<T: Session> Expire<'_, T> {
    /// What the expired token said.
    pub fn expired(&self) -> &Current<T> {
        self.expired
    }
}

event! {
    /// `on_error`: the request's token was refused, or a write failed.
    Failure { error: &'a Error, is_write: bool }
}

impl<T: Session> Failure<'_, T> {
    /// Why.
    pub fn error(&self) -> &Error {
        self.error
    }

    /// Whether a write failed; otherwise a token was refused.
    pub fn is_write(&self) -> bool {
        self.is_write
    }
}

event! {
    /// `renew`: the request has no valid session, because its token expired or was rejected, or none came. What the hook
    /// writes is the session that the handler sees. It does not run where `on_read` refused the session.
    Renew { expired: Option<&'a Current<T>>, rejected: Option<&'a Error> }
}

impl<T: Session> Renew<'_, T> {
    /// The expired session; none where no token came, or none that is genuine.
    pub fn expired(&self) -> Option<&Current<T>> {
        self.expired
    }

    /// Why the token that came was rejected: its struct or key has changed, for example.
    pub fn rejected(&self) -> Option<&Error> {
        self.rejected
    }
}

event! {
    /// `key_lookup`: a token came, and this hook may name the key for it. `Ok(None)` leaves the session's own keys.
    KeyLookup { header: &'a Header }
}

impl<T: Session> KeyLookup<'_, T> {
    /// The token's protected header. Nothing in it is verified yet.
    pub fn header(&self) -> &Header {
        self.header
    }
}
