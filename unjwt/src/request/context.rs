//! The state that the sessions of one request share.

use std::any::Any;
use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use http::{HeaderMap, HeaderValue, Method, Uri};

use super::cross_site::RequestOrigin;
use super::finished_reading::FinishedReading;
use super::hooks::Session;
use super::origin::NodeId;
use super::slot::{AnySlot, Slot};
use super::wait_graph::{SlotId, WaitGraph};
use crate::error::{Error, ErrorKind};
use crate::session::group::Group;
use crate::session::tokens::{AnyTokens, Tokens};
use crate::session::{NoState, SessionType};
use crate::util::short_vec::ShortVec;

/// The sessions of one request, independent of the service's types.
#[derive(Clone)]
pub(crate) struct Context(Arc<Inner>);

struct Inner {
    installed: Installed,
    /// `true` if the request's method is safe, so that its origin matters only if its headers ask for more.
    is_safe: bool,
    /// The request's origin, set when the context was made, or later, or computed on first use.
    origin: OnceLock<RequestOrigin>,
    headers: OnceLock<Box<HeaderMap>>,
    asked: Mutex<Asked>,
    waits: WaitGraph,
    nodes: AtomicU64,
    closed: AtomicBool,
    /// The registrations that the response offers, by the names of their sessions.
    #[cfg(feature = "dbsc")]
    offers: Mutex<Vec<(&'static str, HeaderValue)>>,
}

/// A state for hooks, and the sessions that it belongs to. A nested `install` adds its own to the request's.
struct Installed {
    serves: Serves,
    next: OnceLock<Box<Installed>>,
}

/// The sessions whose hooks receive the same state.
pub(crate) enum Serves {
    /// The sessions of one layer.
    Group(Arc<Group>),
    /// Any session: the service itself chooses the sessions that it uses.
    Any(Arc<dyn Any + Send + Sync>),
}

impl Installed {
    fn new(serves: Serves) -> Self {
        Self { serves, next: OnceLock::new() }
    }

    /// Returns the state for this session's hooks, or `None` if the session is not served here.
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

/// The sessions that were requested: each has a slot or a finished reading.
#[derive(Default)]
pub(crate) struct Asked {
    slots: ShortVec<Arc<dyn AnySlot>>,
    /// Stored inline, without an allocation: most requests have exactly one.
    pub(super) finished: Option<FinishedReading>,
    pub(super) more_finished: Vec<FinishedReading>,
    /// The number of slots for explicitly given tokens. They are numbered too, but contribute nothing to the
    /// response.
    given: usize,
}

impl Asked {
    pub(super) fn slots(&self) -> impl Iterator<Item = &Arc<dyn AnySlot>> {
        self.slots.iter()
    }

    /// Returns every session that was requested.
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

/// Distinguishes the sessions of one build from those of another by address. Slots and finished readings keep
/// their tokens alive, so no address is reused during the request.
fn are_one(one: &dyn AnyTokens, other: &dyn AnyTokens) -> bool {
    ptr::addr_eq(one, other)
}

impl Context {
    /// Creates a context of a request whose origin is not known yet.
    pub(crate) fn new(serves: Serves) -> Self {
        Self::of(serves, false, OnceLock::new())
    }

    /// Creates a context of a request with this method and target. The headers of a request with a safe method, which
    /// most requests have, are looked at when a session is found in them.
    #[cfg(feature = "tower")]
    pub(crate) fn of_request(serves: Serves, method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let is_safe = RequestOrigin::is_of_safe(method);
        let origin = if is_safe { OnceLock::new() } else { RequestOrigin::of(method, uri, headers).into() };
        Self::of(serves, is_safe, origin)
    }

    fn of(serves: Serves, is_safe: bool, origin: OnceLock<RequestOrigin>) -> Self {
        Self(Arc::new(Inner {
            installed: Installed::new(serves),
            is_safe,
            origin,
            headers: OnceLock::new(),
            asked: Mutex::default(),
            waits: WaitGraph::default(),
            nodes: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            #[cfg(feature = "dbsc")]
            offers: Mutex::default(),
        }))
    }

    /// Also serves the sessions of another layer around the same request.
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

