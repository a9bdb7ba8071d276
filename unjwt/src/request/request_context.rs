//! A request's sessions for services without axum's router.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use http::{HeaderMap, Method, Uri};

use super::context::{Context, Serves};
use super::cross_site::RequestOrigin;
use crate::session::{NoState, ProvidesState, SessionType};

/// The sessions of one request, created from its headers, for services without axum's router, for WebSocket
/// handshakes and for tests.
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
///
/// Dropping it and all its clones without [`finish`](Self::finish) ends the request: writes by remaining
/// managers then fail, since no response can carry them.
pub struct RequestContext<S = NoState> {
    request: Arc<Request>,
    state: PhantomData<fn() -> S>,
}

/// Closes the sessions of a request that is dropped without being finished.
struct Request(Context);

impl Drop for Request {
    fn drop(&mut self) {
        if !self.0.is_closed() {
            self.0.give_up();
        }
    }
}

impl RequestContext {
    /// Creates a context for a request with these headers. Its method is unknown, so it is treated as one
    /// that may change something: set the [`request_line`](Self::request_line) for links from other sites to
    /// work.
    pub fn new(headers: &HeaderMap) -> Self {
        Self::from_state(headers, Arc::new(NoState::VALUE))
    }

    /// Creates a context for sessions whose hooks receive the state; see [`new`](Self::new).
    pub fn with_state<S: Clone + Send + Sync + 'static>(headers: &HeaderMap, state: S) -> RequestContext<S> {
        RequestContext::from_state(headers, Arc::new(state))
    }
}

impl<S> RequestContext<S> {
    fn from_state(headers: &HeaderMap, state: Arc<dyn Any + Send + Sync>) -> Self {
        let context = Context::new(Serves::Any(state));
        context.keep_headers(headers);
        Self { request: Arc::new(Request(context)), state: PhantomData }
    }

    /// Sets the request's method and target, which decide whether another site's page may send it with the
    /// visitor's cookies. Has no effect once a session has been requested.
    #[must_use]
    pub fn request_line(self, method: &Method, uri: &Uri) -> Self {
        let context = &self.request.0;
        if let Some(headers) = context.headers() {
            context.set_origin(RequestOrigin::of(method, uri, headers));
        }
        self
    }

    /// Renews the sessions with `renew_after` in their attributes that are due, unless the response is meant for shared
    /// caches. Call it with the response's headers before [`finish`](Self::finish).
    pub async fn renew(&self, response: &HeaderMap) {
        if let Some(renewal) = super::renewal::of_response(&self.request.0, response) {
            renewal.await;
        }
    }

    /// Writes the sessions' headers to a response: `Set-Cookie`, `Cache-Control` and `Vary`. Later writes
    /// fail.
    pub fn finish(&self, response: &mut HeaderMap) {
        super::response::finish(&self.request.0, response);
    }

    pub(super) fn context<T: SessionType>(&self) -> &Context
    where
        S: ProvidesState<T::State>,
    {
        &self.request.0
    }
}

impl<S> Clone for RequestContext<S> {
    fn clone(&self) -> Self {
        Self { request: Arc::clone(&self.request), state: self.state }
    }
}

impl<S> fmt::Debug for RequestContext<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.0.fmt(f)
    }
}
