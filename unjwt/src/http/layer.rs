//! The layer that gives each request its context and writes the context's cookies to the response.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use http::request::Parts;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::config_error::ConfigError;
use crate::error::Error;
use crate::http::{parts, rejection};
use crate::request::context::{Context, Serves};
use crate::request::hooks::Session;
use crate::request::logout::Logout;
use crate::request::manager::SessionManager;
use crate::request::renewal::{self, Renewal};
use crate::request::response::finish;
use crate::session::group::{Group, HeldBy, SessionConfigs, build_for};
use crate::session::tokens::Tokens;

/// Validates the configurations, hands their handles to a function that builds the application's state, and
/// makes the layer that serves these sessions in any tower service over [`http::Request`].
///
/// With axum's `Router`, use [`install`](crate::install), which does the same in one step. The layer's hooks
/// receive the same state from which extractors take their handles.
///
/// # Errors
///
/// As [`build`](crate::build).
pub fn layer<C, S>(configs: C, state: impl FnOnce(C::Handles) -> S) -> Result<(SessionLayer, S), ConfigError>
where
    C: SessionConfigs + HeldBy<S>,
    S: Clone + Send + Sync + 'static,
{
    let group = Arc::new(Group::default());
    let state = build_for(&group, configs, state)?;
    group.serve(Arc::new(state.clone()));
    Ok((SessionLayer { group }, state))
}

/// A layer that gives each request its sessions and writes their cookies to the response. Created by
/// [`layer`].
///
/// The sessions are stored in the request's extensions. A request built from the cloned `Parts` of another
/// request therefore has the sessions of that request, regardless of the token in its own headers. Build such
/// a request from scratch: [A request within a request](crate::recipes#a-request-within-a-request).
#[derive(Clone, Debug)]
pub struct SessionLayer {
    group: Arc<Group>,
}

#[cfg(feature = "dbsc")]
impl SessionLayer {
    pub(crate) fn group(&self) -> &Arc<Group> {
        &self.group
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService { inner, group: Arc::clone(&self.group) }
    }
}

impl<T: Session> Tokens<T> {
    /// Returns the manager of a request's session, in a service behind the [`SessionLayer`] that is not axum's. With axum,
    /// take the manager as an argument of the handler.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use serde::{Deserialize, Serialize};
    /// use tower::{Layer as _, ServiceExt as _, service_fn};
    /// use unjwt::{JweKey, Session, SessionHandle};
    ///
    /// #[derive(Clone, Serialize, Deserialize, Session)]
    /// #[session(jwe, name = "sid", max_age = "1h")]
    /// struct Visit { count: u32 }
    ///
    /// async fn count(request: Request<String>, visits: SessionHandle<Visit>) -> Result<Response<String>, unjwt::Error> {
    ///     let (parts, _) = request.into_parts();
    ///     let visit = visits.manager_of(&parts).await?;
    ///     let count = visit.current().map_or(0, |visit| visit.data.count) + 1;
    ///     visit.replace(Visit { count }).await?;
    ///     Ok(Response::new(count.to_string()))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (sessions, visits) = unjwt::layer(Visit::config(JweKey::secret([7; 32])), |visits| visits)?;
    /// let service = sessions.layer(service_fn(move |request| count(request, visits.clone())));
    /// let response = service.oneshot(Request::new(String::new())).await?;
    /// assert!(response.headers().contains_key("set-cookie"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotInstalled`](crate::ErrorKind::NotInstalled) without the layer; [`ErrorKind::CrossSite`](crate::ErrorKind::CrossSite); otherwise as
    /// [`manager`](Self::manager). [`Error::to_response`] is the response.
    pub async fn manager_of(&self, parts: &Parts) -> Result<SessionManager<T>, Error> {
        parts::manager(parts, self).await.map_err(seen::<T>)
    }

    /// Returns a request's session to be ended, in a service behind the [`SessionLayer`] that is not axum's: see [`Logout`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotInstalled`](crate::ErrorKind::NotInstalled) without the layer;
    /// [`ErrorKind::CrossSite`](crate::ErrorKind::CrossSite).
    pub async fn logout_of(&self, parts: &Parts) -> Result<Logout<T>, Error> {
        parts::logout(parts, self).await.map_err(seen::<T>)
    }
}

/// Logs an error of a request's session, and names the session.
fn seen<T: Session>(error: Error) -> Error {
    rejection::log::<T>(&error, None);
    error.of_session(T::SPEC.type_name)
}

/// A service behind a [`SessionLayer`].
#[derive(Clone, Debug)]
pub struct SessionService<S> {
    inner: S,
    group: Arc<Group>,
}

impl<S, Req, Res> Service<Request<Req>> for SessionService<S>
where
    S: Service<Request<Req>, Response = Response<Res>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, Res>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Req>) -> Self::Future {
        let group = Arc::clone(&self.group);
        // An outer layer has already created the request's context, and will finish its response.
        let around = request.extensions().get::<Context>().filter(|context| !context.is_closed());
        let context = match around {
            Some(context) => {
                context.add(group);
                None
            }
            None => {
                let serves = Serves::Group(group);
                let context = Context::of_request(serves, request.method(), request.uri(), request.headers());
                request.extensions_mut().insert(context.clone());
                Some(Open(context))
            }
        };
        ResponseFuture { inner: self.inner.call(request), context, renewing: None }
    }
}

pin_project! {
    /// The response future of a [`SessionService`].
    pub struct ResponseFuture<F, Res> {
        #[pin]
        inner: F,
        context: Option<Open>,
        renewing: Option<Renewing<Res>>,
    }
}

/// A response that waits for the renewals which it is to carry.
struct Renewing<Res> {
    renewal: Renewal,
    response: Response<Res>,
}

/// A request whose response has not been sent. Dropping it before that ends the request's writes, since no
/// response will carry them.
struct Open(Context);

impl Drop for Open {
    fn drop(&mut self) {
        if !self.0.is_closed() {
            self.0.give_up();
        }
    }
}

impl<F, Res, E> Future for ResponseFuture<F, Res>
where
    F: Future<Output = Result<Response<Res>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let renewing = match this.renewing {
            Some(renewing) => renewing,
            None => {
                let mut response = ready!(this.inner.poll(cx))?;
                let Some(Open(context)) = this.context else { return Poll::Ready(Ok(response)) };
                match renewal::of_response(context, response.headers()) {
                    Some(renewal) => this.renewing.insert(Renewing { renewal, response }),
                    None => {
                        finish(context, response.headers_mut());
                        return Poll::Ready(Ok(response));
                    }
                }
            }
        };
        ready!(renewing.renewal.as_mut().poll(cx));
        let Some(Renewing { mut response, .. }) = this.renewing.take() else { return Poll::Pending };
        if let Some(Open(context)) = this.context {
            finish(context, response.headers_mut());
        }
        Poll::Ready(Ok(response))
    }
}
