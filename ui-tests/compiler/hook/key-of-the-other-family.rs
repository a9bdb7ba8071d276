use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookError, KeyLookup};
use unjwt::{JwsKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, hooks(key_lookup = find))]
struct Token {
    sub: String,
}

async fn find(_: KeyLookup<'_, Token>) -> Result<Option<JwsKey>, HookError> {
    Ok(None)
}

fn main() {}
