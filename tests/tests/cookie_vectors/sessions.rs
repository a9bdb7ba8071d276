//! Sessions under any name and with any attributes, and requests to them.

use http::HeaderMap;
use http::header::{COOKIE, HeaderValue, SET_COOKIE};
use serde::{Deserialize, Serialize};
use unjwt::__private::{CookieSpec, Spec};
use unjwt::{JweKey, RequestContext, Session, Status, Tokens};

use super::support::TestClock;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "user")]
pub struct User {
    pub sub: String,
}

pub fn ada() -> User {
    User { sub: "ada".to_owned() }
}

/// More than one cookie holds.
pub fn big() -> User {
    User { sub: "x".repeat(5_000) }
}

pub const SPEC: Spec = <User as Session>::SPEC;

/// The attribute's own cookie, to be changed.
pub fn cookie() -> CookieSpec {
    SPEC.cookie.unwrap()
}

/// A session with this attribute, as the derive would write it.
pub fn tokens(spec: Spec, clock: &TestClock) -> Tokens<User> {
    let config = User::config(JweKey::secret([7; 32])).clock(clock.read());
    config.__with_spec(Box::leak(Box::new(spec))).build().unwrap()
}

pub fn named(name: &str, clock: &TestClock) -> Tokens<User> {
    tokens(Spec { name: name.to_owned().leak(), ..SPEC }, clock)
}

/// Reads the session of a request with these `Cookie` fields.
pub async fn read(tokens: &Tokens<User>, fields: &[HeaderValue]) -> (Status, Option<User>) {
    let manager = tokens.manager(&RequestContext::new(&request(fields))).await.unwrap();
    (manager.status(), manager.current().map(|current| User::clone(&current.data)))
}

pub fn request(fields: &[HeaderValue]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for field in fields {
        headers.append(COOKIE, field.clone());
    }
    headers
}

/// The lines of the request's response.
pub fn lines<S>(context: &RequestContext<S>) -> Vec<String> {
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    headers.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap().to_owned()).collect()
}
