#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "15m")]
pub struct Token {
    pub sub: String,
}

pub async fn login(session: SessionManager<Token>) -> Result<(), unjwt::Error> {
    let name = String::from("ada");
    session.replace(Token { sub: name.clone() }).await?;
    session.update(TokenPatch { sub: Some(name.clone()) }).await?;
    session.update_with(|token| token.sub.push_str(&name)).await?;
    session.rotate().await?;
    session.clear().await
}

fn is_send<T: Send>(_: T) {}

pub fn writes_are_send(session: SessionManager<Token>) {
    is_send(login(session));
}

fn main() {}
