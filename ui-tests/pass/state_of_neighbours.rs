#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid")]
pub struct One {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid.one")]
pub struct Two {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "Sid", header = "x-other")]
pub struct Three {
    pub sub: String,
}

#[derive(SessionState)]
pub struct App {
    pub one: SessionHandle<One>,
    pub two: SessionHandle<Two>,
    pub three: SessionHandle<Three>,
}

fn main() {}
