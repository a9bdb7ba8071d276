use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Read};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, hooks(renew = renew))]
struct Token {
    sub: String,
}

async fn renew(_: Read<'_, Token>) -> HookResult {
    Ok(())
}

fn main() {}
