use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Renew};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, state = Vec<u8>, hooks(renew = renew))]
struct Token {
    sub: String,
}

async fn renew(event: Renew<'_, Token>) -> HookResult {
    let _: &String = event.state();
    Ok(())
}

fn main() {}
