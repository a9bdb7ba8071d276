//! The beginning and the end of a login.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use unjwt::{Error, Logout, SessionManager};
use unjwt_examples::label;

use crate::sessions::{AccessToken, App, RefreshToken};
use crate::view::Sessions;

#[derive(Deserialize)]
pub struct Credentials {
    username: String,
    password: String,
}

/// A page of another site cannot send JSON here without a CORS preflight, which nobody grants, and `Json`
/// refuses any other content type. So nobody can be logged in to somebody else's account without noticing.
pub async fn log_in(
    access: SessionManager<AccessToken>,
    refresh: SessionManager<RefreshToken>,
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    credentials: Result<Json<Credentials>, JsonRejection>,
) -> Result<Response, Error> {
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
    if !is_password_of(&username, &password) {
        return Ok(refused(StatusCode::FORBIDDEN, "Wrong user name or password"));
    }
    Ok(begin(access, refresh, &app, username, &headers).await?.into_response())
}

#[derive(Deserialize)]
pub struct Password {
    password: String,
}

/// Takes the password of the present user again, for what only a fresh login may do. 401 without a login.
pub async fn reauthenticate(
    access: SessionManager<AccessToken>,
    refresh: SessionManager<RefreshToken>,
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    password: Result<Json<Password>, JsonRejection>,
) -> Result<Response, Error> {
    let username = refresh.require()?.data.sub.clone();
    let Ok(Json(Password { password })) = password else {
        return Ok(refused(StatusCode::BAD_REQUEST, "A JSON body with the password is required"));
    };
    if !is_password_of(&username, &password) {
        return Ok(refused(StatusCode::FORBIDDEN, "Wrong password"));
    }
    Ok(begin(access, refresh, &app, username, &headers).await?.into_response())
}

/// A real service checks the password here. This one accepts any password but one, so that you can see a
/// refusal.
fn is_password_of(_username: &str, password: &str) -> bool {
    !password.is_empty() && password != "wrong"
}

/// `replace` begins a login, whatever the request carried, and ends the one that it carried: the user's earlier
/// one on this device, or one that somebody planted before.
async fn begin(
    access: SessionManager<AccessToken>,
    refresh: SessionManager<RefreshToken>,
    app: &App,
    sub: String,
    headers: &HeaderMap,
) -> Result<Json<Sessions>, Error> {
    let login = RefreshToken { sub, scope: vec!["read:profile".to_owned()] };
    let refresh = refresh.replace(login).label(label(headers)).await?;
    // Optional: without it, the first request that needs an access token gets one.
    let access = access.replace(AccessToken::from(&*refresh.data)).await?;
    Ok(Json(Sessions::of(app, Some(access), Some(refresh))))
}

/// Removes both cookies and ends the login, so that copies of them are refused from now on.
///
/// `Logout` runs no hook first, so this works during an outage and does not renew a session on the way. If the
/// store is out, both cookies are removed nevertheless, this process refuses the login, and the answer is 503:
/// other machines learn of the end when the store works again. A form on another site's page is answered with
/// 403 and ends nothing.
pub async fn log_out(access: Logout<AccessToken>) -> Result<StatusCode, Error> {
    access.clear().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}
