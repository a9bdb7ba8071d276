//! A service that authenticates users by the tokens of `jwks`. It has only the public keys.

use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use unjwt::keys::RemoteKeys;
use unjwt::{Session, SessionHandle};
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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("jwks-verifier [PORT] --jwks URL", &["--jwks"])?;

    // Fetched before anything is served, and again before the set is stale or when a token names a key that is not in it.
    // Whoever answers at this address decides who is signed in here: it is https, except on your own machine.
    let keys = RemoteKeys::jwks(args.required("--jwks")?).allow_http_on_loopback().await?;
    let kids: Vec<_> = keys.keys().keys().iter().filter_map(|key| key.kid().map(str::to_owned)).collect();
    tracing::info!(?kids, "fetched the keys");

    let config = AccessToken::config(keys).clock(args.clock());
    let router = unjwt::install(config, |token: SessionHandle<AccessToken>| {
        (Router::new().route("/me", get(me)), token)
    })?;
    serve(args.port, router).await
}
