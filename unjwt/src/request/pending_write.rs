//! Writes that have not been awaited, and their options.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use super::context::Context;
use super::hooks::Session;
use super::manager::SessionManager;
use super::write::{Edit, write};
use crate::claims::Choice;
use crate::clock::NumericDate;
use crate::error::Error;
use crate::session::current::Current;
use crate::session::tokens::Tokens;
use crate::session::{HasAuthTime, HasMaxAge, ListsLogins};

/// A write that has not been awaited. Nothing happens before that.
#[must_use = "nothing is written until it is awaited: write `.await?`"]
pub struct PendingWrite<'a, T: Session>(Progress<'a, T>);

enum Progress<'a, T: Session> {
    Waiting(Target<'a, T>, Edit<'a, T>, Options),
    // Boxed, because the type of an `async fn` repeats its bounds, so that `.await` would repeat the compile
    // error for a read-only session.
    Running(Pin<Box<dyn Future<Output = Result<Current<T>, Error>> + Send + 'a>>),
    Done,
}

/// The options of one write.
#[derive(Default)]
pub(super) struct Options {
    pub(super) choice: Choice,
    /// The text that a list shows of the login that the write begins.
    pub(super) label: Box<str>,
    /// The time of the sign-in, if that is not the write's.
    pub(super) signed_in_at: Option<NumericDate>,
}

/// The target of a write.
enum Target<'a, T: Session> {
    Manager(&'a SessionManager<T>),
    Request(&'a Tokens<T>, Context),
}

impl<'a, T: Session> PendingWrite<'a, T> {
    pub(super) fn new(manager: &'a SessionManager<T>, edit: Edit<'a, T>) -> Self {
        Self(Progress::Waiting(Target::Manager(manager), edit, Options::default()))
    }

    pub(super) fn of_request(tokens: &'a Tokens<T>, context: Context, edit: Edit<'a, T>) -> Self {
        Self(Progress::Waiting(Target::Request(tokens, context), edit, Options::default()))
    }
}

impl<T: Session> PendingWrite<'_, T> {
    /// Sets a shorter lifetime for this session than the attribute's `max_age`, in whole seconds from now,
    /// for "remember me" at a login. The attribute's lifetime is the maximum, and with `extend = "rotate"` an
    /// update never moves the end of the session forward. Later updates and rotations keep the chosen
    /// lifetime; a new session from [`replace`](SessionManager::replace) has the attribute's again. With less
    /// than a second, the write fails with [`ErrorKind::Unserializable`](crate::ErrorKind::Unserializable).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use serde::{Deserialize, Serialize};
    /// # use unjwt::{Session, SessionManager};
    /// #[derive(Clone, Serialize, Deserialize, Session)]
    /// #[session(jwe, name = "sid", max_age = "30D")]
    /// struct Login { user: u64 }
    ///
    /// async fn log_in(session: &SessionManager<Login>, remember: bool) -> Result<(), unjwt::Error> {
    ///     let login = session.replace(Login { user: 7 });
    ///     if remember {
    ///         login.await?;                                                       // 30 days
    ///     } else {
    ///         login.max_age(Duration::from_secs(3600)).browser_session().await?;  // an hour, and not past the browser
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn max_age(self, max_age: Duration) -> Self
    where
        T::Lifetime: HasMaxAge,
    {
        self.with(|options| options.choice = options.choice.with_max_age(max_age))
    }

    /// Sends a cookie that ends with the browser session, without `Max-Age` and `Expires`, while the token
    /// keeps its `exp`. Later updates and rotations keep this choice. A browser that restores its tabs may
    /// restore the cookie too, so the token's lifetime remains the limit.
    pub fn browser_session(self) -> Self
    where
        T::Lifetime: HasMaxAge,
    {
        self.with(|options| options.choice.browser_session = true)
    }

    /// Sets what [`Logins::list`](crate::Logins::list) shows of the login that the write begins, such as
    /// "Firefox on Linux". Longer than 40 bytes, it is cut; control characters become spaces. A write that keeps its
    /// login ignores it.
    ///
    /// # Security
    ///
    /// A label made from `User-Agent` is whatever the client sent: escape it where a page shows it.
    pub fn label(self, label: impl Into<String>) -> Self
    where
        T: ListsLogins,
    {
        self.with(|options| options.label = label.into().into())
    }

    /// Sets the time at which the user signed in, the claim `auth_time`, of the login that the write begins: for a session that
    /// comes from elsewhere, such as an identity provider's `auth_time` (OpenID Connect Core §2), or the cookie of the library
    /// before. Without it the user has signed in just now, which [`Fresh`](crate::Fresh) and `absolute` in the attribute count
    /// from. A time in the future is now. A write that keeps its login ignores it.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use unjwt::{NumericDate, Session, SessionManager};
    /// #[derive(Clone, Serialize, Deserialize, Session)]
    /// #[session(jwe, name = "sid", max_age = "7D", absolute = "30D")]
    /// struct Login { user: u64 }
    ///
    /// async fn from_the_provider(session: &SessionManager<Login>, user: u64, auth_time: u64) -> Result<(), unjwt::Error> {
    ///     session.replace(Login { user }).signed_in_at(NumericDate::from_secs(auth_time)).await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn signed_in_at(self, time: NumericDate) -> Self
    where
        T: HasAuthTime,
    {
        self.with(|options| options.signed_in_at = Some(time))
    }

    fn with(mut self, set: impl FnOnce(&mut Options)) -> Self {
        if let Progress::Waiting(_, _, options) = &mut self.0 {
            set(options);
        }
        self
    }
}

// Only the box is ever pinned.
impl<T: Session> Unpin for PendingWrite<'_, T> {}

impl<T: Session> Future for PendingWrite<'_, T> {
    type Output = Result<Current<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        if matches!(self.0, Progress::Waiting(..))
            && let Progress::Waiting(target, edit, options) = mem::replace(&mut self.0, Progress::Done)
        {
            self.0 = Progress::Running(match target {
                Target::Manager(manager) => Box::pin(write(manager, edit, options)),
                Target::Request(tokens, context) => Box::pin(async move {
                    let manager = SessionManager::open(&context, tokens).await?;
                    write(&manager, edit, options).await
                }),
            });
        }
        match &mut self.0 {
            Progress::Running(future) => {
                future.as_mut().poll(cx).map_err(|error| error.of_session(T::SPEC.type_name))
            }
            // Polled after completion, which `.await` never does.
            Progress::Waiting(..) | Progress::Done => Poll::Pending,
        }
    }
}

impl<T: Session> fmt::Debug for PendingWrite<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingWrite(..)")
    }
}
