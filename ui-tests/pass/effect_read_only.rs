#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::hooks::{Expire, Failure, HookError, HookResult, Read};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only, max_age = "1h", hooks(on_read = seen, on_expire = ended, on_error = failed))]
pub struct Token {
    pub sub: String,
}

async fn seen(event: Read<'_, Token>) -> HookResult {
    event.refuse();
    Ok(())
}

async fn ended(_: Expire<'_, Token>) -> HookResult {
    Ok(())
}

async fn failed(_: Failure<'_, Token>) -> HookResult {
    Err(HookError::new("refused"))
}

fn main() {}
