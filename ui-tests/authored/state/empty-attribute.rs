use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

#[derive(SessionState)]
#[session_state()]
struct App {
    token: SessionHandle<Token>,
}

fn uses(app: &App) -> &SessionHandle<Token> {
    unjwt::HasSession::<Token>::handle(app)
}

fn main() {
    let _ = uses;
}
