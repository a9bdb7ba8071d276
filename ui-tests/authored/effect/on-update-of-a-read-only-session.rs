use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, read_only, hooks(on_update = on_update))]
struct Token {
    sub: String,
}

async fn on_update(_: unjwt::hooks::Update<'_, Token>) -> unjwt::hooks::HookResult {
    Ok(())
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password"));
    let _ = TokenPatch { sub: None };
}
