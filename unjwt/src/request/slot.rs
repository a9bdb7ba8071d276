//! One session in one request, shared by everything that accesses it.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;
use tokio::sync::Notify;

use super::bare_session::{BareSession, Rest};
use super::context::Context;
use super::finished_reading::FinishedReading;
use super::hooks::Session;
use super::origin::NodeId;
use super::renewal::{self, Renewal};
use super::state::{Base, State, Viewer};
use super::status::Status;
use super::wait_graph::SlotId;
use crate::error::{Error, ErrorKind};
use crate::session::SessionType;
use crate::session::current::Current;
use crate::session::tokens::open::Bytes;
use crate::session::tokens::{AnyTokens, Tokens};

/// The shared state of every extraction of one session in one request.
pub(crate) struct Slot<T: SessionType> {
    pub(super) id: SlotId,
    pub(super) tokens: Tokens<T>,
    /// The explicitly given token that replaces the request's own; its session has no cookie.
    pub(super) given: Option<Box<str>>,
    state: Mutex<State<T>>,
    /// Wakes tasks that wait for a reading.
    pub(super) changed: Notify,
    /// Held for the whole duration of a write, but never while a hook runs.
    pub(super) writing: tokio::sync::Mutex<()>,
}

impl<T: SessionType> Slot<T> {
    fn with_state(id: SlotId, tokens: Tokens<T>, given: Option<Box<str>>, state: State<T>) -> Self {
        let (changed, writing) = (Notify::new(), tokio::sync::Mutex::new(()));
        Self { id, tokens, given, state: Mutex::new(state), changed, writing }
    }

    /// Creates a slot for a session that has not been read, or from a finished reading.
    pub(super) fn new(
        id: SlotId,
        tokens: Tokens<T>,
        finished: Option<FinishedReading>,
        closed: bool,
    ) -> Self {
        let state = match finished {
            None => State::unread(closed),
            Some(FinishedReading { status, reason, bare, held_chunks, .. }) => {
                State::read(Base { bare, ..Base::without(status, reason) }, held_chunks, closed)
            }
        };
        Self::with_state(id, tokens, None, state)
    }

    /// Creates a slot for a token that is not the request's own.
    pub(super) fn of_token(id: SlotId, tokens: Tokens<T>, token: &str) -> Self {
        Self::with_state(id, tokens, Some(token.into()), State::unread(false))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the session that the viewer sees, unless it has expired since it was read.
    pub(super) fn current(&self, viewer: &Viewer<'_>) -> Option<Current<T>> {
        let mut state = self.lock();
        if let Some(bare) = state.take_bare() {
            let BareSession { facts, rest, token, source } = bare;
            let (payload, data) = match rest {
                Rest::Struct(data) => (Bytes::Read, data.downcast::<T>().ok()),
                Rest::Payload(payload) => {
                    let data = self.tokens.read_again(&payload).map(Arc::new);
                    (payload, data)
                }
            };
            state.restore(match data {
                Some(data) => Base::valid(facts.current(&payload, data, token.into(), source, true)),
                // A `Deserialize` that accepted the payload the first time, but not now.
                None => Base::without(
                    Status::Rejected,
                    Some(Error::new(
                        ErrorKind::PayloadInvalid,
                        "the struct did not read its payload a second time",
                    )),
                ),
            });
        }
        let current = state.current(viewer)?.clone();
        drop(state);
        (!self.tokens.is_expired(current.exp())).then_some(current)
    }

    pub(super) fn status(&self, viewer: &Viewer<'_>) -> Status {
        let state = self.lock();
        let status = state.status(viewer);
        if status != Status::Valid {
            return status;
        }
        let exp = match (state.current(viewer), state.bare()) {
            (Some(current), _) => current.exp(),
            (None, Some(bare)) => bare.facts.expires_at,
            (None, None) => None,
        };
        if self.tokens.is_expired(exp) { Status::Expired } else { Status::Valid }
    }

    /// Returns the reason why there is no session, if the request brought a token.
    pub(super) fn reason(&self, viewer: &Viewer<'_>) -> Option<Error> {
        self.lock().reason(viewer).cloned()
    }
}

/// A slot as the response sees it.
pub(crate) trait AnySlot: Send + Sync {
    fn tokens(&self) -> &dyn AnyTokens;
    /// Prevents new writes.
    fn end(&self);
    /// Ends all writes and returns the `Set-Cookie` lines of the response. `readings` are those still under
    /// way.
    fn close(&self, readings: &[NodeId]) -> Vec<HeaderValue>;
    /// Undoes the writes of a reading of another session.
    fn void(&self, reading: NodeId);
    /// Returns whether responses renew the session.
    fn may_renew(&self) -> bool;
    /// Returns the renewal that the response of this request is to carry, if one is due.
    fn renewal(self: Arc<Self>, context: &Context) -> Option<Renewal>;
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<T: Session> AnySlot for Slot<T> {
    fn tokens(&self) -> &dyn AnyTokens {
        self.tokens.as_any()
    }

    fn end(&self) {
        self.lock().end();
    }

    fn close(&self, readings: &[NodeId]) -> Vec<HeaderValue> {
        let mut state = self.lock();
        let lines = state.close(readings);
        let half = T::SPEC.rotation().map_or(0, |rotation| rotation.window / 2);
        if state.rotated_at().is_some_and(|at| at.plus(half) < self.tokens.now()) {
            // The handler took so long that the browser may have a later token by now, which this one must not replace.
            // It counts as lost, so that the next request is renewed as well.
            tracing::debug!(session = T::SPEC.type_name, "renewal not sent: the handler took too long");
            return Vec::new();
        }
        lines
    }

    fn void(&self, reading: NodeId) {
        self.lock().void(reading);
    }

    fn may_renew(&self) -> bool {
        T::SPEC.renew_after.is_some()
    }

    fn renewal(self: Arc<Self>, context: &Context) -> Option<Renewal> {
        renewal::of_slot(self, context)
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}
