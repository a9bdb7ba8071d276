//! One session for two kinds of client: programs send it as a header, browsers as a cookie.

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
    // `Authorization: Bearer <token>`, and another scheme there is nobody's token. Who sends both means the header, so
    // it goes first; if its token is no good, the cookie's turn comes.
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

/// How to tell somebody that they are not signed in: a person is led to the login, a program gets the 401 as it stands.
struct TurnedAway {
    rejection: SessionRejection,
    to_login: bool,
}

/// Who it is, or nobody.
fn admit(
    user: Result<Current<User>, SessionRejection>,
    headers: &HeaderMap,
) -> Result<Current<User>, TurnedAway> {
    user.map_err(|rejection| {
        // A rejection can also be an outage, and nobody can log in against a 503.
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
        // It depends on what was asked for, so a cache must know.
        ([(VARY, "accept")], answer).into_response()
    }
}

/// A browser that opens a page asks for HTML; a program, or a page's script, does not.
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
        Json(json!({ "user": user.data.name, "via": format!("{:?}", user.source), "notes": notes }))
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
/// The session sees to that: a token in a header needs no defence, since no page can put it there that does not have it. A
/// cookie comes by itself, and with a POST of another origin, a sibling host's too, it is refused: 403.
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

/// For people: the session goes into the cookie. Here a real service checks a password.
async fn login(user: SessionManager<User>) -> Result<Redirect, unjwt::Error> {
    user.replace(User { name: "Ada".to_owned() }).await?;
    Ok(Redirect::to("/notes"))
}

/// For programs: the same token in the body, and no cookie. Here a real service checks the program's credentials.
async fn token(State(app): State<Arc<App>>) -> Result<Response, unjwt::Error> {
    let token = app.user.seal(&User { name: "Ada's program".to_owned() }).await?.token;
    let body = json!({ "access_token": token.as_str(), "token_type": "Bearer" });
    // `Cache-Control` is the library's for cookies; a token in a body is ours.
    Ok(([("cache-control", "no-store")], Json(body)).into_response())
}

async fn logout(user: Logout<User>) -> Result<Redirect, unjwt::Error> {
    user.clear().await?;
    Ok(Redirect::to("/login"))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("api-and-browser [PORT]", &[])?;

    // This example comes over plain http, where not every client keeps a `Secure` cookie.
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
