#![deny(warnings)]

use axum::{Router, routing::get};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use unjwt::{ConfigError, JweKey, JwsKey, Session, SessionHandle, SessionManager, SessionRejection, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
struct Access {
    sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Refresh {
    sub: String,
}

#[derive(SessionState)]
struct App {
    access: SessionHandle<Access>,
    refresh: unjwt::SessionHandle<Refresh>,
}

async fn required(access: Access) -> String {
    access.sub
}

async fn optional(refresh: Option<Refresh>) -> String {
    refresh.map(|refresh| refresh.sub).unwrap_or_default()
}

#[axum::debug_handler(state = Arc<App>)]
async fn all(_: SessionManager<Access>, _: Result<Refresh, SessionRejection>) {}

fn router(access: JwsKey, refresh: JweKey) -> Result<Router, ConfigError> {
    unjwt::install((Access::config(access), Refresh::config(refresh)), |(access, refresh)| {
        let routes = Router::new().route("/", get(required)).route("/home", get(optional)).route("/all", get(all));
        (routes, Arc::new(App { access, refresh }))
    })
}

fn main() {
    let _ = router;
}
