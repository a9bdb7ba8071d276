//! Signs access tokens, and publishes the public keys that verify them.
//!
//! `verifier.rs` is a separate service that verifies them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use unjwt::keys::{KeyRing, KeyState, RingKey, RingKeys, jwks_router};
use unjwt::{Jwk, NumericDate, Session, Tokens};
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

/// The lifetime of a token, and a minute for clocks that differ: a key that has signed is published for that long after.
const RETIRES_AFTER: Duration = Duration::from_secs(16 * 60);
/// The time until the next key signs, unless somebody asks before.
const SIGNS_AFTER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

struct App {
    /// The key that signs, and the one that will sign next. A verifier can use a key only after it has fetched it, so the
    /// next one is published long before. A service on several machines loads the ring from a file that they share.
    ring: KeyRing,
    tokens: Tokens<AccessToken>,
}

impl App {
    fn new(args: &Args) -> anyhow::Result<Self> {
        let next = RingKey::new(Jwk::generate(ALG)?).activate_at(after(SIGNS_AFTER));
        let ring = KeyRing::new(RingKeys::new([RingKey::new(Jwk::generate(ALG)?), next])?);
        let tokens = AccessToken::config(&ring).clock(args.clock()).build()?;
        Ok(Self { ring, tokens })
    }

    /// Lets the next key sign from now on, and publishes the one after it.
    fn rotate(&self) -> anyhow::Result<()> {
        let keys = self.ring.keys();
        let now = after(Duration::ZERO);
        let writer = keys.writer(now).context("no key signs")?.kid();
        let rotated = keys.keys().iter().cloned().map(|key| match key.state(now) {
            KeyState::Pending => key.activate_at(now),
            KeyState::Active if key.kid() == writer => key.retire_at(after(RETIRES_AFTER)),
            _ => key,
        });
        let mut next: Vec<_> = rotated.filter(|key| key.state(now) != KeyState::Retired).collect();
        next.push(RingKey::new(Jwk::generate(ALG)?).activate_at(after(SIGNS_AFTER)));
        Ok(self.ring.replace(RingKeys::new(next)?)?)
    }
}

fn after(duration: Duration) -> NumericDate {
    (std::time::SystemTime::now() + duration).into()
}

/// Issues a token to anybody who asks. A real service authenticates them.
async fn token(State(app): State<Arc<App>>) -> Result<Json<Value>, unjwt::Error> {
    let claims = AccessToken { sub: "ada".to_owned(), scope: vec!["read:profile".to_owned()] };
    let token = app.tokens.sign(&claims).await?.token;
    Ok(Json(json!({ "access_token": token.as_str(), "token_type": "Bearer" })))
}

/// The next key signs from now on. A real service restricts this to the operator, or leaves it to the times in the ring.
async fn rotate(State(app): State<Arc<App>>) -> Result<StatusCode, StatusCode> {
    app.rotate().map_err(|error| {
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
    let app = App::new(&args).context("no keys")?;
    let router = Router::new()
        .route("/token", post(token))
        .route("/rotate", post(rotate))
        .merge(jwks_router(&app.ring)?)
        .with_state(Arc::new(app));
    serve(args.port, router).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_keeps_its_shape() {
        let token = AccessToken { sub: "ada".to_owned(), scope: vec!["read".to_owned()] };
        unjwt::golden::check("jwks/golden", [token]);
    }
}
