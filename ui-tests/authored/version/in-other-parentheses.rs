use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(version = 2))]
struct Login {
    user: u64,
}

async fn handler(_: Login, _: Option<Login>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Login>> = get(handler);
    let _ = Login::config(JweKey::secret([7; 32]));
    let _ = |login: Login| login.user;
}
