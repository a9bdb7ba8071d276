use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{DeviceBound, JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D")]
struct RefreshToken {
    sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "10m", login = RefreshToken, bind = "dbsc", hooks(renew = renew))]
struct Token {
    sub: String,
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn needs<T: DeviceBound>() {}

async fn renew(_: unjwt::hooks::Renew<'_, Token>) -> unjwt::hooks::HookResult {
    Ok(())
}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password"));
    let _ = TokenPatch { sub: None };
    needs::<Token>();
}
