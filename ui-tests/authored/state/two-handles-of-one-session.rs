use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {}

#[derive(SessionState)]
struct App {
    first: SessionHandle<Token>,
    second: SessionHandle<Token>,
}

fn has<S: unjwt::HasSession<Token>>(_: &S) {}

fn uses(app: &App) {
    has(app);
    let _ = (&app.first, &app.second);
}

fn main() {}
