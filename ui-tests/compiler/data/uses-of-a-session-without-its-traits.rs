use axum::routing::{MethodRouter, get};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Session)]
#[session(jwe)]
struct Token {
    sub: String,
}

async fn handler(_: Token, _: Option<Token>, session: SessionManager<Token>) {
    let _ = session.replace(Token { sub: String::new() }).await;
    let _ = session.update(TokenPatch { sub: None }).await;
}

fn main() {
    let _: MethodRouter<SessionHandle<Token>> = get(handler);
    let _ = Token::config(JweKey::password("a password")).build();
}
