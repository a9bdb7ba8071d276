use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, header = "Authorization")]
struct Access {}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, header = "authorization")]
struct Refresh {}

#[derive(SessionState)]
struct App {
    access: SessionHandle<Access>,
    refresh: SessionHandle<Refresh>,
}

fn main() {}
