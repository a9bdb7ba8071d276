//! Bound sessions in axum: their two routes, and an extractor for what only a bound session may do.

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use axum_core::extract::FromRequestParts;
use http::request::Parts;

use super::axum_core::{current, reject};
use crate::device::{REFRESH, START};
use crate::error::{Error, ErrorKind};
use crate::http::rejection::SessionRejection;
use crate::http::{device, parts};
use crate::request::hooks::Session;
use crate::session::DeviceBound;
use crate::session::current::Current;
use crate::session::group::Group;
use crate::session::handle::HasSession;

/// Returns the routes at which browsers register and renew, or `None` if no session is bound.
pub(super) fn routes(group: &Arc<Group>) -> Option<Router> {
    if group.bound().is_empty() {
        return None;
    }
    let (of_start, of_refresh) = (Arc::clone(group), Arc::clone(group));
    let start = async move |parts: Parts| match parts::context_with_origin(&parts) {
        Ok(context) => device::start(of_start.bound(), context, &parts.headers).await,
        Err(error) => error.to_response().map(|()| String::new()),
    };
    let refresh = async move |parts: Parts| match parts::context_with_origin(&parts) {
        Ok(context) => device::refresh(of_refresh.bound(), context, &parts.headers).await,
        Err(error) => error.to_response().map(|()| String::new()),
    };
    Some(Router::new().route(START, post(start)).route(REFRESH, post(refresh)))
}

/// The session, if it is bound to the browser's device: an extractor for what a stolen cookie must not be enough for.
///
/// Without a session it rejects the request as [`Current`] does, and with one that is not bound it answers 403: the browser has
/// no device-bound sessions, or has not registered yet, which takes it a moment after the login. A service that has users of
/// other browsers asks those for something else, such as a recent sign-in ([`Fresh`](crate::Fresh)).
///
/// It dereferences to [`Current`].
///
/// ```
/// # use axum::http::StatusCode;
/// # use serde::{Deserialize, Serialize};
/// # use unjwt::{RequireBound, Session};
/// # #[derive(Clone, Serialize, Deserialize, Session)]
/// # #[session(jwe, name = "__Host-login", max_age = "30D")]
/// # struct Login { user: u64 }
/// #[derive(Clone, Serialize, Deserialize, Session)]
/// #[session(jwe, name = "__Host-access", max_age = "10m", login = Login, bind = "dbsc")]
/// struct Access { user: u64 }
/// # impl From<&Login> for Access { fn from(login: &Login) -> Self { Self { user: login.user } } }
///
/// async fn export_everything(access: RequireBound<Access>) -> StatusCode {
///     let user = access.data.user;                                     // on the device at which this user signed in
///     # let _ = user;
///     StatusCode::NO_CONTENT
/// }
/// ```
///
/// # Security
///
/// The session's own cookie is a bearer token like any other until it expires, after at most its `max_age`.
pub struct RequireBound<T: DeviceBound + Session>(pub Current<T>);

impl<T: DeviceBound + Session> Deref for RequireBound<T> {
    type Target = Current<T>;

    fn deref(&self) -> &Current<T> {
        &self.0
    }
}

impl<T: DeviceBound + Session> std::fmt::Debug for RequireBound<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RequireBound").field(&self.0).finish()
    }
}

impl<T: DeviceBound + Session, S: HasSession<T>> FromRequestParts<S> for RequireBound<T> {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        const NOT_BOUND: Error = Error::new(ErrorKind::NotBound, "");
        let current = current::<T, S>(parts, state).await?;
        if current.is_bound() { Ok(Self(current)) } else { Err(reject::<T>(parts, NOT_BOUND)) }
    }
}
