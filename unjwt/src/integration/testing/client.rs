//! A client of a router, with the cookies that it was given.

use std::fmt;
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use serde::Serialize;
use tower_service::Service as _;

use super::clock::TestClock;
use super::jar::Jar;
use super::reply::Reply;
use crate::error::Error;
use crate::request::hooks::Session;
use crate::request::manager::SessionManager;
use crate::request::request_context::RequestContext;
use crate::session::current::Current;
use crate::session::handle::HasSession;
use crate::session::{ProvidesState, Writable};

/// A browser or another client of a router, without a network. It keeps cookies as browsers do, over a connection that
/// counts as secure: also those that the service sets beside its sessions.
///
/// A clone has the same cookies from then on, and its own later: somebody who has copied them, or another browser of the
/// user's.
#[derive(Clone)]
pub struct TestClient {
    router: Router,
    jar: Jar,
    /// Sent with each request.
    headers: HeaderMap,
    clock: Option<TestClock>,
}

impl TestClient {
    /// Creates a client without cookies.
    pub fn new(router: Router) -> Self {
        Self { router, jar: Jar::default(), headers: HeaderMap::new(), clock: None }
    }

    /// Sends requests to this router from now on: another version of the service, or another machine that runs it.
    pub fn move_to(&mut self, router: Router) {
        self.router = router;
    }

