//! Sessions, a provider in memory, and its tokens.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use unjwt::keys::{RemoteKeys, RemoteKeysBuilder};
use unjwt::{ErrorKind, Jwk, JwkSet, NumericDate, Session, Tokens};

#[path = "../elsewhere/support.rs"]
mod signer;

pub use signer::sign_es256;

pub const A: &str = "https://a.example";
pub const B: &str = "https://b.example";

#[derive(Clone, Debug, Deserialize, Session)]
#[session(jws, read_only, issued_elsewhere, header = "authorization", audience = "api")]
pub struct Access {
    pub sub: String,
}
#[derive(Clone, Debug, Deserialize, Session)]
#[session(jws(alg = "ES256"), read_only, issued_elsewhere, cookie = false, audience = "api")]
pub struct OnlyEs {
    pub sub: String,
}
#[derive(Clone, Debug, Deserialize, Session)]
#[session(jws(alg = "HS256"), read_only, issued_elsewhere, cookie = false, audience = "api")]
pub struct Hs {
    pub sub: String,
}
#[derive(Clone, Debug, Deserialize, Session)]
#[session(jws, read_only, issued_elsewhere, cookie = false, audience = "api", max_age = "1h")]
pub struct Aged {
    pub sub: String,
}
#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, read_only, typ = "JWT")]
pub struct OwnRead {
    pub sub: String,
}
#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, typ = "JWT", max_age = "1h")]
pub struct OwnJwt {
    pub sub: String,
}

pub fn now() -> u64 {
    NumericDate::from(SystemTime::now()).as_secs()
}
pub fn es(kid: &str) -> Jwk {
    Jwk::generate("ES256").unwrap().with_kid(kid)
}
pub fn set(keys: &[&Jwk]) -> String {
    serde_json::to_string(&JwkSet::from(keys.iter().map(|k| k.public().unwrap()).collect::<Vec<_>>()))
        .unwrap()
}
pub fn sign(key: &Jwk, iss: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut c = json!({"iss": iss, "aud": "api", "sub": "u", "exp": now() + 600, "iat": now(), "jti": "j"});
    change(&mut c);
    sign_es256(key, &json!({"alg":"ES256","typ":"JWT","kid":key.kid()}).to_string(), &c.to_string())
}
pub type Body = Arc<Mutex<Result<String, String>>>;
pub fn remote(body: &Body, count: &Arc<AtomicUsize>) -> RemoteKeysBuilder {
    let (body, count) = (body.clone(), count.clone());
    RemoteKeys::jwks_with("https://a.example/jwks", move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        let r = body.lock().unwrap().clone();
        async move { r.map_err(std::io::Error::other) }
    })
}
pub fn body(s: String) -> Body {
    Arc::new(Mutex::new(Ok(s)))
}
pub async fn kind<T: Session + unjwt::bounds::Signed>(t: &Tokens<T>, token: &str) -> Option<ErrorKind> {
    t.verify_without_hooks(token).await.err().map(|e| e.kind())
}
pub async fn ms(n: u64) {
    tokio::time::sleep(Duration::from_millis(n)).await
}
