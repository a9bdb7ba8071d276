use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only)]
struct Token {
    sub: String,
}

async fn uses(session: SessionManager<Token>, data: Token) {
    let _ = session.replace(data).await;
}

fn main() {}
