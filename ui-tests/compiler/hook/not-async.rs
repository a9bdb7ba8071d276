use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Renew};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, hooks(renew = renew))]
struct Token {
    sub: String,
}

fn renew(_: Renew<'_, Token>) -> HookResult {
    Ok(())
}

fn main() {}
