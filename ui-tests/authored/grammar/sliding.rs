use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, sliding = "1h")]
struct Visitor {
    name: String,
}

async fn handler(_: Visitor) {}

fn main() {
    let _: MethodRouter<SessionHandle<Visitor>> = get(handler);
}
