#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{HasSession, Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Token {
    pub sub: String,
}

#[derive(Clone, SessionState)]
#[session_state(crate = ::unjwt)]
pub struct App(SessionHandle<Token>, pub u8);

pub fn handle(app: &App) -> &SessionHandle<Token> {
    app.handle()
}

fn main() {}
