//! One session for two kinds of client: API clients send it as a header, browsers as a cookie.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::header::{ACCEPT, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use unjwt::{
    Current, JweKey, Logout, Session, SessionHandle, SessionManager, SessionRejection, SessionState,
};
use unjwt_examples::{Args, random_secret, serve};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "sid",
    max_age = "8h",
    // `Authorization: Bearer <token>`; other schemes are ignored. If a request has both, the header comes
    // first. If its token is not valid, the cookie is tried.
    header = "authorization",
    sources(header, cookie)
)]
struct User {
    name: String,
}

#[derive(SessionState)]
struct App {
    user: SessionHandle<User>,
    notes: Mutex<Vec<String>>,
}

/// Tells a visitor that they are not signed in: a browser is redirected to the login, an API client gets the
/// 401.
struct TurnedAway {
    rejection: SessionRejection,
    to_login: bool,
}

/// The signed-in user, if there is one.
fn admit(
    user: Result<Current<User>, SessionRejection>,
    headers: &HeaderMap,
) -> Result<Current<User>, TurnedAway> {
    user.map_err(|rejection| {
        // A rejection can also be an outage, and a login does not help against a 503.
        let unauthorized = rejection.status() == StatusCode::UNAUTHORIZED;
        TurnedAway { rejection, to_login: unauthorized && is_browser(headers) }
    })
}

impl IntoResponse for TurnedAway {
    fn into_response(self) -> Response {
        let answer = if self.to_login {
            Redirect::to("/login").into_response()
        } else {
            self.rejection.into_response()
        };
        // The answer depends on what was asked for, so a cache must know.
        ([(VARY, "accept")], answer).into_response()
    }
}

/// A browser that opens a page asks for HTML; an API client or a page's script does not.
fn is_browser(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

async fn notes(
    user: Result<Current<User>, SessionRejection>,
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, TurnedAway> {
    let user = admit(user, &headers)?;
    let notes = app.notes.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let answer = if is_browser(&headers) {
        let page = format!(
            "<!doctype html><title>Notes</title><p>{} has {} notes.\
             <form method=post action=/logout><button>Sign out</button></form>",
            user.data.name,
            notes.len()
        );
        Html(page).into_response()
    } else {
        Json(json!({ "notes": notes, "user": user.data.name, "via": format!("{:?}", user.source) }))
            .into_response()
    };
    Ok(([(VARY, "accept")], answer).into_response())
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

/// Changes something, so another site must not be able to make a visitor's browser do it.
///
/// The session takes care of that. A token in a header needs no defence, since a page cannot set the header
/// without having the token. A cookie is sent automatically, and a POST that carries it from another origin,
/// even from a sibling host, is refused with 403.
async fn add_note(
    user: Result<Current<User>, SessionRejection>,
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    note: Result<Json<NewNote>, JsonRejection>,
) -> Result<StatusCode, Response> {
    admit(user, &headers).map_err(IntoResponse::into_response)?;
    let Json(NewNote { text }) = note.map_err(IntoResponse::into_response)?;
    app.notes.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    Ok(StatusCode::CREATED)
}

async fn login_page() -> Html<&'static str> {
    Html("<!doctype html><title>Login</title><form method=post><button>Sign in as Ada</button></form>")
}

/// For browsers: the session goes into the cookie. A real service checks a password here.
async fn login(user: SessionManager<User>) -> Result<Redirect, unjwt::Error> {
    user.replace(User { name: "Ada".to_owned() }).await?;
    Ok(Redirect::to("/notes"))
}

/// For API clients: the same token in the body, and no cookie. A real service checks the client's credentials
/// here.
async fn token(State(app): State<Arc<App>>) -> Result<Response, unjwt::Error> {
    let token = app.user.seal(&User { name: "Ada's program".to_owned() }).await?.token;
    let body = json!({ "access_token": token.as_str(), "token_type": "Bearer" });
    // The library sets `Cache-Control` for cookies. For a token in a body, we must set it.
    Ok(([("cache-control", "no-store")], Json(body)).into_response())
}

async fn logout(user: Logout<User>) -> Result<Redirect, unjwt::Error> {
    user.clear().await?;
    Ok(Redirect::to("/login"))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("api-and-browser [PORT]", &[])?;

    // This example uses plain HTTP, where not every client keeps a `Secure` cookie.
    let config =
        User::config(JweKey::secret(random_secret()?)).clock(args.clock()).insecure_cookies_for_local_http();
    let router = unjwt::install(config, |user| {
        let router = Router::new()
            .route("/notes", get(notes).post(add_note))
            .route("/login", get(login_page).post(login))
            .route("/logout", post(logout))
            .route("/api/token", post(token));
        (router, Arc::new(App { user, notes: Mutex::default() }))
    })?;
    serve(args.port, router).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_keeps_its_shape() {
        unjwt::golden::check("api-and-browser/golden", [User { name: "Ada".to_owned() }]);
    }
}
