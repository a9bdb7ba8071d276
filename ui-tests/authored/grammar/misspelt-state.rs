use serde::{Deserialize, Serialize};
use std::sync::Arc;
use unjwt::hooks::{HookResult, Renew};
use unjwt::{Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, stat = Arc<App>, hooks(renew = renew))]
struct Token {
    sub: String,
}

#[derive(SessionState)]
struct App {
    token: SessionHandle<Token>,
    guest: String,
}

async fn renew(event: Renew<'_, Token>) -> HookResult {
    let sub = event.state().guest.clone();
    event.session().replace(Token { sub }).await?;
    let _ = &event.state().token;
    Ok(())
}

fn main() {}
