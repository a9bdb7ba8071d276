use axum::Router;
use serde::{Deserialize, Serialize};
use unjwt::{ConfigError, JweKey, Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Access {}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Refresh {}

#[derive(Clone, SessionState)]
struct App {
    access: SessionHandle<Access>,
}

fn main() -> Result<(), ConfigError> {
    let key = JweKey::password("a password");
    let _: Router = unjwt::install((Access::config(key.clone()), Refresh::config(key)), |(access, _)| {
        (Router::new(), App { access })
    })?;
    Ok(())
}
