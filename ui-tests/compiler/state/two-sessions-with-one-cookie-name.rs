use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid")]
struct Access {}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", header = false)]
struct Refresh {}

#[derive(SessionState)]
struct App {
    access: SessionHandle<Access>,
    refresh: SessionHandle<Refresh>,
}

fn main() {}
