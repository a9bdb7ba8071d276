//! The two sessions, what happens with them, and the state that holds them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tracing::info;
use unjwt::hooks::{Clear, Expire, Failure, HookResult, Read, Renew, Update};
use unjwt::{Session, SessionHandle, SessionState};

/// Who the visitor is and what they may do. Signed: the page's scripts can read it, and nobody can change it.
///
/// It is short, because nothing can end it before its time: whoever copies it has it for 15 minutes.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws(alg = "RS256"),
    name = "access_token",
    max_age = "15m",
    state = Arc<App>,
    hooks(
        renew = renew,
        on_read = on_read,
        on_update = on_update,
        on_clear = on_clear,
        on_expire = on_expire,
        on_error = on_error,
    )
)]
pub struct AccessToken {
    pub sub: String,
    pub scope: Vec<String>,
}

/// What a new access session is made of. Encrypted and `HttpOnly`: only this server reads it.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "refresh_token",
    max_age = "7D",
    hooks(
        on_read = on_read,
        on_update = on_update,
        on_clear = on_clear,
        on_expire = on_expire,
        on_error = on_error,
    )
)]
pub struct RefreshToken {
    pub sub: String,
    pub scope: Vec<String>,
}

/// The router's state: a handle for each session. Without one of them, `install` does not compile.
#[derive(SessionState)]
pub struct App {
    pub access: SessionHandle<AccessToken>,
    pub refresh: SessionHandle<RefreshToken>,
}

/// Runs when a request has no valid access session: it expired, or the browser has dropped it and none came.
///
/// The handler then sees the session that is made here, and the response sets its cookie. The visitor notices nothing.
async fn renew(event: Renew<'_, AccessToken>) -> HookResult {
    // Another session of the same request. Reading it costs nothing when nobody asks.
    let refresh = event.other::<RefreshToken>().await?;
    let Some(refresh) = refresh.current() else {
        info!(session = "access_token", "renew: no refresh session, so the visitor stays logged out");
        return Ok(());
    };
    // Here a real service asks its database whether the user still exists, and what they may do by now.
    let claims = AccessToken { sub: refresh.data.sub.clone(), scope: refresh.data.scope.clone() };
    let renewed = event.session().replace(claims).await?;
    let reason = if event.expired().is_some() { "expired" } else { "missing" };
    info!(session = "access_token", id = %renewed.id, "renew: the token was {reason}, made a new one");
    Ok(())
}

// The other hooks write a line to the log, and the id is all they tell: a token in a log is a session for whoever
// reads the log. Both sessions use them, so they are generic.

async fn on_read<T: Session>(event: Read<'_, T>) -> HookResult {
    info!(session = event.session().name(), id = %event.current().id, "on_read: a valid token came");
    Ok(())
}

async fn on_update<T: Session>(event: Update<'_, T>) -> HookResult {
    let old = event.old().map(|old| &*old.id);
    info!(session = event.session().name(), id = %event.current().id, old, "on_update: made a token");
    Ok(())
}

async fn on_clear<T: Session>(event: Clear<'_, T>) -> HookResult {
    let old = event.old().map(|old| &*old.id);
    info!(session = event.session().name(), old, "on_clear: the session was ended");
    Ok(())
}

async fn on_expire<T: Session>(event: Expire<'_, T>) -> HookResult {
    info!(session = event.session().name(), id = %event.expired().id, "on_expire: a token came that was good once");
    Ok(())
}

async fn on_error<T: Session>(event: Failure<'_, T>) -> HookResult {
    let what = if event.is_write() { "a write failed" } else { "a token was refused" };
    info!(session = event.session().name(), code = event.error().code(), "on_error: {what}");
    Ok(())
}
