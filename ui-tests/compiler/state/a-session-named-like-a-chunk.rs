use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

mod access {
    #[derive(Clone, serde::Serialize, serde::Deserialize, unjwt::Session)]
    #[session(jwe, name = "sid.1")]
    pub struct Token {}
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid")]
struct Refresh {}

#[derive(SessionState)]
struct App {
    refresh: SessionHandle<Refresh>,
    access: SessionHandle<access::Token>,
}

fn main() {}
