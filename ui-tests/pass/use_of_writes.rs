#![deny(warnings)]

use std::time::Duration;

use serde::{Deserialize, Serialize};
use unjwt::{Logout, Session, SessionManager};

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
    session.replace(Token { sub: name }).max_age(Duration::from_secs(60)).browser_session().await?;
    session.update(TokenPatch { sub: None }).browser_session().await?;
    session.take().await?;
    session.clear().await
}

#[derive(Clone, Default, Serialize, Deserialize, Session)]
#[session(jws)]
pub struct Cart {
    pub rm: Vec<u64>,
}

pub async fn add(cart: SessionManager<Cart>, item: u64) -> Result<(), unjwt::Error> {
    cart.update_or_default(|cart| cart.rm.push(item)).await?;
    Ok(())
}

pub async fn logout(token: Logout<Token>) -> Result<&'static str, unjwt::Error> {
    let _ = token.current();
    token.clear().await?;
    Ok(Token::NAME)
}

fn is_send<T: Send>(_: T) {}

pub fn writes_are_send(session: SessionManager<Token>) {
    is_send(login(session));
}

pub fn logouts_are_send(token: Logout<Token>, cart: SessionManager<Cart>) {
    is_send(logout(token));
    is_send(add(cart, 1));
}

fn main() {}
