use axum::Router;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use unjwt::hooks::{HookResult, Renew};
use unjwt::{ConfigError, JweKey, Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, state = Arc<App>, hooks(renew = renew))]
struct Access {}

async fn renew(_: Renew<'_, Access>) -> HookResult {
    Ok(())
}

#[derive(Clone, SessionState)]
struct App {
    access: SessionHandle<Access>,
}

fn main() -> Result<(), ConfigError> {
    let key = JweKey::password("a password");
    let _: Router = unjwt::install(Access::config(key), |access| (Router::new(), App { access }))?;
    Ok(())
}
