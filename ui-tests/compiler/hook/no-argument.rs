use serde::{Deserialize, Serialize};
use unjwt::hooks::HookResult;
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, hooks(renew = renew))]
struct Token {
    sub: String,
}

async fn renew() -> HookResult {
    Ok(())
}

fn main() {}
