//! What a request brought for a session, and what becomes of it.

use crate::error::Error;
use crate::lifecycle::current::{Current, Source, Status};
use crate::lifecycle::slot::{Slot, Snapshot};
use crate::session::Session;

/// What the request brought.
#[derive(Clone)]
pub(super) enum Outcome<C> {
    Absent,
    Rejected(Error),
    Expired(C),
    Valid(C),
}

impl<C> Outcome<C> {
    /// Valid over Expired over Rejected over Absent.
    fn rank(&self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::Rejected(_) => 1,
            Self::Expired(_) => 2,
            Self::Valid(_) => 3,
        }
    }

    pub(super) fn better(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    pub(super) fn log<T: Session>(&self) {
        tracing::debug!(session = T::SPEC.type_name, outcome = self.name(), "session read");
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Rejected(error) => error.code(),
            Self::Expired(_) => "expired",
            Self::Valid(_) => "valid",
        }
    }
}

/// What the outcome makes of the session.
pub(super) fn snapshot<T: Session>(
    slot: &Slot<T>,
    held_chunks: &[usize],
    outcome: Outcome<Current<T>>,
) -> Result<Snapshot<T>, Error> {
    let mut cookies = Vec::new();
    let (status, current) = match outcome {
        Outcome::Absent => (Status::Absent, None),
        Outcome::Rejected(_) => (Status::Rejected, None),
        Outcome::Valid(current) => (Status::Valid, Some(current)),
        Outcome::Expired(expired) => {
            // With `renew` the hook decides: a tab that loses a race must not remove the winner's cookie. A service that
            // only reads leaves the cookie to the one that writes it.
            if !T::HOOKS.renew && !slot.tokens.spec().read_only && expired.source == Source::Cookie {
                cookies = slot.tokens.removal(held_chunks)?;
            }
            (Status::Expired, None)
        }
    };
    Ok(Snapshot { status, current, cookies })
}
