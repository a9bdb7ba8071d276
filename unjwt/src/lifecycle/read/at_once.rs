//! The reading that waits for nobody.

use http::HeaderMap;

use super::INCOMPLETE;
use super::outcome::{Outcome, snapshot};
use crate::cookie::read::{Offer, TokenText};
use crate::error::Error;
use crate::lifecycle::current::{Current, Source};
use crate::lifecycle::open::{Found, Opened};
use crate::lifecycle::slot::{Cell, Phase, Slot};
#[cfg(feature = "axum")]
use crate::lifecycle::{context::Context, current::Status, lent::Lent, note::Note};
use crate::session::Session;
use crate::session::tokens::Tokens;

/// A session and where it was found.
struct Located<'h, T> {
    found: Found<T>,
    token: TokenText<'h>,
    source: Source,
}

impl<T: Session> Located<'_, T> {
    fn into_current(self) -> Current<T> {
        self.found.into_current(&self.token, self.source)
    }
}

/// What the request brought for a session without hooks; none if a worker has to open a token.
fn look<'h, T: Session>(tokens: &Tokens<T>, offer: &mut Offer<'h>) -> Option<Outcome<Located<'h, T>>> {
    let mut outcome = Outcome::Absent;
    for candidate in offer.take_candidates() {
        let other = match candidate.token {
            None => Outcome::Rejected(INCOMPLETE),
            Some(token) => {
                let opened = tokens.open_now(&token)?;
                let place = |found| Located { found, token, source: candidate.source.into() };
                match opened {
                    Opened::Valid(found) => return Some(Outcome::Valid(place(found))),
                    Opened::Expired(found) => Outcome::Expired(place(found)),
                    Opened::Rejected(error) => Outcome::Rejected(error),
                }
            }
        };
        outcome = outcome.better(other);
    }
    Some(outcome)
}

/// Makes the outcome the session.
fn settle<T: Session>(
    slot: &Slot<T>,
    cell: &mut Cell<T>,
    held_chunks: Vec<usize>,
    outcome: Outcome<Located<'_, T>>,
) -> Result<(), Error> {
    let outcome = match outcome {
        Outcome::Absent => Outcome::Absent,
        Outcome::Rejected(error) => Outcome::Rejected(error),
        Outcome::Expired(place) => Outcome::Expired(place.into_current()),
        Outcome::Valid(place) => Outcome::Valid(place.into_current()),
    };
    cell.held_chunks = held_chunks;
    cell.now = snapshot(slot, &cell.held_chunks, outcome)?;
    cell.phase = Phase::Done;
    Ok(())
}

/// Whether the session has been read: the reading of a session without hooks whose token no worker has to open is done
/// here, under one lock and without a chain, since nothing in it waits for anybody.
pub(crate) fn ensure_now<T: Session>(slot: &Slot<T>, headers: &HeaderMap) -> Result<bool, Error> {
    let mut cell = slot.lock();
    match cell.phase {
        Phase::Done => return cell.failure.clone().map_or(Ok(true), Err),
        Phase::Unread if !T::HOOKS.any() => {}
        Phase::Unread | Phase::Reading(_) => return Ok(false),
    }
    let mut offer = slot.tokens.offer(headers);
    let Some(outcome) = look(&slot.tokens, &mut offer) else { return Ok(false) };
    outcome.log::<T>();
    settle(slot, &mut cell, offer.chunks, outcome)?;
    Ok(true)
}

/// What a reading that waits for nobody has to give.
#[cfg(feature = "axum")]
pub(crate) enum Taken<T> {
    Data(T),
    /// There is no session.
    Nothing(Status),
    /// A worker has to open it.
    Slow,
    /// Only the manager can tell: the session has hooks, was asked for before, or must not be read twice.
    Unknown,
}

/// Reads the session and takes its data out, if that needs no waiting.
#[cfg(feature = "axum")]
pub(crate) fn take_data<T: Session>(
    context: &Context,
    tokens: &Tokens<T>,
    headers: &HeaderMap,
) -> Result<Taken<T>, Error> {
    let needs_slot = T::HOOKS.any() || T::SPEC.fresh_members;
    if needs_slot || !context.is_first_to_ask(tokens) || context.state::<T>().is_none() {
        return Ok(Taken::Unknown);
    }
    let mut offer = tokens.offer(headers);
    let Some(outcome) = look(tokens, &mut offer) else { return Ok(Taken::Slow) };
    outcome.log::<T>();
    let (status, lent, taken) = match outcome {
        Outcome::Absent => (Status::Absent, None, Taken::Nothing(Status::Absent)),
        Outcome::Rejected(_) => (Status::Rejected, None, Taken::Nothing(Status::Rejected)),
        Outcome::Valid(Located { found: Found { facts, data, payload }, token, source }) => {
            (Status::Valid, Some(Lent { facts, payload, token: token.into(), source }), Taken::Data(data))
        }
        // It may have a cookie to remove.
        expired @ Outcome::Expired(_) => {
            let slot = context.slot(tokens)?;
            let mut cell = slot.lock();
            if cell.phase != Phase::Unread {
                return Ok(Taken::Unknown);
            }
            settle(&slot, &mut cell, offer.chunks, expired)?;
            return Ok(Taken::Nothing(Status::Expired));
        }
    };
    let note = Note { tokens: tokens.to_any(), status, lent, held_chunks: offer.chunks };
    Ok(if context.note(note) { taken } else { Taken::Unknown })
}
