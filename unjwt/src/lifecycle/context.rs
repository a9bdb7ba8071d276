//! What the sessions of one request share.

use std::any::Any;
use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use http::HeaderMap;

use super::chains::{Chains, SlotId};
use super::note::Note;
use super::slot::{AnySlot, Slot};
use crate::error::{Error, ErrorKind};
use crate::session::tokens::{AnyTokens, Tokens};
use crate::session::{NoState, ProvidesState, Session};

/// One request's sessions, without the types of the service around them.
#[derive(Clone)]
pub(crate) struct Context(Arc<Inner>);

struct Inner {
    state: Arc<dyn Any + Send + Sync>,
    headers: OnceLock<Box<HeaderMap>>,
    asked: Mutex<Asked>,
    chains: Chains,
    closed: AtomicBool,
}

/// The sessions that were asked for: each has a slot or a note.
#[derive(Default)]
pub(crate) struct Asked {
    slots: Vec<Arc<dyn AnySlot>>,
    /// In place: most requests have one.
    note: Option<Note>,
    more_notes: Vec<Note>,
}

impl Asked {
    pub(crate) fn slots(&self) -> &[Arc<dyn AnySlot>] {
        &self.slots
    }

    /// Every session that was asked for.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = &dyn AnyTokens> {
        let slots = self.slots.iter().map(|slot| slot.tokens());
        slots.chain(self.note.iter().chain(&self.more_notes).map(|note| &*note.tokens))
    }

    #[cfg(feature = "axum")]
    fn knows(&self, tokens: &dyn AnyTokens) -> bool {
        self.sessions().any(|known| are_one(known, tokens))
    }

    fn slot_of(&self, tokens: &dyn AnyTokens) -> Option<&Arc<dyn AnySlot>> {
        self.slots.iter().find(|slot| are_one(slot.tokens(), tokens))
    }

    fn take_note(&mut self, tokens: &dyn AnyTokens) -> Option<Note> {
        let is_it = |note: &mut Note| are_one(&*note.tokens, tokens);
        self.note.take_if(is_it).or_else(|| {
            let at = self.more_notes.iter_mut().position(is_it)?;
            Some(self.more_notes.swap_remove(at))
        })
    }
}

/// Tells the sessions of one build from those of another. Slots and notes hold what they name, so that an address stays
/// its own while the request lasts.
fn are_one(one: &dyn AnyTokens, other: &dyn AnyTokens) -> bool {
    ptr::addr_eq(one, other)
}

impl Context {
    pub(crate) fn new(state: Arc<dyn Any + Send + Sync>) -> Self {
        Self(Arc::new(Inner {
            state,
            headers: OnceLock::new(),
            asked: Mutex::default(),
            chains: Chains::default(),
            closed: AtomicBool::new(false),
        }))
    }

    pub(crate) fn chains(&self) -> &Chains {
        &self.0.chains
    }

    /// The request's headers, where a session with hooks was asked for.
    pub(crate) fn headers(&self) -> Option<&HeaderMap> {
        self.0.headers.get().map(Box::as_ref)
    }

    pub(crate) fn keep_headers(&self, live: &HeaderMap) {
        self.0.headers.get_or_init(|| Box::new(live.clone()));
    }

    /// The state that the session's hooks receive.
    pub(crate) fn state<T: Session>(&self) -> Option<&T::State> {
        let none: &dyn Any = &NoState::VALUE;
        none.downcast_ref().or_else(|| self.0.state.downcast_ref())
    }

    /// Whether nobody has asked for the session in this request.
    #[cfg(feature = "axum")]
    pub(crate) fn is_first_to_ask<T: Session>(&self, tokens: &Tokens<T>) -> bool {
        !self.asked().knows(tokens.as_any())
    }

    /// Notes what the session is; false if somebody else has asked for it by now.
    #[cfg(feature = "axum")]
    pub(crate) fn note(&self, note: Note) -> bool {
        let mut asked = self.asked();
        if asked.knows(&*note.tokens) {
            return false;
        }
        match asked.note {
            None => asked.note = Some(note),
            Some(_) => asked.more_notes.push(note),
        }
        true
    }

