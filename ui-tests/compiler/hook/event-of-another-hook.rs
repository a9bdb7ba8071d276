use serde::{Deserialize, Serialize};
use unjwt::{HookResult, Read, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, hooks(renew = renew))]
struct Token {
    sub: String,
}

async fn renew(_: Read<'_, Token>) -> HookResult {
    Ok(())
}

fn main() {}
