use axum::Router;
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable)]
struct Login {
    user: u64,
}

fn main() {
    let _ = unjwt::install(Login::config(JweKey::password("a password")), |login: SessionHandle<Login>| (Router::new(), login));
}
