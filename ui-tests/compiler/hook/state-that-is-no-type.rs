use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Renew};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, state = App, hooks(renew = renew))]
struct Token {
    sub: String,
}

async fn renew(_: Renew<'_, Token>) -> HookResult {
    Ok(())
}

fn main() {}
