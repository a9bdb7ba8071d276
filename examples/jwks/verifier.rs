//! A service that authenticates users by the tokens of `jwks`. It has only the public keys.

use std::time::Duration;

use anyhow::Context as _;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use unjwt::{JwkSet, JwsKey, Session, SessionHandle};
use unjwt_examples::{Args, serve};

/// This service's own definition of the token, with the claims that it needs. The algorithm is pinned here,
/// so neither a token nor a key that appears in the set can choose it.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws(alg = "ES256"),
    read_only,
    name = "access_token",
    max_age = "15m",
    issuer = "https://id.example",
    audience = "https://api.example",
    cookie = false,
    header = "authorization"
)]
struct AccessToken {
    sub: String,
}

/// 401 without a valid token.
async fn me(token: AccessToken) -> Json<AccessToken> {
    Json(token)
}

/// Whoever answers at this address decides who is signed in here. Use https, except on your own machine.
fn fetch(url: &str) -> anyhow::Result<JwkSet> {
    let client: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(10))).build().into();
    let mut answer = client.get(url).call()?;
    let json = answer.body_mut().with_config().limit(64 * 1024).read_to_string()?;
    // Keys of unknown types are not an error: the others are used.
    Ok(serde_json::from_str(&json)?)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("jwks-verifier [PORT] --jwks URL", &["--jwks"])?;

    // Fetched once, before anything is served; the set already contains the next key. A service that outlives
    // two rotations must fetch again. It can do so in a `key_lookup` hook when an unknown `kid` arrives, with
    // a rate limit, since anybody can send one.
    let url = args.required("--jwks")?;
    let keys = fetch(url).with_context(|| format!("cannot fetch the keys from {url}"))?;
    let kids: Vec<_> = keys.keys().iter().filter_map(|key| key.kid()).collect();
    tracing::info!(?kids, "fetched the keys");

    let config = AccessToken::config(JwsKey::verify_only(keys)).clock(args.clock());
    let router = unjwt::install(config, |token: SessionHandle<AccessToken>| {
        (Router::new().route("/me", get(me)), token)
    })?;
    serve(args.port, router).await
}
