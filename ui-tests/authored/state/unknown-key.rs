use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {}

#[derive(SessionState)]
#[session_state(crat = ::unjwt)]
struct App {
    token: SessionHandle<Token>,
}

fn has<S: unjwt::HasSession<Token>>(_: &S) {}

fn uses(app: &App) {
    has(app);
}

fn main() {}
