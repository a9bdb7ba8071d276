//! A Rust service beside a Nuxt front end: one session cookie for both.
//!
//! The front end, in `front-end`, signs users in. This service reads the same session, adds items to its basket,
//! and signs users out. Neither sends requests to the other; they share a key.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use unjwt::{Current, JweKey, Logout, Session, SessionHandle, SessionManager};
use unjwt_examples::{Args, key_file, serve};
use unjwt_store_sqlite::SqliteStore;

/// The same session as in `front-end/server/utils/session.mjs`: change both or neither.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    // Pinned on both sides: a token with other algorithms is refused, even with the right key.
    jwe(alg = "dir", enc = "A256GCM"),
    name = "visitor",
    max_age = "1D",
    // A logout ends every copy of the token. The front end names the login: see `login.post.mjs`.
    revocable(by(user)),
    // The default, written out because the front end must set it too.
    typ = "visitor+jwt",
    cookie(path = "/", http_only = true, same_site = "lax"),
    // The same order as the front end's.
    sources(header, cookie)
)]
struct Visitor {
    user: String,
    basket: Vec<String>,
    /// Fields that only the front end uses. Without this member, our writes would drop them.
    #[serde(flatten)]
    front_end: Map<String, Value>,
}

/// 401 for a visitor whom the front end has not signed in.
async fn basket(visitor: Current<Visitor>) -> Json<Value> {
    Json(json!({ "id": &*visitor.id, "user": visitor.data.user, "basket": visitor.data.basket }))
}

/// Adds to the basket. The write makes a new token with a new expiry, and the front end sees both on the next
/// request.
async fn add(
    visitor: SessionManager<Visitor>,
    Path(article): Path<String>,
) -> Result<Json<Value>, unjwt::Error> {
    let visitor = visitor.update_with(|visitor| visitor.basket.push(article)).await?;
    Ok(Json(json!({ "basket": visitor.data.basket })))
}

/// Removes the cookie for the front end as well, and ends the login here.
async fn leave(visitor: Logout<Visitor>) -> Result<StatusCode, unjwt::Error> {
    visitor.clear().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all logins of the user.
async fn leave_everywhere(
    visitor: SessionManager<Visitor>,
    State(visitors): State<SessionHandle<Visitor>>,
) -> Result<StatusCode, unjwt::Error> {
    if let Some(current) = visitor.current() {
        visitors.logins().end_by(Visitor::by_user(&current.data.user)).await?;
    }
    visitor.clear().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("nuxt-neighbour [PORT] [--key FILE] [--store FILE]", &["--key", "--store"])?;

    // The file holds the JWK that the front end has as `NUXT_SESSION_KEY`. It is made if it does not exist.
    let file = args.all("--key").last().unwrap_or("nuxt-neighbour.jwk");
    let key = JweKey::from_jwk(key_file(file, "A256GCM")?);

    let store = SqliteStore::open(args.all("--store").last().unwrap_or("nuxt-neighbour.db"))?;
    let config = Visitor::config(key).store(store).clock(args.clock()).insecure_cookies_for_local_http();
    let router = unjwt::install(config, |visitor: SessionHandle<Visitor>| {
        let router = Router::new()
            .route("/shop/basket", get(basket))
            .route("/shop/basket/{article}", post(add))
            .route("/shop/leave", post(leave))
            .route("/shop/leave-everywhere", post(leave_everywhere));
        (router, visitor)
    })?;
    serve(args.port, router).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_keeps_its_shape() {
        let visitor =
            |front_end| Visitor { user: "ada".to_owned(), basket: vec!["apple".to_owned()], front_end };
        let theme = Map::from_iter([("theme".to_owned(), json!("dark"))]);
        unjwt::golden::check("nuxt-neighbour/golden", [visitor(Map::new()), visitor(theme)]);
    }
}
