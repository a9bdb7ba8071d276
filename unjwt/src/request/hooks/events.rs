//! The events that hooks receive.

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

            /// Returns the state, of the type that `state = ..` in the attribute names.
            pub fn state(&self) -> &'a T::State {
                self.scope.state
            }

            /// Returns the session that the event concerns, in its present state. The handler sees what the
            /// hook writes here.
            pub fn session(&self) -> &SessionManager<T> {
                self.scope.manager
            }

            /// Returns another session of the same request.
            ///
            /// Reads it, hooks included, if that has not happened yet. If the hooks of two sessions request
            /// each other's session, the inner one sees no session: until a session's own hooks have approved
            /// it, only they see it.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded), or
            /// [`ErrorKind::Hook`](crate::ErrorKind::Hook) if a hook of the other session failed.
            pub fn other<U: Session>(&self) -> Operation<'_, SessionManager<U>>
            where
                T::State: ReachesSession<U>,
            {
                Operation::new(self.scope.manager.other(self.scope.state.handle()))
            }

            /// Returns the time of the session's clock: the system's, unless
            /// [`Config::clock`](crate::Config::clock) set another.
            pub fn now(&self) -> NumericDate {
                self.scope.manager.slot.tokens.now()
            }

            /// Returns the request's headers.
            pub fn headers(&self) -> &'a HeaderMap {
                self.scope.headers
            }
        }
    };
}

event! {
    /// `on_read`: a token of the request is a valid session.
    ///
    /// If the request brings several valid sessions, the hook runs for one after the other until it approves
    /// one.
    Read { current: &'a Current<T>, approval: &'a Approval }
}

impl<T: Session> Read<'_, T> {
    /// Returns the session that was read.
    pub fn current(&self) -> &Current<T> {
        self.current
    }

    /// Refuses the session although its token is valid: it has been revoked, for example, or its user is
    /// gone.
    ///
    /// This takes effect at once, for this hook too: there is no session any more, earlier writes of it, by
    /// this hook or others, are undone, and a write still under way fails. Only a
    /// [`clear`](SessionManager::clear) stays, and what the hook wrote to other sessions: decide before you
    /// write there. The session is then rejected, `renew` does not run, and the cookie stays as it is.
    ///
    /// Use this to revoke sessions. Returning an error is for outages: every request of this client is then
    /// answered with the error, a login included.
    pub fn refuse(&self) {
        self.withdraw(Verdict::Refused);
    }

    /// [Refuses](Self::refuse) the session and removes its cookie, unless the request brings another session
    /// that is approved. The removal is part of this response, so it also removes a login that was answered
    /// in another tab meanwhile.
    pub fn refuse_and_forget(&self) {
        self.withdraw(Verdict::Forgotten);
    }

    /// Treats the session as expired although its token is not: writes of it are undone as by
    /// [`refuse`](Self::refuse), and `on_expire` and `renew` run. If the session is also refused, it stays
    /// refused.
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

/// The verdict of `on_read` on a session. If there are several, the last in this order wins.
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
    /// `on_update`: a write made a new token. An error of this hook undoes the write, and what the hook wrote
    /// of the session. Until the hook returns, nobody else sees the write or can base an update on it: see
    /// [`ErrorKind::Conflict`].
    ///
    /// A hook that writes triggers the hooks of that write. The nesting is limited to eight levels, beyond
    /// which the write fails, so that hooks which write each other's sessions terminate.
    Update { old: Option<&'a Current<T>>, current: &'a Current<T> }
}

impl<T: Session> Update<'_, T> {
    /// Returns the session before the write; `None` if the write began it.
    pub fn old(&self) -> Option<&Current<T>> {
        self.old
    }

    /// Returns the session after the write.
    pub fn current(&self) -> &Current<T> {
        self.current
    }
}

event! {
    /// `on_clear`: the session was ended by [`clear`](SessionManager::clear). An error of this hook does not
    /// bring it back.
    Clear { old: Option<&'a Current<T>> }
}

impl<T: Session> Clear<'_, T> {
    /// Returns the session that ended; `None` if there was none.
    pub fn old(&self) -> Option<&Current<T>> {
        self.old
    }
}

event! {
    /// `on_expire`: the request's token was valid and has expired.
    Expire { expired: &'a Current<T> }
}

impl<T: Session> Expire<'_, T> {
    /// Returns the expired session.
    pub fn expired(&self) -> &Current<T> {
        self.expired
    }
}

event! {
    /// `on_error`: the request's token was refused, or a write failed.
    Failure { error: &'a Error, is_write: bool }
}

impl<T: Session> Failure<'_, T> {
    /// Returns the error.
    pub fn error(&self) -> &Error {
        self.error
    }

    /// Returns `true` if a write failed, and `false` if a token was refused.
    pub fn is_write(&self) -> bool {
        self.is_write
    }
}

event! {
    /// `on_reuse`: a token of a session with `rotation` was used again after its renewal, and the token that replaced it
    /// is in use. One of the two is a copy. The login has ended for both when the hook runs; tell the user, who may have
    /// been robbed, and record it.
    ///
    /// It may run more than once for one login, in requests that arrive at the same time.
    Reuse { reused: &'a Current<T> }
}

impl<T: Session> Reuse<'_, T> {
    /// Returns the session of the token that was used again. It may be the thief's or the owner's.
    pub fn reused(&self) -> &Current<T> {
        self.reused
    }
}

event! {
    /// `renew`: the request has no valid session, because its token expired or was rejected, or because it
    /// brought none. The handler sees the session that the hook writes. The hook does not run if `on_read`
    /// refused the session.
    Renew { expired: Option<&'a Current<T>>, rejected: Option<&'a Error> }
}

impl<T: Session> Renew<'_, T> {
    /// Returns the expired session; `None` if the request brought no token, or no genuine one.
    pub fn expired(&self) -> Option<&Current<T>> {
        self.expired
    }

    /// Returns the reason why the request's token was rejected: the struct or the key may have changed, for
    /// example.
    pub fn rejected(&self) -> Option<&Error> {
        self.rejected
    }
}

event! {
    /// `key_lookup`: the request brought a token, and this hook may return the key for it. With `Ok(None)`
    /// the session's own keys are used.
    KeyLookup { header: &'a Header }
}

impl<T: Session> KeyLookup<'_, T> {
    /// Returns the token's protected header. Nothing in it has been verified yet.
    pub fn header(&self) -> &Header {
        self.header
    }
}
