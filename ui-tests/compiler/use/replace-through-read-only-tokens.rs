use serde::{Deserialize, Serialize};
use unjwt::{RequestContext, Session, Tokens};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, read_only)]
struct Token {
    sub: String,
}

async fn uses(tokens: &Tokens<Token>, request: &RequestContext, data: Token) {
    let _ = tokens.replace(request, data).await;
}

fn main() {}
