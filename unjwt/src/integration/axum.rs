//! Installing sessions into axum's router.

use axum::Router;
#[cfg(feature = "matched-path")]
use axum::extract::MatchedPath;
#[cfg(feature = "matched-path")]
use http::request::Parts;

use crate::config_error::ConfigError;
use crate::http::layer::layer;
use crate::session::group::{HeldBy, SessionConfigs};

/// Installs sessions into a router: validates their keys and values, hands their handles to the function that
/// builds the router and its state, and adds the one layer that serves them all.
///
/// Nested installs share the request: each session has a single state, regardless of the router that accesses
/// it, and the outermost layer sends the cookies.
///
/// [`install_returning_state`] hands the state back as well, for a test.
///
/// Middleware that the function adds sees the same session as the handlers. The state must hold the handle of
/// every installed session; a missing one is a compile error.
///
/// ```
/// # use axum::{Json, Router, routing::get};
/// # use serde::{Deserialize, Serialize};
/// # use unjwt::{JweKey, Session, SessionHandle};
/// #[derive(Clone, Serialize, Deserialize, Session)]
/// #[session(jwe, name = "sid", max_age = "7D")]
/// struct Visitor { name: String }
///
/// async fn me(visitor: Visitor) -> Json<Visitor> { Json(visitor) }
///
/// # fn main() -> Result<(), unjwt::ConfigError> {
/// let key = JweKey::secret([7; 32]);                 // from the environment, not from the source
/// let router: Router = unjwt::install(Visitor::config(key), |visitor: SessionHandle<Visitor>| {
///     (Router::new().route("/me", get(me)), visitor)
/// })?;
/// # Ok(()) }
/// ```
///
/// A state without the handle of an installed session does not compile:
///
/// ```compile_fail
/// # use axum::Router;
/// # use serde::{Deserialize, Serialize};
/// # use unjwt::{JweKey, Session};
/// # #[derive(Clone, Serialize, Deserialize, Session)]
/// # #[session(jwe, name = "sid", max_age = "7D")]
/// # struct Visitor { name: String }
/// // error: the router's state `()` holds no `SessionHandle<Visitor>`
/// let router: Router = unjwt::install(Visitor::config(JweKey::secret([7; 32])), |_| (Router::new(), ())).unwrap();
/// ```
///
/// # Errors
///
/// The first problem with a key, with a deployment value, or between two sessions.
pub fn install<C, S>(
    configs: C,
    build: impl FnOnce(C::Handles) -> (Router<S>, S),
) -> Result<Router, ConfigError>
where
    C: SessionConfigs + HeldBy<S>,
    S: Clone + Send + Sync + 'static,
{
    install_returning_state(configs, build).map(|(router, _)| router)
}

/// Does the same as [`install`], and also returns a clone of the state, for tests that make tokens with its
/// handles, and for background work.
///
/// ```
/// # use axum::{Router, routing::get};
/// # use serde::{Deserialize, Serialize};
/// # use unjwt::{JweKey, Session, SessionHandle};
/// # #[derive(Clone, Serialize, Deserialize, Session)]
/// # #[session(jwe, name = "sid", max_age = "7D")]
/// # struct Visitor { name: String }
/// # async fn me(visitor: Visitor) -> String { visitor.name }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (router, visitors) =
///     unjwt::install_returning_state(Visitor::config(JweKey::secret([7; 32])), |visitors: SessionHandle<Visitor>| {
///         (Router::new().route("/me", get(me)), visitors)
///     })?;
/// let logged_in = visitors.cookie_header(&Visitor { name: "ada".into() })?;
/// # let _ = (router, logged_in);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// As [`install`].
pub fn install_returning_state<C, S>(
    configs: C,
    build: impl FnOnce(C::Handles) -> (Router<S>, S),
) -> Result<(Router, S), ConfigError>
where
    C: SessionConfigs + HeldBy<S>,
    S: Clone + Send + Sync + 'static,
{
    let mut router = Router::new();
    let (sessions, state) = layer(configs, |handles| {
        let (built, state) = build(handles);
        router = built;
        state
    })?;
    let router = router.with_state(state.clone());
    // Into the routes, since the fallback of the router that is merged stays, with the layers around it.
    #[cfg(feature = "dbsc")]
    let router = match super::dbsc::routes(sessions.group()) {
        Some(routes) => routes.merge(router),
        None => router,
    };
    Ok((router.layer(sessions), state))
}

/// Returns the pattern of the route that the request matched.
#[cfg(feature = "matched-path")]
pub(super) fn matched_path(parts: &Parts) -> Option<&str> {
    parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}
