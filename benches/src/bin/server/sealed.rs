//! seshcookie: the claims in one encrypted cookie.
//!
//! Without `/chunked`: it does not split a session, and browsers keep no cookie of that length.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use seshcookie::{Session, SessionConfig, SessionKeys, SessionLayer};
use unjwt_benches::claims::{COOKIE, Stamped};

use crate::SUB;

async fn read(session: Session<Stamped>) -> Result<String, StatusCode> {
    session.get().await.map(|claims| claims.sub).ok_or(StatusCode::UNAUTHORIZED)
}

async fn anonymous(session: Session<Stamped>) -> String {
    session.get().await.map_or_else(|| SUB.to_owned(), |claims| claims.sub)
}

async fn update(session: Session<Stamped>) -> Result<String, StatusCode> {
    let changed = session.modify(|claims| {
        let claims = claims.as_mut()?;
        claims.visits += 1;
        Some(claims.sub.clone())
    });
    changed.await.ok_or(StatusCode::UNAUTHORIZED)
}

async fn login(session: Session<Stamped>) {
    session.insert(Stamped::with_json_len(200)).await;
}

pub(crate) fn routes() -> Router {
    let keys = SessionKeys::new(&[7; 32]).expect("a key");
    let config = SessionConfig::default().cookie_name(COOKIE).max_age(Duration::from_secs(7 * 24 * 60 * 60));
    Router::new()
        .route("/dir", get(read))
        .route("/anonymous", get(anonymous))
        .route("/update", get(update))
        .route("/login/dir", get(login))
        .route("/login/update", get(login))
        .layer(SessionLayer::<Stamped>::new(keys, config).expect("a sound configuration"))
}