    /// Returns the request's origin. A request of unknown method is treated as one that may change something.
    pub(super) fn origin(&self) -> &RequestOrigin {
        self.0.origin.get_or_init(|| {
            let none = HeaderMap::new();
            self.origin_in(&Uri::default(), self.headers().unwrap_or(&none))
        })
    }

    /// Does the same as [`origin`](Self::origin), with the request's target and headers at hand.
    #[cfg(any(feature = "axum-core", feature = "tower"))]
    pub(crate) fn origin_of(&self, uri: &Uri, headers: &HeaderMap) -> &RequestOrigin {
        self.0.origin.get_or_init(|| self.origin_in(uri, headers))
    }

    fn origin_in(&self, uri: &Uri, headers: &HeaderMap) -> RequestOrigin {
        let method = if self.0.is_safe { Method::GET } else { Method::POST };
        RequestOrigin::of(&method, uri, headers)
    }

    /// Sets the request's origin. Must precede the first access to a session.
    pub(super) fn set_origin(&self, origin: RequestOrigin) {
        let _ = self.0.origin.set(origin);
    }

    pub(super) fn waits(&self) -> &WaitGraph {
        &self.0.waits
    }

    /// Returns a new id for a reading or a hook that begins.
    pub(super) fn next_node(&self) -> NodeId {
        NodeId(self.0.nodes.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the request's headers, if a session with hooks was requested.
    pub(super) fn headers(&self) -> Option<&HeaderMap> {
        self.0.headers.get().map(Box::as_ref)
    }

    pub(super) fn keep_headers(&self, live: &HeaderMap) {
        self.0.headers.get_or_init(|| Box::new(live.clone()));
    }

    /// Returns the state that the session's hooks receive: that of the layer with which the session was
    /// installed.
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

    /// Returns whether the session can be served here.
    pub(super) fn serves<T: SessionType>(&self, tokens: &Tokens<T>) -> bool {
        self.state(tokens).is_some()
    }

    /// Returns the session's slot in this request, creating it on first use.
    ///
    /// # Errors
    ///
    /// Fails if the session belongs to another `install`, whose state for hooks is not available here.
    pub(super) fn slot<T: Session>(&self, tokens: &Tokens<T>) -> Result<Arc<Slot<T>>, Error> {
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

    /// Returns a slot for a token that is not the request's own.
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

    /// Returns whether the response head has been sent or the request was abandoned.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }

    #[cfg(feature = "dbsc")]
    fn offers(&self) -> MutexGuard<'_, Vec<(&'static str, HeaderValue)>> {
        self.0.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Offers the registration of a device for this session, in place of an earlier offer.
    #[cfg(feature = "dbsc")]
    pub(super) fn offer(&self, session: &'static str, value: HeaderValue) {
        let mut offers = self.offers();
        offers.retain(|(other, _)| *other != session);
        offers.push((session, value));
    }

    /// Returns the offers of the response, of which there are none from then on.
    #[cfg(feature = "dbsc")]
    pub(super) fn take_offers(&self) -> Vec<HeaderValue> {
        std::mem::take(&mut *self.offers()).into_iter().map(|(_, value)| value).collect()
    }

    /// Ends all writes of a request that gets no response.
    pub(crate) fn give_up(&self) {
        self.end_writes(&self.close());
    }

    /// Prevents writes to new slots. Existing slots are closed by [`end_writes`](Self::end_writes).
    pub(super) fn close(&self) -> MutexGuard<'_, Asked> {
        let asked = self.asked();
        self.0.closed.store(true, Ordering::Release);
        asked
    }

    /// Ends the writes of all requested sessions and returns the `Set-Cookie` lines of the response.
    pub(super) fn end_writes(&self, asked: &Asked) -> Vec<HeaderValue> {
        if asked.slots.is_empty() {
            return Vec::new();
        }
        // All slots are ended first: the writes of a reading that began in between would not count as
        // unapproved.
        asked.slots.iter().for_each(|slot| slot.end());
        let readings = self.waits().under_way();
        let mut lines =
            asked.slots.iter().map(|slot| slot.close(&readings)).filter(|lines| !lines.is_empty());
        // Most responses have the lines of a single session.
        let mut all = lines.next().unwrap_or_default();
        all.extend(lines.flatten());
        all
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
