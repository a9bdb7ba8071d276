//! The weaknesses of the original (PEER.md, section 5), row by row: each test is named after what must not
//! happen here.
//!
//! If DESIGN.md decides differently from the row (a rejected cookie is not deleted), the test shows DESIGN's
//! way.

mod support;

#[path = "weaknesses/craft.rs"]
mod craft;
#[path = "weaknesses/keys.rs"]
mod keys;
#[path = "weaknesses/sources.rs"]
mod sources;
#[path = "weaknesses/time.rs"]
mod time;
#[path = "weaknesses/tokens.rs"]
mod tokens;
#[path = "weaknesses/writes.rs"]
mod writes;

use axum::Router;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, RequestContext, Session, SessionHandle, Tokens};

use support::{Browser, SetCookie, TestClock, set_cookies};

/// An encrypted session, in a cookie of at most three chunks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "user", max_age = "1h")]
struct User {
    sub: String,
    role: Option<String>,
    notes: Option<String>,
}

fn user(sub: &str) -> User {
    User { sub: sub.to_owned(), role: None, notes: None }
}

fn admin() -> User {
    User { role: Some("admin".to_owned()), ..user("ada") }
}

/// More than one cookie holds.
fn big() -> User {
    User { notes: Some("x".repeat(5_000)), ..user("ada") }
}

const SECRET: [u8; 32] = [7; 32];

fn users(clock: &TestClock) -> Tokens<User> {
    User::config(JweKey::secret(SECRET)).clock(clock.read()).build().unwrap()
}

/// A router for users, and the tokens to visit it with.
fn serve(
    clock: &TestClock,
    routes: impl FnOnce(Router<SessionHandle<User>>, &SessionHandle<User>) -> Router<SessionHandle<User>>,
) -> Router {
    unjwt::install(User::config(JweKey::secret(SECRET)).clock(clock.read()), |handle| {
        (routes(Router::new(), &handle), handle)
    })
    .unwrap()
}

/// A browser that holds a session with this data.
fn holding(clock: &TestClock, data: &User) -> Browser {
    Browser::with(&users(clock).cookie_header(data).unwrap())
}

/// Returns the `Set-Cookie` lines of a request without a router.
fn finish<S>(context: &RequestContext<S>) -> Vec<SetCookie> {
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    set_cookies(&headers)
}

fn cookie_request(cookie: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::COOKIE, cookie.parse().unwrap());
    headers
}

/// Another layer that sets a cookie of its own.
async fn with_a_cookie_of_its_own(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let line = "lang=it, user=not-a-token; Path=/";
    response.headers_mut().append(http::header::SET_COOKIE, line.parse().unwrap());
    response
}
