//! The provider's logout: it tells this service, not the browser (OpenID Connect Back-Channel Logout 1.0).

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, StatusCode};
use serde::Deserialize;

use crate::sessions::{App, User};
use crate::tokens::{Ends, ends};

/// The tolerance of [`LogoutToken`](crate::tokens::LogoutToken) in seconds, and one more.
const TOLERANCE: u64 = 61;
const MAX_JTI_LEN: usize = 256;

#[derive(Deserialize)]
pub struct Request {
    logout_token: String,
}

/// 200 once the logins have ended, and 400 if the token is refused or they could not be ended (§2.8).
pub async fn log_out(
    State(app): State<Arc<App>>,
    request: Result<Form<Request>, FormRejection>,
) -> (StatusCode, [(HeaderName, &'static str); 1]) {
    let status = match request {
        Ok(Form(request)) => match end(&app, &request.logout_token).await {
            Ok(()) => StatusCode::OK,
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "a logout token was refused");
                StatusCode::BAD_REQUEST
            }
        },
        Err(_) => StatusCode::BAD_REQUEST,
    };
    (status, [(CACHE_CONTROL, "no-store")])
}

async fn end(app: &App, token: &str) -> anyhow::Result<()> {
    let token = app.logout_tokens.verify_without_hooks(token).await?;
    let ends = ends(&token.data).map_err(anyhow::Error::msg)?;
    let jti = token.id.as_deref().context("no `jti`")?;
    ensure!(jti.len() <= MAX_JTI_LEN, "`jti` is too long");
    let until = token.expires_at.as_secs().saturating_add(TOLERANCE);
    ensure!(app.seen.claim(jti, until, app.logout_tokens.now().as_secs()), "`jti` was seen before");
    let logins = app.user.logins();
    let ended = match ends {
        Ends::Session(sid) => logins.end_by(User::by_provider_sid(&sid)).await,
        Ends::User(sub) => logins.end_by(User::by_sub(&sub)).await,
    };
    if ended.is_err() {
        // The provider may send it again.
        app.seen.release(jti);
    }
    Ok(ended?)
}
