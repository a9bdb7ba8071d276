use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1 h")]
struct Token<T: Clone, const N: usize>
where
    T: Send,
{
    data: Vec<T>,
}

async fn handler(_: Token<u8, 3>, _: Option<Token<String, 0>>) {}

fn main() {
    let _ = Token::<u8, 3>::config(JweKey::password("a password"));
    let _ = TokenPatch::<u8, 3> { data: None };
    let _ = get::<_, _, State>(handler);
    let _: Option<MethodRouter<SessionHandle<Token<u8, 3>>>> = None;
}

#[derive(Clone, unjwt::SessionState)]
struct State {
    first: SessionHandle<Token<u8, 3>>,
    second: SessionHandle<Token<String, 0>>,
}
