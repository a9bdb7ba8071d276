use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, cookie = false, header = false, extract = false, hooks(on_read = on_read))]
struct Token {
    sub: String,
}

async fn on_read(_: unjwt::hooks::Read<'_, Token>) -> unjwt::hooks::HookResult {
    Ok(())
}

async fn handler(_: SessionManager<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password"));
    let _ = TokenPatch { sub: None };
}
