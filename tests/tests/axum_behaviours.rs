//! Sessions combined with components of axum and tower: nested routers, middleware, panics, timeouts, other
//! layers.

mod support;

#[path = "axum_behaviours/failures.rs"]
mod failures;
#[path = "logs/heard.rs"]
mod heard;
#[path = "axum_behaviours/middleware.rs"]
mod middleware;
#[path = "axum_behaviours/orders.rs"]
mod orders;
#[path = "axum_behaviours/responses.rs"]
mod responses;
#[path = "axum_behaviours/routers.rs"]
mod routers;
#[path = "axum_behaviours/serving.rs"]
mod serving;
#[path = "axum_behaviours/sources.rs"]
mod sources;
#[path = "axum_behaviours/states.rs"]
mod states;

use axum::Router;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use support::{Browser, Reply};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "user", max_age = "1h")]
struct User {
    sub: String,
}

const SECRET: [u8; 32] = [7; 32];

type Users = SessionHandle<User>;

fn user(sub: &str) -> User {
    User { sub: sub.to_owned() }
}

/// An installed router whose state is the handle itself.
fn serve(routes: impl FnOnce(&Users) -> Router<Users>) -> Router {
    unjwt::install(User::config(JweKey::secret(SECRET)), |users| (routes(&users), users)).unwrap()
}

/// A browser that is logged in.
fn logged_in(sub: &str) -> Browser {
    let tokens = User::config(JweKey::secret(SECRET)).build().unwrap();
    Browser::with(&tokens.cookie_header(&user(sub)).unwrap())
}

async fn me(user: User) -> String {
    user.sub
}

async fn login(manager: SessionManager<User>) -> Result<StatusCode, unjwt::Error> {
    manager.replace(user("grace")).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the user whom the response's cookie logs in.
async fn cookie_of(reply: &Reply) -> String {
    let mut browser = Browser::default();
    browser.take(&reply.headers);
    let router = serve(|_| Router::new().route("/", axum::routing::get(me)));
    browser.get(&router, "/").await.body
}

fn removes_the_cookie(reply: &Reply) -> bool {
    matches!(reply.set_cookies().as_slice(), [cookie] if cookie.name == "user" && cookie.removes())
}
