#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager, SessionRejection};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Token {
    pub sub: String,
}

#[axum::debug_handler(state = SessionHandle<Token>)]
async fn page(token: Option<Token>, session: SessionManager<Token>) -> String {
    let _ = session.status();
    token.map(|token| token.sub).unwrap_or_default()
}

#[axum::debug_handler(state = SessionHandle<Token>)]
async fn private(token: Result<Token, SessionRejection>) -> Result<String, axum::response::Redirect> {
    token.map(|token| token.sub).map_err(|_| axum::response::Redirect::to("/login"))
}

fn main() -> Result<(), unjwt::ConfigError> {
    let key = JweKey::password("a password of sixteen bytes");
    let _: axum::Router = unjwt::install(Token::config(key), |token| {
        let routes = axum::Router::new()
            .route("/", axum::routing::get(page))
            .route("/private", axum::routing::get(private));
        (routes, token)
    })?;
    Ok(())
}
