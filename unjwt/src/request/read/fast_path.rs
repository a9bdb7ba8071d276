//! The fast path for extractors that need only the data of a session without hooks: no slot, no copy of the
//! token.

use std::sync::Arc;

use http::{HeaderMap, Uri};

use super::latest;
use super::outcome::{self, Located, Outcome};
use super::search::{Search, Step};
use crate::error::Error;
use crate::request::bare_session::{BareSession, KeptToken, Rest};
use crate::request::context::{Asked, Context};
use crate::request::finished_reading::FinishedReading;
use crate::request::hooks::Session;
use crate::request::status::{NoSession, Status};
use crate::session::tokens::open::{Data, Found};
use crate::session::tokens::{AnyTokens, Tokens};

/// The result of a reading that does not wait.
pub(crate) enum FastRead<T> {
    Data(T),
    Nothing(NoSession),
    /// The token must be opened on a worker thread.
    Slow,
    /// The full reading is needed: the session has hooks, was requested before, or has expired and needs its
    /// cookie removed.
    Unknown,
}

/// Reads the session and takes its data out, if that needs no waiting.
pub(crate) fn take_data<T: Session>(
    context: &Context,
    tokens: &Tokens<T>,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<FastRead<T>, Error> {
    let needs_slot = T::HOOKS.any() || T::SPEC.fresh_members;
    if needs_slot || !context.serves(tokens) || context.asked().knows(tokens.as_any()) {
        return Ok(FastRead::Unknown);
    }
    let mut search: Search<'_, Located<'_, T>> =
        Search::new(tokens, tokens.offer(headers, false), || context.origin_of(uri, headers));
    if latest::is_ambiguous::<T, _>(&search) {
        return Ok(FastRead::Unknown);
    }
    let held_chunks = search.take_chunks();
    let outcome = match search.advance(|token| tokens.open_now(token)) {
        Step::Approve(located) => Outcome::Valid(located),
        Step::End(outcome) => outcome.map_err(outcome::failed::<T>)?,
        Step::Open(..) => return Ok(FastRead::Slow),
    };
    let (status, reason) = (Status::from(&outcome), outcome.reason());
    let (bare, taken) = match outcome {
        // A cookie may have to be removed.
        Outcome::Expired(_) => return Ok(FastRead::Unknown),
        // Its login may make one.
        Outcome::Absent | Outcome::Refused(_) | Outcome::Rejected(_) if T::SPEC.login.is_some() => {
            return Ok(FastRead::Unknown);
        }
        // The response renews it.
        Outcome::Valid(Located { found, .. }) if tokens.are_due(&found.facts) => {
            return Ok(FastRead::Unknown);
        }
        // Whether the login was checked belongs to the full reading.
        Outcome::Valid(Located { found, .. }) if !found.is_checked => return Ok(FastRead::Unknown),
        // A migration is the service's own code, and its result is that of the whole request.
        Outcome::Valid(Located { found, .. }) if tokens.is_older(&found.facts) => {
            return Ok(FastRead::Unknown);
        }
        // What is kept of it belongs to the full reading.
        Outcome::Unreadable { .. } => return Ok(FastRead::Unknown),
        Outcome::Valid(Located {
            found: Found { facts, data, payload, token: shared, .. },
            token,
            source,
        }) => {
            Outcome::Valid(()).log::<T>();
            let token = shared.map_or_else(|| KeptToken::from(token), KeptToken::Shared);
            let rest = match &data {
                Data::Shared(data) => {
                    let data: Arc<T> = Arc::clone(data);
                    Rest::Struct(data)
                }
                Data::Own(_) => Rest::Payload(payload),
            };
            (Some(BareSession { facts, rest, token, source }), FastRead::Data(data.into_own()))
        }
        other => {
            other.log::<T>();
            (None, FastRead::Nothing(NoSession { status, reason: reason.clone() }))
        }
    };
    let finished = FinishedReading { tokens: tokens.to_any(), status, reason, bare, held_chunks };
    Ok(if context.asked().add(finished) { taken } else { FastRead::Unknown })
}

impl Asked {
    fn knows(&self, tokens: &dyn AnyTokens) -> bool {
        self.sessions().any(|known| std::ptr::addr_eq(known, tokens))
    }

    /// Records a reading; returns `false` if the session has been requested elsewhere meanwhile.
    fn add(&mut self, finished: FinishedReading) -> bool {
        if self.knows(&*finished.tokens) {
            return false;
        }
        match self.finished {
            None => self.finished = Some(finished),
            Some(_) => self.more_finished.push(finished),
        }
        true
    }
}
