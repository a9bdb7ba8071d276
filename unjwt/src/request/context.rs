//! The state that the sessions of one request share.

use std::any::Any;
use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use http::{HeaderMap, HeaderValue, Method, Uri};

use super::cross_site::RequestOrigin;
use super::finished_reading::FinishedReading;
use super::origin::NodeId;
use super::slot::{AnySlot, Slot};
use super::wait_graph::{SlotId, WaitGraph};
use crate::error::{Error, ErrorKind};
use crate::session::group::Group;
use crate::session::tokens::{AnyTokens, Tokens};
use crate::session::{NoState, SessionType};

/// One request's sessions, without the types of the service around them.
#[derive(Clone)]
pub(crate) struct Context(Arc<Inner>);

struct Inner {
    installed: Installed,
    /// Where the request comes from, if that was told at once.
    known_origin: Option<RequestOrigin>,
    /// The same, told later or found out.
    origin: OnceLock<RequestOrigin>,
    headers: OnceLock<Box<HeaderMap>>,
    asked: Mutex<Asked>,
    waits: WaitGraph,
    nodes: AtomicU64,
    closed: AtomicBool,
}

/// A state for hooks, and the sessions that it is for. One `install` within another adds its own to the request's.
struct Installed {
    serves: Serves,
    next: OnceLock<Box<Installed>>,
}

/// The sessions of a request that have their hooks' state from one place.
pub(crate) enum Serves {
    /// Those that one layer was made for.
    Group(Arc<Group>),
    /// Any: the service says itself which sessions it asks for.
    Any(Arc<dyn Any + Send + Sync>),
}

impl Installed {
    fn new(serves: Serves) -> Self {
        Self { serves, next: OnceLock::new() }
    }

    /// The state for this session's hooks, if it is one of those that are served.
    fn state_of<T: SessionType>(&self, tokens: &Tokens<T>) -> Option<&T::State> {
        match &self.serves {
            Serves::Any(state) => state.downcast_ref(),
            Serves::Group(group) if self.is_of(tokens.group()?) => group.state()?.downcast_ref(),
            Serves::Group(_) => None,
        }
    }

    fn is_of(&self, group: &Weak<Group>) -> bool {
        matches!(&self.serves, Serves::Group(own) if ptr::eq(Arc::as_ptr(own), group.as_ptr()))
    }

    fn iter(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |installed| installed.next.get().map(Box::as_ref))
    }
}

/// The sessions that were asked for: each has a slot or a finished reading.
#[derive(Default)]
pub(crate) struct Asked {
    slots: Vec<Arc<dyn AnySlot>>,
    /// In place: most requests have one.
    pub(super) finished: Option<FinishedReading>,
    pub(super) more_finished: Vec<FinishedReading>,
    /// Slots of tokens that were given: they have numbers, and nothing to say in the response.
    given: usize,
}

impl Asked {
    pub(super) fn slots(&self) -> &[Arc<dyn AnySlot>] {
        &self.slots
    }

    /// Every session that was asked for.
    pub(super) fn sessions(&self) -> impl Iterator<Item = &dyn AnyTokens> {
        let slots = self.slots.iter().map(|slot| slot.tokens());
        slots.chain(self.finished.iter().chain(&self.more_finished).map(|finished| &*finished.tokens))
    }

    fn slot_of(&self, tokens: &dyn AnyTokens) -> Option<&Arc<dyn AnySlot>> {
        self.slots.iter().find(|slot| are_one(slot.tokens(), tokens))
    }

    fn take_finished(&mut self, tokens: &dyn AnyTokens) -> Option<FinishedReading> {
        let is_it = |finished: &mut FinishedReading| are_one(&*finished.tokens, tokens);
        self.finished.take_if(is_it).or_else(|| {
            let at = self.more_finished.iter_mut().position(is_it)?;
            Some(self.more_finished.swap_remove(at))
        })
    }

    fn next_slot(&self) -> SlotId {
        SlotId(self.slots.len() + self.given)
    }
}

/// Tells the sessions of one build from those of another. Slots and notes hold what they name, so that an address stays
/// its own while the request lasts.
fn are_one(one: &dyn AnyTokens, other: &dyn AnyTokens) -> bool {
    ptr::addr_eq(one, other)
}

impl Context {
    pub(crate) fn new(serves: Serves, origin: Option<RequestOrigin>) -> Self {
        Self(Arc::new(Inner {
            installed: Installed::new(serves),
            known_origin: origin,
            origin: OnceLock::new(),
            headers: OnceLock::new(),
            asked: Mutex::default(),
            waits: WaitGraph::default(),
            nodes: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        }))
    }

    /// Serves the sessions of another layer around the same request too.
    pub(crate) fn add(&self, group: Arc<Group>) {
        if self.0.installed.iter().any(|installed| installed.is_of(&Arc::downgrade(&group))) {
            return;
        }
        let mut new = Box::new(Installed::new(Serves::Group(group)));
        let mut last = &self.0.installed;
        while let Err(back) = last.next.set(new) {
            new = back;
            match last.next.get() {
                Some(next) => last = next,
                None => return,
            }
        }
    }

