use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Renew};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, hooks(renew = renew))]
struct Token {
    sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
struct Other {}

async fn renew(_: Renew<'_, Other>) -> HookResult {
    Ok(())
}

fn main() {}
