//! The reading that waits for nobody.

use http::HeaderMap;

use super::INCOMPLETE;
use super::outcome::{Outcome, snapshot};
use crate::cookie::read::offer;
use crate::error::Error;
use crate::lifecycle::current::{Current, Source, Status};
use crate::lifecycle::open::{Found, Opened};
use crate::lifecycle::slot::{Lent, Phase, Slot};
use crate::session::Session;

/// A session and where it was found.
pub(super) struct Place<'o, T> {
    found: Found<T>,
    token: &'o str,
    source: Source,
}

impl<T: Session> Place<'_, T> {
    pub(super) fn into_current(self) -> Current<T> {
        self.found.into_current(self.token, self.source)
    }
}

/// The reading of a session without hooks whose token no worker has to open: under one lock and without a chain, since
/// nothing in it waits for anybody. False if this is not such a reading.
///
/// `lend` may take the data of a valid session out.
pub(super) fn at_once<T: Session>(
    slot: &Slot<T>,
    headers: &HeaderMap,
    lend: impl FnOnce(Place<'_, T>) -> Result<Current<T>, Lent>,
) -> Result<bool, Error> {
    if T::HOOKS.any() {
        return Ok(false);
    }
    let mut cell = slot.lock();
    if cell.phase != Phase::Unread {
        return Ok(false);
    }
    let offer = offer(headers, slot.tokens.spec());
    let mut outcome = Outcome::Absent;
    for candidate in offer.candidates() {
        let other = match &candidate.token {
            None => Outcome::Rejected(INCOMPLETE),
            Some(token) => {
                let place = |found| Place { found, token, source: candidate.source.into() };
                match slot.tokens.open_now(token) {
                    None => return Ok(false),
                    Some(Opened::Valid(found)) => Outcome::Valid(place(found)),
                    Some(Opened::Expired(found)) => Outcome::Expired(place(found)),
                    Some(Opened::Rejected(error)) => Outcome::Rejected(error),
                }
            }
        };
        outcome = outcome.better(other);
        if matches!(outcome, Outcome::Valid(_)) {
            break;
        }
    }
    tracing::debug!(session = T::SPEC.type_name, outcome = outcome.name(), "session read");
    let outcome = match outcome {
        Outcome::Absent => Outcome::Absent,
        Outcome::Rejected(error) => Outcome::Rejected(error),
        Outcome::Expired(place) => Outcome::Expired(place.into_current()),
        Outcome::Valid(place) => match lend(place) {
            Ok(current) => Outcome::Valid(current),
            Err(lent) => {
                cell.lent = Some(lent);
                cell.now.status = Status::Valid;
                cell.held_chunks = offer.chunks;
                cell.phase = Phase::Done;
                return Ok(true);
            }
        },
    };
    cell.held_chunks = offer.chunks;
    cell.now = snapshot(slot, &cell.held_chunks, outcome)?;
    cell.phase = Phase::Done;
    Ok(true)
}

/// What a reading that waits for nobody has to give.
#[cfg(feature = "axum")]
pub(crate) enum Taken<T> {
    Data(T),
    /// There is no session.
    Nothing(Status),
    /// Only the manager can tell: the session has hooks, was asked for before, or a worker has to open it.
    Unknown,
}

/// Reads the session and takes its data out, if that needs no waiting.
#[cfg(feature = "axum")]
pub(crate) fn take_data<T: Session>(slot: &Slot<T>, headers: &HeaderMap) -> Result<Taken<T>, Error> {
    let mut data = None;
    let done = at_once(slot, headers, |place| {
        let Found { facts, data: found, payload } = place.found;
        data = Some(found);
        Err(Lent {
            facts,
            payload,
            token: crate::lifecycle::current::Token::new(place.token),
            source: place.source,
        })
    })?;
    Ok(match data {
        Some(data) => Taken::Data(data),
        None if done => Taken::Nothing(slot.status()),
        None => Taken::Unknown,
    })
}
