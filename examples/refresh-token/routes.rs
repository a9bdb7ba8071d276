//! The server's answers: the page, and the JSON that the page requests.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use unjwt::{Current, Logout, NumericDate, Session, SessionManager};

use crate::sessions::{AccessToken, App, RefreshToken};

pub fn router() -> Router<Arc<App>> {
    // A POST from a page of another site is answered with 403, whether or not the browser sends these cookies
    // with it. The routes therefore need no CSRF token.
    Router::new()
        .route("/", get(page))
        .route("/page.css", get(([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("page.css"))))
        .route("/page.js", get(([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("page.js"))))
        .route("/login", post(login))
        .route("/me", get(me))
        .route("/renew", post(renew))
        .route("/logout", post(logout))
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
    sessions(&app, Some(access), refresh)
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

/// A page of another site cannot send JSON here without a CORS preflight, which nobody grants, and `Json`
/// refuses any other content type. So nobody can be logged in to somebody else's account without noticing.
async fn login(
    access: SessionManager<AccessToken>,
    refresh: SessionManager<RefreshToken>,
    State(app): State<Arc<App>>,
    credentials: Result<Json<Credentials>, JsonRejection>,
) -> Result<Response, unjwt::Error> {
    let Ok(Json(Credentials { username, password })) = credentials else {
        return Ok(refused(StatusCode::BAD_REQUEST, "A JSON body with username and password is required"));
    };
    if username.trim().is_empty() || password.is_empty() {
        return Ok(refused(StatusCode::BAD_REQUEST, "User name and password are required"));
    }
    // The name goes into both cookies, and a cookie has room for some 4,000 bytes.
    if username.len() > 100 {
        return Ok(refused(StatusCode::BAD_REQUEST, "The user name is too long"));
    }

    // A real service checks the password here. This one accepts any password but one, so that you can see a
    // refusal.
    if password == "wrong" {
        return Ok(refused(StatusCode::FORBIDDEN, "Wrong user name or password"));
    }

    // `replace` makes new tokens with new ids, whatever the request carried. A token that somebody planted
    // before the login does not become a logged-in session.
    let scope = vec!["read:profile".to_owned()];
    let refresh = refresh.replace(RefreshToken { sub: username.clone(), scope: scope.clone() }).await?;
    let access = access.replace(AccessToken { sub: username, scope }).await?;
    Ok(sessions(&app, Some(access), Some(refresh)).into_response())
}

/// Makes new tokens with the same data for both sessions, so that the week starts again. 401 without a
/// session to renew.
async fn renew(
    access: SessionManager<AccessToken>,
    refresh: SessionManager<RefreshToken>,
    State(app): State<Arc<App>>,
) -> Result<Json<Sessions>, unjwt::Error> {
    let refresh = refresh.rotate().await?;
    let access = access.rotate().await?;
    Ok(sessions(&app, Some(access), Some(refresh)))
}

/// Removes both cookies, even during an outage: `Logout` runs no hook first, and so does not renew a session
/// on the way. A form on another site's page is answered with 403 and ends nothing.
async fn logout(
    access: Logout<AccessToken>,
    refresh: Logout<RefreshToken>,
) -> Result<StatusCode, unjwt::Error> {
    refresh.clear().await?;
    access.clear().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

/// The data that the page shows. All times are seconds since 1970, as in the tokens.
#[derive(Serialize)]
struct Sessions {
    /// The server's time, so that the page can count down even if the browser's clock is wrong.
    now: NumericDate,
    access: Option<View<AccessToken>>,
    refresh: Option<View<RefreshToken>>,
}

#[derive(Serialize)]
struct View<T> {
    id: String,
    created_at: NumericDate,
    expires_at: Option<NumericDate>,
    data: T,
}

impl<T: Session + Clone> View<T> {
    fn of(session: Current<T>) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at,
            expires_at: session.exp(),
            data: T::clone(&session.data),
        }
    }
}

fn sessions(
    app: &App,
    access: Option<Current<AccessToken>>,
    refresh: Option<Current<RefreshToken>>,
) -> Json<Sessions> {
    Json(Sessions { now: app.access.now(), access: access.map(View::of), refresh: refresh.map(View::of) })
}
