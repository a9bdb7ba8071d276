use axum::Router;
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, JwsKey, Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D")]
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
}

fn main() {
    let config = AccessToken::config(JwsKey::secret([7; 32]));
    let _ = unjwt::install(config, |access| (Router::new(), App { access }));
    let _ = RefreshToken::config(JweKey::secret([7; 32]));
}
