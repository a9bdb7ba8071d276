//! The outcome of a reading, from which the status and the stored state follow.

use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::Span;

use crate::cookie::read::TokenText;
use crate::error::{Error, ErrorKind};
use crate::login::id::LoginId;
use crate::request::loud;
use crate::request::state::Base;
use crate::request::status::Status;
use crate::session::SessionType;
use crate::session::current::{Current, Source};
use crate::session::tokens::open::Found;
use crate::util::measure;

/// The outcome of a reading.
#[derive(Clone)]
pub(in crate::request) enum Outcome<C> {
    Absent,
    /// A hook refused it, or its login has ended.
    Refused(Error),
    Rejected(Error),
    Expired(C),
    /// The token is genuine, and this program cannot make a session of its payload.
    Unreadable {
        reason: Error,
        login: Option<LoginId>,
    },
    Valid(C),
}

/// The number of failed migrations that a process logs as errors.
const MOST_TOLD: usize = 16;

pub(in crate::request) const REFUSED: Error = Error::new(ErrorKind::Refused, "");

impl<C> Outcome<C> {
    /// Orders outcomes so that nobody can hide a session, or prevent its renewal, by planting a worse one.
    fn rank(&self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::Refused(_) => 1,
            Self::Rejected(_) => 2,
            Self::Expired(_) => 3,
            Self::Unreadable { .. } => 4,
            Self::Valid(_) => 5,
        }
    }

    pub(super) fn better(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    pub(super) fn map<D>(self, map: impl FnOnce(C) -> D) -> Outcome<D> {
        match self {
            Self::Absent => Outcome::Absent,
            Self::Refused(error) => Outcome::Refused(error),
            Self::Rejected(error) => Outcome::Rejected(error),
            Self::Unreadable { reason, login } => Outcome::Unreadable { reason, login },
            Self::Expired(found) => Outcome::Expired(map(found)),
            Self::Valid(found) => Outcome::Valid(map(found)),
        }
    }

    /// Returns the reason why the request's token is not a session.
    pub(super) fn reason(&self) -> Option<Error> {
        match self {
            Self::Absent | Self::Valid(_) => None,
            Self::Refused(reason) | Self::Rejected(reason) | Self::Unreadable { reason, .. } => {
                Some(reason.clone())
            }
            Self::Expired(_) => Some(Error::new(ErrorKind::Expired, "")),
        }
    }

    /// Logs the outcome of a reading that did not wait; it is not sent to the client.
    pub(super) fn log<T: SessionType>(&self) {
        let span = span::<T>();
        span.in_scope(|| self.say::<T>());
        ended::<T>(&span, self.name());
    }

    /// Returns the outcome as logs and metrics have it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Valid(_) => "valid",
            Self::Expired(_) => "expired",
            Self::Refused(error) | Self::Rejected(error) | Self::Unreadable { reason: error, .. } => {
                error.code()
            }
        }
    }

    /// Logs the outcome.
    pub(super) fn say<T: SessionType>(&self) {
        let (session, outcome) = (T::SPEC.type_name, self.name());
        let reason = match self {
            Self::Absent | Self::Valid(_) | Self::Expired(_) | Self::Refused(_) => {
                tracing::debug!(session, outcome, "session read");
                return;
            }
            Self::Unreadable { reason, .. } if reason.kind() == ErrorKind::MigrationFailed => {
                static TOLD: AtomicUsize = AtomicUsize::new(0);
                // Each request of its visitor would be told.
                if TOLD.fetch_add(1, Ordering::Relaxed) < MOST_TOLD {
                    tracing::error!(session, %reason, "a session cannot be migrated; its cookie is kept");
                }
                reason
            }
            Self::Rejected(reason) | Self::Unreadable { reason, .. } => reason,
        };
        tracing::debug!(session, outcome, %reason, "session read");
        loud::refused(session, reason);
    }
}

/// Returns the span of a reading, whose outcome is not known yet.
pub(super) fn span<T: SessionType>() -> Span {
    tracing::debug_span!("read_session", session = T::SPEC.type_name, outcome = tracing::field::Empty)
}

/// Records how a reading ended: with an outcome, or with the code of an error.
pub(super) fn ended<T: SessionType>(span: &Span, outcome: &'static str) {
    span.record("outcome", outcome);
    measure::read(T::SPEC.type_name, outcome);
}

/// Records that a reading that did not wait has failed, and returns the error.
pub(super) fn failed<T: SessionType>(error: Error) -> Error {
    ended::<T>(&span::<T>(), error.code());
    error
}

impl<C> From<&Outcome<C>> for Status {
    fn from(outcome: &Outcome<C>) -> Self {
        match outcome {
            Outcome::Absent => Self::Absent,
            Outcome::Refused(_) | Outcome::Rejected(_) | Outcome::Unreadable { .. } => Self::Rejected,
            Outcome::Expired(_) => Self::Expired,
            Outcome::Valid(_) => Self::Valid,
        }
    }
}

impl<T: SessionType> Outcome<Current<T>> {
    /// Returns the session that results from the outcome.
    pub(super) fn base(&self) -> Base<T> {
        match self {
            Self::Valid(current) => Base::valid(current.clone()),
            Self::Unreadable { reason, login } => Base::unreadable(reason.clone(), *login),
            _ => Base::without(self.into(), self.reason()),
        }
    }
}

/// A session with its token and source.
pub(super) struct Located<'h, T> {
    pub(super) found: Found<T>,
    pub(super) token: TokenText<'h>,
    pub(super) source: Source,
}

impl<T: SessionType> From<Located<'_, T>> for Current<T> {
    fn from(Located { found, token, source }: Located<'_, T>) -> Self {
        found.into_current(&token, source)
    }
}
