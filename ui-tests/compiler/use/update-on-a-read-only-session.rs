use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only)]
struct Token {
    sub: String,
}

async fn uses(session: SessionManager<Token>) {
    let _ = session.update(TokenPatch::default()).await;
}

fn main() {}
