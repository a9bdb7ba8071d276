//! The tokens of identity providers, whose structs need no `Serialize`.

use std::sync::Arc;

use serde::Deserialize;
use unjwt::{Current, JwsKey, NumericDate, Scopes, Session};

#[derive(Clone, Deserialize, Session)]
#[session(jws, read_only, issued_elsewhere, header = "authorization", cookie = false)]
pub struct Plain {
    pub sub: String,
    pub scope: Scopes,
}

#[derive(Clone, Deserialize, Session)]
#[session(
    jws(alg = "RS256"),
    read_only,
    issued_elsewhere(typ("logout+jwt", "application/x/y"), untyped, audience_claim = "client_id"),
    issuer = "https://login.example",
    audience("web", "app"),
    max_age = "1h",
    subject = "service",
    clock_tolerance = "30s",
    required_claims("sid"),
    cookie(max_chunks = 2),
    name = "CF_Authorization",
    header = false
)]
pub struct Settings {
    pub sid: String,
    pub auth_time: Option<u64>,
    pub v: u8,
}

#[derive(Clone, Deserialize, Session)]
#[session(jws, read_only, issued_elsewhere(typ = "at+jwt"), header = "authorization", cookie = false)]
pub struct Generic<T: Clone + Send + Sync + 'static> {
    pub data: T,
}

/// Optional by type.
pub fn facts(current: &Current<Plain>) -> (Option<Arc<str>>, Option<NumericDate>, NumericDate, &str) {
    (current.id.clone(), current.created_at, current.expires_at, current.issuer())
}

pub fn several(keys: JwsKey, others: JwsKey) {
    let _ = Plain::config(keys).issuer("https://a").audience(["x"]).also_trusts("https://b", ["y"], others).build();
}

fn main() {}
