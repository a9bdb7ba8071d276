use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

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

#[axum::debug_handler(state = App)]
async fn handler(_: Refresh) {}

fn main() {
    let _ = handler;
}