    /// Ends cookies by this clock instead of the system's: the one that the sessions have.
    #[must_use]
    pub fn with_clock(mut self, clock: &TestClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// Sends a header with each request from now on, such as `sec-fetch-site`.
    ///
    /// # Panics
    ///
    /// Panics if that is not a header's name or value.
    #[must_use]
    #[track_caller]
    #[allow(clippy::panic)] // A failed test.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            panic!("not a header: `{name}: {value}`")
        };
        self.headers.insert(name, value);
        self
    }

    /// Signs the client in: begins the session with this data, as [`SessionManager::replace`] does in a request, with hooks
    /// and with the session's store. `state` is that of the router, which
    /// [`install_returning_state`](crate::install_returning_state) returns.
    ///
    /// The client keeps its other cookies, and a login that it has ends, as one does when its user signs in again. For another
    /// browser, take a client of its own, which [`TestService::log_in`](super::TestService::log_in) returns.
    ///
    /// The token of a session that is in no cookie is sent in the session's header from then on.
    ///
    /// # Errors
    ///
    /// As [`SessionManager::replace`]; also [`ErrorKind::CrossSite`](crate::ErrorKind::CrossSite) if a header of the client's
    /// says that the page of another site sends its requests.
    pub async fn log_in<T, S>(&mut self, state: &S, data: T) -> Result<Current<T>, Error>
    where
        T: Session + Writable,
        S: HasSession<T> + ProvidesState<T::State> + Clone + 'static,
    {
        let context = self.request_context(state);
        let current = state.handle().replace(&context, data).await?;
        self.finish(&context);
        if T::SPEC.cookie.is_none()
            && let Some(name) = T::SPEC.header.and_then(|name| HeaderName::try_from(name).ok())
            && let Ok(mut value) = HeaderValue::try_from(format!("Bearer {}", current.token.as_str()))
        {
            value.set_sensitive(true);
            self.headers.insert(name, value);
        }
        Ok(current)
    }

    /// Signs the client out: ends the session of its cookies, as [`SessionManager::clear`] does in a request.
    ///
    /// # Errors
    ///
    /// As [`SessionManager::clear`], and as [`log_in`](Self::log_in).
    pub async fn log_out<T: Session + Writable>(
        &mut self,
        state: &(impl HasSession<T> + ProvidesState<T::State> + Clone + 'static),
    ) -> Result<(), Error> {
        let context = self.request_context(state);
        let cleared = state.handle().clear(&context).await;
        self.finish(&context);
        if let Some(name) = T::SPEC.header.filter(|_| T::SPEC.cookie.is_none()) {
            self.headers.remove(name);
        }
        cleared
    }

    /// Reads the session of the client's cookies as an extractor would, with hooks: its
    /// [`current`](SessionManager::current) session, its [`status`](SessionManager::status), and the reason why there is none.
    ///
    /// No response carries what a hook of the reading writes.
    ///
    /// # Errors
    ///
    /// As [`Tokens::manager`](crate::Tokens::manager).
    pub async fn manager<T: Session>(
        &self,
        state: &(impl HasSession<T> + ProvidesState<T::State> + Clone + 'static),
    ) -> Result<SessionManager<T>, Error> {
        let context = self.request_context(state).request_line(&Method::GET, &Uri::from_static("/"));
        state.handle().manager(&context).await
    }

    fn request_context<S: Clone + Send + Sync + 'static>(&self, state: &S) -> RequestContext<S> {
        // Of all paths: the session's own is that of its pages.
        RequestContext::with_state(&self.headers_with(self.jar.whole(self.now())), state.clone())
    }

    fn finish<S>(&mut self, context: &RequestContext<S>) {
        let mut response = HeaderMap::new();
        context.finish(&mut response);
        self.jar.keep(&response, "/", self.now());
    }

    /// Sends a `GET` request.
    ///
    /// # Panics
    ///
    /// Panics if the target is not one, or if the body of the response breaks off.
    pub async fn get(&mut self, target: &str) -> Reply {
        self.request(Method::GET, target, Body::empty()).await
    }

    /// Sends a `POST` request without a body.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get).
    pub async fn post(&mut self, target: &str) -> Reply {
        self.request(Method::POST, target, Body::empty()).await
    }

    /// Sends a `POST` request with JSON.
    ///
    /// # Panics
    ///
    /// Panics if the value cannot be written as JSON; otherwise as [`get`](Self::get).
    #[allow(clippy::panic)] // A failed test.
    pub async fn post_json(&mut self, target: &str, value: &(impl Serialize + Sync + ?Sized)) -> Reply {
        let body = match serde_json::to_vec(value) {
            Ok(body) => body,
            Err(error) => panic!("not JSON: {error}"),
        };
        let mut request = built(Method::POST, target, body.into());
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.send(request).await
    }

    /// Sends a `POST` request with the fields of a form, as the page of a browser does.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get).
    pub async fn post_form(&mut self, target: &str, fields: &[(&str, &str)]) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = built(Method::POST, target, body.into());
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        self.send(request).await
    }

    async fn request(&mut self, method: Method, target: &str, body: Body) -> Reply {
        self.send(built(method, target, body)).await
    }

    /// Sends a request with the client's headers and cookies, and keeps the cookies of the response. Follows no redirect.
    ///
    /// # Panics
    ///
    /// Panics if the body of the response breaks off.
    pub async fn send(&mut self, mut request: Request<Body>) -> Reply {
        let path = request.uri().path().to_owned();
        for (name, value) in &self.headers_with(self.cookie_header(&path)) {
            if name == COOKIE || !request.headers().contains_key(name) {
                request.headers_mut().append(name, value.clone());
            }
        }
        // A router is always ready.
        let response = match self.router.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        self.jar.keep(response.headers(), &path, self.now());
        Reply::read(response).await
    }

    fn headers_with(&self, cookies: Option<HeaderValue>) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let Some(cookies) = cookies {
            headers.append(COOKIE, cookies);
        }
        headers
    }

    /// Returns the `Cookie` header that the client sends to this path, for requests that are sent by other means.
    pub fn cookie_header(&self, path: &str) -> Option<HeaderValue> {
        self.jar.header(path, self.now())
    }

    /// Returns the value of a cookie that has not ended.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.jar.value(name, self.now())
    }

    /// Puts in a cookie that the service has not set: an attacker's, or one of another service of the same host.
    ///
    /// # Panics
    ///
    /// Panics if that cannot be in a header.
    #[track_caller]
    #[allow(clippy::panic)] // A failed test.
    pub fn plant_cookie(&mut self, name: &str, value: &str) {
        if HeaderValue::try_from(format!("{name}={value}")).is_err() {
            panic!("not a cookie: `{name}={value}`");
        }
        let now = self.now();
        self.jar.plant(name, value, now);
    }

    /// Closes the browser and opens it again: cookies without an end are gone.
    pub fn restart(&mut self) {
        self.jar.restart();
    }

    fn now(&self) -> SystemTime {
        self.clock.as_ref().map_or_else(SystemTime::now, TestClock::now)
    }
}

#[track_caller]
#[allow(clippy::panic)] // A failed test.
fn built(method: Method, target: &str, body: Body) -> Request<Body> {
    match Request::builder().method(method).uri(target).body(body) {
        Ok(request) => request,
        Err(error) => panic!("`{target}`: {error}"),
    }
}

/// Shows the names of the cookies, and no value.
impl fmt::Debug for TestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cookies: Vec<_> = self.jar.names(self.now()).collect();
        f.debug_struct("TestClient").field("cookies", &cookies).finish_non_exhaustive()
    }
}
