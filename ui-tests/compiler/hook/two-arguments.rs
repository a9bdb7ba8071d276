use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookResult, Read};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, hooks(on_read = seen))]
struct Token {
    sub: String,
}

async fn seen(_: Read<'_, Token>, _: u8) -> HookResult {
    Ok(())
}

fn main() {}
