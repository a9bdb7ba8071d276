use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, version = 2, migrate(LoginV1<_>))]
struct Login {
    user: u64,
}

#[derive(Deserialize)]
struct LoginV1<T> {
    user: T,
}

impl From<LoginV1<u64>> for Login {
    fn from(old: LoginV1<u64>) -> Self {
        Self { user: old.user }
    }
}

async fn handler(_: Login, _: Option<Login>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Login>> = get(handler);
    let _ = Login::config(JweKey::secret([7; 32]));
    let _ = |login: Login| login.user;
}
