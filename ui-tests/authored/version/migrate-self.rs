use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, version = 2, migrate(Self))]
struct Login {
    user: u64,
}

async fn handler(_: Login, _: Option<Login>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Login>> = get(handler);
    let _ = Login::config(JweKey::secret([7; 32]));
    let _ = |login: Login| login.user;
}
