use serde::{Deserialize, Serialize};
use std::sync::Arc;
use unjwt::hooks::{HookResult, Renew};
use unjwt::Session;

struct App {}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, hooks(renew = renew))]
struct Token {
    sub: String,
}

async fn renew(event: Renew<'_, Token>) -> HookResult {
    let _app: &Arc<App> = event.state();
    Ok(())
}

fn main() {}
