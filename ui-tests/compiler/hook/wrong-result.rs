use serde::{Deserialize, Serialize};
use unjwt::hooks::Renew;
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, hooks(renew = renew))]
struct Token {
    sub: String,
}

async fn renew(_: Renew<'_, Token>) -> Result<u8, unjwt::hooks::HookError> {
    Ok(1)
}

fn main() {}
