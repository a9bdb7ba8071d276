#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, deprecated, clippy::all)]
//! Sessions in a crate with strict lints.

use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

/// A session that no code configures.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Token {
    /// The user.
    pub sub: String,
}

/// A state.
#[derive(SessionState)]
pub struct App {
    /// The handle.
    pub token: SessionHandle<Token>,
}

fn main() {
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jws)]
    struct Local {
        n: u8,
    }
}
