use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};
use unjwt::{DeviceBound, JwsKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only, issued_elsewhere, bind = "dbsc")]
struct Token {
    sub: String,
}

async fn handler(_: Token, _: Option<Token>, _: SessionManager<Token>) {}

fn needs<T: DeviceBound>() {}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JwsKey::secret([7; 32]));
    let _ = TokenPatch { sub: None };
    needs::<Token>();
}
