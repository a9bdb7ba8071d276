use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(by(user)))]
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

async fn end_others(tokens: &SessionHandle<AccessToken>, login: &unjwt::Current<AccessToken>) {
    let _ = tokens.logins().end_others(login).await;
}

fn main() {}
