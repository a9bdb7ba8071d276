//! Sessions after the response's head: WebSockets and server-sent events.

mod support;

#[path = "upgrades/events.rs"]
mod events;
#[path = "upgrades/websocket.rs"]
mod websocket;

use axum::Router;
use serde::{Deserialize, Serialize};
use support::{Browser, TestClock};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "user", max_age = "1h")]
struct User {
    sub: String,
}

fn user(sub: &str) -> User {
    User { sub: sub.to_owned() }
}

/// A router of these routes, and a browser that is logged in as `ada`.
fn serve(clock: &TestClock, routes: Router<SessionHandle<User>>) -> (Router, Browser) {
    let mut ada = Browser::default();
    let router = unjwt::install(User::config(JweKey::secret([7; 32])).clock(clock.read()), |handle| {
        ada = Browser::with(&handle.cookie_header(&user("ada")).unwrap());
        (routes, handle)
    });
    (router.unwrap(), ada)
}

/// Reports the session at this moment.
fn now(manager: &SessionManager<User>) -> String {
    let sub = manager.current().map(|current| current.data.sub.clone());
    format!("{:?} {}", manager.status(), sub.as_deref().unwrap_or("nobody"))
}

/// Tries every kind of write, and returns the code of the error with which all of them fail.
async fn write_late(manager: &SessionManager<User>) -> String {
    let mut codes = vec![
        manager.replace(user("late")).await.map(drop),
        manager.update(UserPatch { sub: Some("late".to_owned()) }).await.map(drop),
        manager.update_with(|user| user.sub.push_str(" (late)")).await.map(drop),
        manager.rotate().await.map(drop),
        manager.clear().await,
    ]
    .into_iter()
    .map(|written| written.map_or_else(|error| format!("{:?}", error.kind()), |()| "written".to_owned()))
    .collect::<Vec<_>>();
    codes.dedup();
    codes.join(", ")
}
