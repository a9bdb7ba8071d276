#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{HasSession, Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Token {
    pub sub: String,
}

#[derive(Clone, SessionState)]
pub struct App<D>
where
    D: Clone + Send + Sync + 'static,
{
    pub token: SessionHandle<Token>,
    pub database: D,
}

pub fn handle<D: Clone + Send + Sync>(app: &App<D>) -> &SessionHandle<Token> {
    app.handle()
}

fn main() {}
