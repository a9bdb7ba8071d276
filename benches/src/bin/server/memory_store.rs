//! tower-sessions with its `MemoryStore`: an id in the cookie, signed or private, and the claims in this process.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tower_sessions::cookie::Key;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};
use unjwt_benches::claims::Stamped;

use crate::SUB;

const MEMBER: &str = "account";

async fn claims(session: &Session) -> Result<Option<Stamped>, StatusCode> {
    session.get(MEMBER).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn read(session: Session) -> Result<String, StatusCode> {
    Ok(claims(&session).await?.ok_or(StatusCode::UNAUTHORIZED)?.sub)
}

async fn anonymous(session: Session) -> Result<String, StatusCode> {
    Ok(claims(&session).await?.map_or_else(|| SUB.to_owned(), |claims| claims.sub))
}

async fn update(session: Session) -> Result<String, StatusCode> {
    let mut claims = claims(&session).await?.ok_or(StatusCode::UNAUTHORIZED)?;
    claims.visits += 1;
    insert(&session, &claims).await?;
    Ok(claims.sub)
}

async fn insert(session: &Session, claims: &Stamped) -> Result<(), StatusCode> {
    session.insert(MEMBER, claims).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn login<const LEN: usize>(session: Session) -> Result<(), StatusCode> {
    insert(&session, &Stamped::with_json_len(LEN)).await
}

pub(crate) fn routes() -> Router {
    let store = MemoryStore::default();
    let layer = || SessionManagerLayer::new(store.clone());
    let signed = Router::new()
        .route("/hs256", get(read))
        .route("/chunked", get(read))
        .route("/anonymous", get(anonymous))
        .route("/update", get(update))
        .route("/login/hs256", get(login::<200>))
        .route("/login/chunked", get(login::<{ 12 * 1024 }>))
        .layer(layer().with_signed(Key::from(&[7; 64])));
    let private = Router::new()
        .route("/dir", get(read))
        .route("/login/dir", get(login::<200>))
        .layer(layer().with_private(Key::from(&[7; 64])));
    signed.merge(private)
}
