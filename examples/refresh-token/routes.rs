//! The routes, the page, and the present sessions.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use unjwt::{Current, SessionManager};

use crate::sessions::{AccessToken, App, RefreshToken};
use crate::view::Sessions;
use crate::{devices, login};

pub fn router() -> Router<Arc<App>> {
    // A POST from a page of another site is answered with 403, whether or not the browser sends these cookies
    // with it. The routes therefore need no CSRF token.
    Router::new()
        .route("/", get(page))
        .route("/page.css", get(([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("page.css"))))
        .route("/ask.js", get(script(include_str!("ask.js"))))
        .route("/devices.js", get(script(include_str!("devices.js"))))
        .route("/page.js", get(script(include_str!("page.js"))))
        .route("/login", post(login::log_in))
        .route("/me", get(me))
        .route("/renew", post(renew))
        .route("/logout", post(login::log_out))
        .route("/reauthenticate", post(login::reauthenticate))
        .route("/devices", get(devices::list))
        .route("/devices/{id}/end", post(devices::end))
        .route("/devices/end-others", post(devices::end_others))
}

fn script(text: &'static str) -> impl IntoResponse + Clone {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], text)
}

/// Asks for no session, so none is read.
async fn page() -> impl IntoResponse {
    // Scripts can read the access token, so only the page's own may run.
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                          base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    (headers, include_str!("page.html"))
}

/// The current user; 401 without one.
async fn me(
    access: Current<AccessToken>,
    refresh: Option<Current<RefreshToken>>,
    State(app): State<Arc<App>>,
) -> Json<Sessions> {
    Json(Sessions::of(&app, Some(access), refresh))
}

/// Makes new tokens of both sessions, so that the week and the 15 minutes start again. The login stays the same, and
/// ends 30 days after the sign-in in any case. 401 without a login.
///
/// A service needs no such route, since its sessions are renewed when they need to be.
async fn renew(
    access: SessionManager<AccessToken>,
    refresh: SessionManager<RefreshToken>,
    State(app): State<Arc<App>>,
) -> Result<Json<Sessions>, unjwt::Error> {
    let refresh = refresh.rotate().await?;
    let access = access.replace(AccessToken::from(&*refresh.data)).await?;
    Ok(Json(Sessions::of(&app, Some(access), Some(refresh))))
}
