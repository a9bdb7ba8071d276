//! The reading of a session without hooks by the one who wants nothing but its data: no slot, no copy of the token.

use http::HeaderMap;

use super::outcome::{Located, Outcome};
use super::search::{Search, Step};
use crate::error::Error;
use crate::request::context::{Asked, Context};
use crate::request::hooks::Session;
use crate::request::lent::Lent;
use crate::request::note::Note;
use crate::request::status::{NoSession, Status};
use crate::session::tokens::open::Found;
use crate::session::tokens::{AnyTokens, Tokens};

/// What a reading that waits for nobody has to give.
pub(crate) enum Taken<T> {
    Data(T),
    Nothing(NoSession),
    /// A worker has to open the token.
    Slow,
    /// Only the manager can tell: the session has hooks, was asked for before, or its end needs a cookie removed.
    Unknown,
}

/// Reads the session and takes its data out, if that needs no waiting.
pub(crate) fn take_data<T: Session>(
    context: &Context,
    tokens: &Tokens<T>,
    headers: &HeaderMap,
) -> Result<Taken<T>, Error> {
    let needs_slot = T::HOOKS.any() || T::SPEC.fresh_members;
    if needs_slot || !context.serves(tokens) || context.asked().knows(tokens.as_any()) {
        return Ok(Taken::Unknown);
    }
    let mut search: Search<'_, Located<'_, T>> =
        Search::new(tokens, tokens.offer(headers, false), context.origin());
    let held_chunks = search.take_chunks();
    let outcome = match search.advance(|token| tokens.open_now(token)) {
        Step::Approve(located) => Outcome::Valid(located),
        Step::End(outcome) => outcome?,
        Step::Open(..) => return Ok(Taken::Slow),
    };
    let (status, reason) = (Status::from(&outcome), outcome.reason());
    let (lent, taken) = match outcome {
        // It may have a cookie to remove.
        Outcome::Expired(_) => return Ok(Taken::Unknown),
        Outcome::Valid(Located { found: Found { facts, data, payload }, token, source }) => {
            Outcome::Valid(()).log::<T>();
            (Some(Lent { facts, payload, token: token.into(), source }), Taken::Data(data))
        }
        other => {
            other.log::<T>();
            (None, Taken::Nothing(NoSession { status, reason: reason.clone() }))
        }
    };
    let note = Note { tokens: tokens.to_any(), status, reason, lent, held_chunks };
    Ok(if context.asked().add(note) { taken } else { Taken::Unknown })
}

impl Asked {
    fn knows(&self, tokens: &dyn AnyTokens) -> bool {
        self.sessions().any(|known| std::ptr::addr_eq(known, tokens))
    }

    /// Notes how a session was found; false if somebody else has asked for it by now.
    fn add(&mut self, note: Note) -> bool {
        if self.knows(&*note.tokens) {
            return false;
        }
        match self.note {
            None => self.note = Some(note),
            Some(_) => self.more_notes.push(note),
        }
        true
    }
}
