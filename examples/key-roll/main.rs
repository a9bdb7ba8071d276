//! An encrypted session whose key is replaced while users are signed in, without their noticing.
//!
//! | start with | when |
//! |---|---|
//! | `--key old.jwk` | before |
//! | `--key old.jwk --also-reads new.jwk` | first, if several instances run: all must know the new key before any of them writes with it |
//! | `--key new.jwk --also-reads old.jwk` | during: writes use the new key, and the old one is still read |
//! | `--key new.jwk` | after every token of the old key has expired: here 7 days later |

use anyhow::Context as _;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};
use unjwt_examples::{Args, key_file, serve};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "dir", enc = "A256GCM"), name = "visit", max_age = "7D")]
struct Visit {
    visitor: String,
    pages: u32,
}

/// Only reads, and so leaves the token with its present key.
async fn show(visit: Visit) -> Json<Visit> {
    Json(visit)
}

async fn begin(visit: SessionManager<Visit>) -> Result<Json<Visit>, unjwt::Error> {
    let visit = visit.replace(Visit { visitor: "ada".to_owned(), pages: 0 }).await?;
    Ok(Json(Visit::clone(&visit.data)))
}

/// Any write makes a token with the new key, which is always `--key`. Most sessions of active users move in
/// this way, without any code for it.
async fn turn_page(visit: SessionManager<Visit>) -> Result<Json<Visit>, unjwt::Error> {
    let visit = visit.update_with(|visit| visit.pages = visit.pages.saturating_add(1)).await?;
    Ok(Json(Visit::clone(&visit.data)))
}

/// Only moves the session to the new key. A page's script can call this once a day, so that visitors who only
/// read move too.
async fn rotate(visit: SessionManager<Visit>) -> Result<Json<Visit>, unjwt::Error> {
    let visit = visit.rotate().await?;
    Ok(Json(Visit::clone(&visit.data)))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("key-roll [PORT] --key FILE [--also-reads FILE]..", &["--key", "--also-reads"])?;

    // The keys have thumbprints as `kid`, which each token carries. The right key is therefore found at once,
    // and no key is tried on another key's token.
    let key = JweKey::from_jwk(key_file(args.required("--key")?, "A256GCM")?);
    let mut config = Visit::config(key).clock(args.clock()).insecure_cookies_for_local_http();
    for file in args.all("--also-reads") {
        config = config.also_reads(JweKey::from_jwk(key_file(file, "A256GCM")?));
    }

    let router = unjwt::install(config, |visit: SessionHandle<Visit>| {
        let router = Router::new()
            .route("/", get(show))
            .route("/begin", post(begin))
            .route("/page", post(turn_page))
            .route("/rotate", post(rotate));
        (router, visit)
    })
    .context("with these keys")?;
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
