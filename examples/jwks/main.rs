//! Signs access tokens, and publishes the public keys that verify them.
//!
//! `verifier.rs` is a separate service that verifies them.

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
    // The issuer and the audience: both are written here and checked there.
    issuer = "https://id.example",
    audience = "https://api.example",
    cookie = false,
    extract = false
)]
struct AccessToken {
    sub: String,
    scope: Vec<String>,
}

/// The keys in order: the first one signs, the second one will sign next.
///
/// A verifier can use a key only after it has fetched it. The next key is therefore published long before
/// anything is signed with it, and a key that has signed stays until its tokens have expired.
struct Keys {
    published: JwkSet,
    next: Jwk,
    tokens: Tokens<AccessToken>,
}

impl Keys {
    fn new(current: Jwk, next: Jwk, args: &Args) -> anyhow::Result<Self> {
        // Only the public halves leave this process: serializing a private key would write all of it.
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

/// OpenID Connect calls this the `jwks_uri`.
async fn jwks(State(app): State<Arc<App>>) -> impl IntoResponse {
    let keys = app.keys.read().unwrap_or_else(PoisonError::into_inner);
    // How late a verifier may learn of a new key. Wait at least this long between publishing a key and
    // signing with it.
    ([(CACHE_CONTROL, "public, max-age=300")], Json(keys.published.clone()))
}

/// Issues a token to anybody who asks. A real service authenticates them.
async fn token(State(app): State<Arc<App>>) -> Result<Json<Value>, unjwt::Error> {
    let tokens = app.keys.read().unwrap_or_else(PoisonError::into_inner).tokens.clone();
    let claims = AccessToken { sub: "ada".to_owned(), scope: vec!["read:profile".to_owned()] };
    let token = tokens.sign(&claims).await?.token;
    Ok(Json(json!({ "access_token": token.as_str(), "token_type": "Bearer" })))
}

/// The next key signs from now on. A real service restricts this to the operator, or runs it on a schedule.
async fn rotate(State(app): State<Arc<App>>) -> Result<StatusCode, StatusCode> {
    let rotate = || -> anyhow::Result<()> {
        let mut keys = app.keys.write().unwrap_or_else(PoisonError::into_inner);
        let retired = keys.published.keys().first().cloned();
        let mut rotated = Keys::new(keys.next.clone(), Jwk::generate(ALG)?, &app.args)?;
        // Its last tokens are valid for another 15 minutes. It is removed at the next rotation.
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
    // New keys on every start. A real service keeps them where it keeps its secrets.
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
