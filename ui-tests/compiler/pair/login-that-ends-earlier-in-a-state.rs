use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "5m", revocable)]
struct RefreshToken {
    user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m", login = RefreshToken)]
struct AccessToken {
    user: u64,
}

impl From<&RefreshToken> for AccessToken {
    fn from(login: &RefreshToken) -> Self {
        Self { user: login.user }
    }
}

#[derive(Clone, SessionState)]
struct App {
    access: SessionHandle<AccessToken>,
    refresh: SessionHandle<RefreshToken>,
}

fn main() {}
