use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D")]
struct RefreshToken {
    sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "10m", login = RefreshToken, bind)]
struct Token {
    sub: String,
}

impl From<&RefreshToken> for Token {
    fn from(login: &RefreshToken) -> Self {
        Self { sub: login.sub.clone() }
    }
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn needs<T: unjwt::DeviceBound>() {}

fn main() {
    needs::<Token>();
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password"));
    let _ = TokenPatch { sub: None };
}
