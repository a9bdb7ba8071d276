use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "15m", login = Refresh, hooks(on_reuse = reused))]
struct Token {
    sub: String,
}

async fn reused(_: unjwt::hooks::Reuse<'_, Token>) -> unjwt::hooks::HookResult {
    Ok(())
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password"));
    let _ = TokenPatch { sub: None };
}
