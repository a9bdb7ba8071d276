//! Signs access tokens, and publishes the public keys that verify them.
//!
//! `verifier.rs` is a service somewhere else that does so.

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use unjwt::{Jwk, JwkSet, JwsKey, Session, Tokens};
use unjwt_examples::{Args, serve};

const ALG: &str = "ES256";

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws(alg = "ES256"),
    name = "access_token",
    max_age = "15m",
    // Who signed it and for whom: both are written here and checked there.
    issuer = "https://id.example",
    audience = "https://api.example",
    cookie = false,
    extract = false
)]
struct AccessToken {
    sub: String,
    scope: Vec<String>,
}

/// The keys in their order: the first signs, the second will.
///
/// A verifier can use a key only after it has fetched it. So the next key is published long before anything is signed
/// with it, and a key that has signed stays for as long as its tokens live.
struct Keys {
    published: JwkSet,
    next: Jwk,
    tokens: Tokens<AccessToken>,
}

impl Keys {
    fn new(current: Jwk, next: Jwk, args: &Args) -> anyhow::Result<Self> {
        // Only the public halves leave this process: serialising a private key writes all of it.
        let published = JwkSet::from([current.clone(), next.clone()]).public();
        let key = JwsKey::from_pair(current, published.clone());
        let tokens = AccessToken::config(key).clock(args.clock()).build()?;
        Ok(Self { published, next, tokens })
    }
}

struct App {
    args: Args,
    keys: RwLock<Keys>,
}

/// What OpenID Connect calls the `jwks_uri`.
async fn jwks(State(app): State<Arc<App>>) -> impl IntoResponse {
    let keys = app.keys.read().unwrap_or_else(PoisonError::into_inner);
    // How late a verifier may be to learn of a new key: the time to wait between publishing and signing.
    ([(CACHE_CONTROL, "public, max-age=300")], Json(keys.published.clone()))
}

/// A token for anybody who asks: a real service asks who they are.
async fn token(State(app): State<Arc<App>>) -> Result<Json<Value>, unjwt::Error> {
    let tokens = app.keys.read().unwrap_or_else(PoisonError::into_inner).tokens.clone();
    let claims = AccessToken { sub: "ada".to_owned(), scope: vec!["read:profile".to_owned()] };
    let token = tokens.sign(&claims).await?.token;
    Ok(Json(json!({ "access_token": token.as_str(), "token_type": "Bearer" })))
}

/// The next key signs from now on. For the operator, in a real service from a schedule.
async fn rotate(State(app): State<Arc<App>>) -> Result<StatusCode, StatusCode> {
    let rotate = || -> anyhow::Result<()> {
        let mut keys = app.keys.write().unwrap_or_else(PoisonError::into_inner);
        let retired = keys.published.keys().first().cloned();
        let mut rotated = Keys::new(keys.next.clone(), Jwk::generate(ALG)?, &app.args)?;
        // Its last tokens live for another 15 minutes. At the next rotation it goes.
        rotated.published.extend(retired);
        *keys = rotated;
        Ok(())
    };
    rotate().map_err(|error| {
        tracing::error!("cannot rotate: {error:#}");
        StatusCode::INTERNAL_SERVER_ERROR
    })?;
    tracing::info!("the next key signs now");
    Ok(StatusCode::NO_CONTENT)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("jwks [PORT]", &[])?;
    // New ones with each start. A real service keeps them where it keeps its secrets.
    let keys = Keys::new(Jwk::generate(ALG)?, Jwk::generate(ALG)?, &args).context("no keys")?;
    let port = args.port;
    let app = Arc::new(App { args, keys: RwLock::new(keys) });
    let router = Router::new()
        .route("/.well-known/jwks.json", get(jwks))
        .route("/token", post(token))
        .route("/rotate", post(rotate))
        .with_state(app);
    serve(port, router).await
}
