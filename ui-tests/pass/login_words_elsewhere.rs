#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

/// Names of a login's claims and of its settings are ordinary ones in other sessions.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1h")]
pub struct Visitor {
    pub sid: String,
    pub auth_time: u64,
    pub ep: u64,
    pub by: String,
    pub revocable: bool,
}

fn key() -> JweKey {
    JweKey::secret([7; 32])
}

impl Visitor {
    pub fn by_sid(&self) -> &str {
        &self.sid
    }
}

fn main() {
    Visitor::config(key()).build().unwrap();
    let _ = Visitor::by_sid;
}
