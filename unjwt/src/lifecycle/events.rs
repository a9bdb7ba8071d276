//! What hooks are given.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;

use super::current::Current;
use super::hook_error::{HookError, HookResult};
use super::manager::{Scope, SessionManager};
use crate::error::Error;
use crate::jose::Header;
use crate::session::Session;
use crate::session::handle::HasSession;

/// What a hook's function becomes.
pub type HookFuture<'a> = Pin<Box<dyn Future<Output = HookResult> + Send + 'a>>;
/// What a key look-up becomes.
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
            /// Reads it, hooks included, unless that is done already. Two sessions whose hooks ask for each other see
            /// each other as they are so far; none waits for ever.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded), or
            /// [`ErrorKind::Hook`](crate::ErrorKind::Hook) when a hook of the other session failed.
            pub async fn other<U: Session>(&self) -> Result<SessionManager<U>, Error>
            where
                T::State: HasSession<U>,
            {
                self.scope.manager.other(self.scope.state.handle()).await
            }

            /// The request's headers.
            pub fn headers(&self) -> &'a HeaderMap {
                self.scope.headers
            }
        }
    };
}

event! {
    /// `on_read`: the request's token is a valid session.
    Read { current: &'a Current<T>, refused: &'a AtomicBool }
}

impl<T: Session> Read<'_, T> {
    /// The session that was read.
    pub fn current(&self) -> &Current<T> {
        self.current
    }

    /// Refuses the session: its token is good, and yet it is revoked, or its user is gone. The session is then
    /// rejected, the cookie stays as it is, and what this hook wrote is dropped.
    ///
    /// This is the way to revoke. An error of the hook is an outage: it answers every request of this client, the login
    /// too.
    pub fn refuse(&self) {
        self.refused.store(true, Ordering::SeqCst);
    }
}

event! {
    /// `on_update`: a write made a new token. An error of this hook takes the write back.
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
    /// `renew`: the request has no valid session, because its token expired or none came. What the hook writes is the
    /// session that the handler sees.
    Renew { expired: Option<&'a Current<T>> }
}

impl<T: Session> Renew<'_, T> {
    /// What the expired token said; none when no token came.
    pub fn expired(&self) -> Option<&Current<T>> {
        self.expired
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
