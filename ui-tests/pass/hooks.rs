#![deny(warnings)]

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use unjwt::hooks::{HookError, HookResult, KeyLookup, Read, Renew};
use unjwt::{JwsKey, Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws,
    max_age = "15m",
    id = new_id,
    state = Arc<App>,
    hooks(renew = hooks::renew, on_read = hooks::check::<Access>, key_lookup = find),
)]
struct Access {
    sub: String,
}

#[derive(SessionState)]
struct App {
    access: SessionHandle<Access>,
    keys: Vec<JwsKey>,
}

fn new_id() -> String {
    "id".into()
}

async fn find(event: KeyLookup<'_, Access>) -> Result<Option<JwsKey>, HookError> {
    Ok(event.state().keys.first().cloned())
}

mod hooks {
    use super::*;

    pub async fn renew(event: Renew<'_, Access>) -> HookResult {
        event.session().replace(Access { sub: "guest".into() }).await?;
        let _ = &event.state().access;
        Ok(())
    }

    pub async fn check<T: Session>(event: Read<'_, T>) -> HookResult {
        event.refuse();
        Ok(())
    }
}

fn main() {
    let _ = |key: JwsKey| Access::config(key);
}
