use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionManager, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

#[derive(SessionState)]
struct App {
    token: SessionManager<Token>,
}

fn uses(app: &App) -> &SessionHandle<Token> {
    unjwt::HasSession::<Token>::handle(app)
}

fn main() {
    let _ = uses;
}
