use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only)]
struct Token {
    sub: String,
}

async fn uses(session: SessionManager<Token>) -> Result<(), unjwt::Error> {
    session.clear().await
}

fn main() {}
