#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{RequestContext, Session, Tokens};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
pub struct Sealed {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws)]
pub struct Signed {
    pub sub: String,
}

pub async fn uses(sealed: &Tokens<Sealed>, signed: &Tokens<Signed>) -> Result<(), unjwt::Error> {
    let token = sealed.seal(&Sealed { sub: "a".into() }).await?.token;
    let _ = sealed.unseal_without_hooks(&token).await?.data.sub.len();
    let token = signed.sign(&Signed { sub: "a".into() }).await?.token;
    let _ = signed.verify_without_hooks(&token).await?.data.sub.len();
    let request = RequestContext::new(&http());
    sealed.replace(&request, Sealed { sub: "b".into() }).await?;
    sealed.clear(&request).await
}

fn http() -> axum::http::HeaderMap {
    axum::http::HeaderMap::new()
}

fn main() {}