    /// The session's slot in this request, made when it is first needed.
    ///
    /// # Errors
    ///
    /// The session belongs to another `install`: its hooks' state is not here.
    pub(crate) fn slot<T: Session>(&self, tokens: &Tokens<T>) -> Result<Arc<Slot<T>>, Error> {
        let mut asked = self.asked();
        let found = asked.slot_of(tokens.as_any());
        if let Some(slot) = found.and_then(|slot| Arc::clone(slot).into_any().downcast().ok()) {
            return Ok(slot);
        }
        if self.state::<T>().is_none() {
            return Err(Error::new(ErrorKind::NotInstalled, "the session's hooks want another state"));
        }
        let note = asked.take_note(tokens.as_any());
        let slot = Arc::new(Slot::new(SlotId(asked.slots.len()), tokens.clone(), note));
        asked.slots.push(Arc::clone(&slot) as Arc<dyn AnySlot>);
        Ok(slot)
    }

    pub(crate) fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the response head has gone. Ask under the slot's lock, so that a write and the end exclude each other.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }

    pub(crate) fn close(&self) {
        // The locks of the slots order this with their writes.
        self.0.closed.store(true, Ordering::Release);
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

/// The sessions of one request, made from its headers: for services without axum's router, for WebSocket handshakes
/// and for tests.
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// # use unjwt::{JweKey, RequestContext, Session};
/// #[derive(Clone, Serialize, Deserialize, Session)]
/// #[session(jwe, name = "sid", max_age = "1h")]
/// struct Visit { count: u32 }
///
/// # async fn handle(request: &http::HeaderMap, response: &mut http::HeaderMap) -> Result<(), Box<dyn std::error::Error>> {
/// let sessions = Visit::config(JweKey::secret([7; 32])).build()?;   // once, when the process starts
///
/// let context = RequestContext::new(request);                        // for each request
/// let count = sessions.get(&context).await?.map_or(0, |visit| visit.data.count);
/// sessions.replace(&context, Visit { count: count + 1 }).await?;
/// context.finish(response);                                          // writes `Set-Cookie`
/// # Ok(())
/// # }
/// # let (request, mut response) = (http::HeaderMap::new(), http::HeaderMap::new());
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(handle(&request, &mut response)).unwrap();
/// # assert!(response[http::header::SET_COOKIE].to_str().unwrap().starts_with("sid="));
/// ```
pub struct RequestContext<S = NoState> {
    context: Context,
    state: std::marker::PhantomData<fn() -> S>,
}

impl RequestContext {
    /// A request with these headers.
    pub fn new(headers: &HeaderMap) -> Self {
        Self::from_state(headers, Arc::new(NoState::VALUE))
    }

    /// A request with these headers, for sessions whose hooks receive the state.
    pub fn with_state<S: Clone + Send + Sync + 'static>(headers: &HeaderMap, state: S) -> RequestContext<S> {
        RequestContext::from_state(headers, Arc::new(state))
    }
}

impl<S> RequestContext<S> {
    fn from_state(headers: &HeaderMap, state: Arc<dyn Any + Send + Sync>) -> Self {
        let context = Context::new(state);
        context.keep_headers(headers);
        Self { context, state: std::marker::PhantomData }
    }

    /// Writes what the sessions have to say into a response's head: `Set-Cookie`, `Cache-Control` and `Vary`. After
    /// this, writes are errors.
    pub fn finish(&self, response: &mut HeaderMap) {
        super::response::finish(&self.context, response);
    }

    pub(crate) fn context<T: Session>(&self) -> &Context
    where
        S: ProvidesState<T::State>,
    {
        &self.context
    }
}

impl<S> Clone for RequestContext<S> {
    fn clone(&self) -> Self {
        Self { context: self.context.clone(), state: self.state }
    }
}

impl<S> fmt::Debug for RequestContext<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.context.fmt(f)
    }
}
