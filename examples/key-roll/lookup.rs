//! Like `key-roll`, with the old keys in a store that is asked for each token. A key that is removed from the
//! store is gone at once, in every instance of the service and without a restart.

use std::path::PathBuf;
use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookError, KeyLookup};
use unjwt::{JweKey, JwkSet, Session, SessionHandle, SessionManager, SessionState};
use unjwt_examples::{Args, key_file, serve};

/// The same session as in `main.rs`, with a hook.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe(alg = "dir", enc = "A256GCM"),
    name = "visit",
    max_age = "7D",
    state = Arc<App>,
    hooks(key_lookup = key_lookup)
)]
struct Visit {
    visitor: String,
    pages: u32,
}

#[derive(SessionState)]
struct App {
    visit: SessionHandle<Visit>,
    /// A file with a JWK set, which stands in for a key service.
    store: PathBuf,
}

/// Finds the key that opens this token. New tokens use the key of the configuration, whatever this returns.
async fn key_lookup(event: KeyLookup<'_, Visit>) -> Result<Option<JweKey>, HookError> {
    // The header is not verified yet, and the client chose the `kid`. Use it only to select one of our keys,
    // never as part of a file name, an address or a query.
    let Some(kid) = event.header().kid.as_deref() else { return Ok(None) };
    // A store that does not answer is an outage: a 503. `None` would make it a 401 and log everybody out.
    let json = tokio::fs::read(&event.state().store).await.map_err(HookError::unavailable)?;
    // An invalid answer is a fault: a 500. The parser's own message could quote a key.
    let store: JwkSet =
        serde_json::from_slice(&json).map_err(|_| HookError::new("the key store holds no JWK set"))?;
    let found = store.keys().iter().find(|key| key.kid() == Some(kid));
    tracing::info!(kid, found = found.is_some(), "key_lookup");
    // `None` leaves it to the session's own key.
    Ok(found.cloned().map(JweKey::from_jwk))
}

async fn show(visit: Visit) -> Json<Visit> {
    Json(visit)
}

async fn rotate(visit: SessionManager<Visit>) -> Result<Json<Visit>, unjwt::Error> {
    let visit = visit.rotate().await?;
    Ok(Json(Visit::clone(&visit.data)))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("key-roll-lookup [PORT] --key FILE --store FILE", &["--key", "--store"])?;
    let key = JweKey::from_jwk(key_file(args.required("--key")?, "A256GCM")?);
    let store = PathBuf::from(args.required("--store")?);

    let config = Visit::config(key).clock(args.clock()).insecure_cookies_for_local_http();
    let router = unjwt::install(config, |visit| {
        let router = Router::new().route("/", get(show)).route("/rotate", post(rotate));
        (router, Arc::new(App { visit, store }))
    })?;
    serve(args.port, router).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_keeps_its_shape() {
        unjwt::golden::check("key-roll/golden", [Visit { visitor: "ada".to_owned(), pages: 3 }]);
    }
}