    /// Where the request comes from. One whose method nobody told may be any.
    pub(super) fn origin(&self) -> &RequestOrigin {
        if let Some(origin) = &self.0.known_origin {
            return origin;
        }
        self.0.origin.get_or_init(|| {
            let none = HeaderMap::new();
            RequestOrigin::of(&Method::POST, &Uri::default(), self.headers().unwrap_or(&none))
        })
    }

    /// Tells where the request comes from, before a session asks.
    pub(super) fn set_origin(&self, origin: RequestOrigin) {
        let _ = self.0.origin.set(origin);
    }

    pub(super) fn waits(&self) -> &WaitGraph {
        &self.0.waits
    }

    /// A name for a reading or a hook that begins.
    pub(super) fn next_node(&self) -> NodeId {
        NodeId(self.0.nodes.fetch_add(1, Ordering::Relaxed))
    }

    /// The request's headers, where a session with hooks was asked for.
    pub(super) fn headers(&self) -> Option<&HeaderMap> {
        self.0.headers.get().map(Box::as_ref)
    }

    pub(super) fn keep_headers(&self, live: &HeaderMap) {
        self.0.headers.get_or_init(|| Box::new(live.clone()));
    }

    /// The state that the session's hooks receive: that of the layer which the session was installed with.
    pub(super) fn state<T: SessionType>(&self, tokens: &Tokens<T>) -> Option<&T::State> {
        let none: &dyn Any = &NoState::VALUE;
        if let Some(none) = none.downcast_ref() {
            return Some(none);
        }
        let state = || self.0.installed.iter().find_map(|installed| installed.state_of(tokens));
        state().or_else(|| {
            // A session of a layer that the request has not reached yet.
            self.add(tokens.group()?.upgrade()?);
            state()
        })
    }

    /// Tells if the session can be served here.
    pub(super) fn serves<T: SessionType>(&self, tokens: &Tokens<T>) -> bool {
        self.state(tokens).is_some()
    }

    /// The session's slot in this request, made when it is first needed.
    ///
    /// # Errors
    ///
    /// The session belongs to another `install`: its hooks' state is not here.
    pub(super) fn slot<T: SessionType>(&self, tokens: &Tokens<T>) -> Result<Arc<Slot<T>>, Error> {
        let mut asked = self.asked();
        let found = asked.slot_of(tokens.as_any());
        if let Some(slot) = found.and_then(|slot| Arc::clone(slot).into_any().downcast().ok()) {
            return Ok(slot);
        }
        self.require_state(tokens)?;
        let finished = asked.take_finished(tokens.as_any());
        let slot = Arc::new(Slot::new(asked.next_slot(), tokens.clone(), finished, self.is_closed()));
        asked.slots.push(Arc::clone(&slot) as Arc<dyn AnySlot>);
        Ok(slot)
    }

    /// A slot for a token that is not the request's own.
    ///
    /// # Errors
    ///
    /// As [`slot`](Self::slot).
    pub(super) fn slot_of_token<T: SessionType>(
        &self,
        tokens: &Tokens<T>,
        token: &str,
    ) -> Result<Arc<Slot<T>>, Error> {
        self.require_state(tokens)?;
        let mut asked = self.asked();
        let id = asked.next_slot();
        asked.given += 1;
        Ok(Arc::new(Slot::of_token(id, tokens.clone(), token)))
    }

    fn require_state<T: SessionType>(&self, tokens: &Tokens<T>) -> Result<(), Error> {
        const ELSEWHERE: Error =
            Error::new(ErrorKind::NotInstalled, "the session belongs to another `install`");
        if self.serves(tokens) { Ok(()) } else { Err(ELSEWHERE) }
    }

    pub(super) fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells if the response head has gone, or the request was given up.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }

    /// Ends all writes of a request that gets no response.
    pub(crate) fn give_up(&self) {
        self.end_writes(&self.close());
    }

    /// Keeps new slots from being written. Those that are there are closed by [`end_writes`](Self::end_writes).
    pub(super) fn close(&self) -> MutexGuard<'_, Asked> {
        let asked = self.asked();
        self.0.closed.store(true, Ordering::Release);
        asked
    }

    /// Ends the writes of all sessions that were asked for; the `Set-Cookie` lines of the response.
    pub(super) fn end_writes(&self, asked: &Asked) -> Vec<HeaderValue> {
        if asked.slots.is_empty() {
            return Vec::new();
        }
        // A reading that begins in between would write what nobody takes for unapproved.
        asked.slots.iter().for_each(|slot| slot.end());
        let readings = self.waits().under_way();
        asked.slots.iter().flat_map(|slot| slot.close(&readings)).collect()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("sessions", &self.asked().sessions().count())
            .field("closed", &self.is_closed())
            .finish()
    }
}
