use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, version = 2, migrate[LoginV1])]
struct Login {
    user: u64,
}

#[derive(Deserialize)]
struct LoginV1 {
    user: u64,
}

impl From<LoginV1> for Login {
    fn from(old: LoginV1) -> Self {
        todo!("{}", old.user)
    }
}

async fn handler(_: Login, _: Option<Login>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Login>> = get(handler);
    let _ = Login::config(JweKey::secret([7; 32]));
    let _ = |login: Login| login.user;
}
