use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Renew};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, state = String, hooks(renew = renew))]
struct Token {
    sub: String,
}

async fn renew(_: Renew<'_, Token>) -> HookResult {
    Ok(())
}

fn main() {
    let _ = Token::config(JweKey::password("a password")).build();
}
