use axum::routing::{MethodRouter, get};
use serde::Deserialize;
use unjwt::{JwsKey, Session, SessionHandle};

#[derive(Clone, Deserialize, Session)]
#[session(jws, read_only, issued_elsewhere, version = 2, migrate(LoginV1))]
struct Login {
    sub: String,
}

#[derive(Deserialize)]
struct LoginV1 {
    sub: String,
}

impl From<LoginV1> for Login {
    fn from(old: LoginV1) -> Self {
        Self { sub: old.sub }
    }
}

async fn handler(_: Login, _: Option<Login>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Login>> = get(handler);
    let _ = Login::config(JwsKey::secret([7; 32]));
    let _ = |login: Login| login.sub;
}
