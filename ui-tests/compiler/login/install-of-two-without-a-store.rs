use axum::Router;
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable)]
struct Login {
    user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1h")]
struct Visitor {}

#[derive(Clone, SessionState)]
struct App {
    login: SessionHandle<Login>,
    visitor: SessionHandle<Visitor>,
}

fn main() {
    let key = JweKey::password("a password");
    let _ = unjwt::install((Login::config(key.clone()), Visitor::config(key)), |(login, visitor)| {
        (Router::new(), App { login, visitor })
    });
}
