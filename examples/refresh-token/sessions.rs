//! The two sessions, their hooks, and the state that holds them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tracing::info;
use unjwt::hooks::{Clear, Expire, Failure, HookResult, Read, Renew, Update};
use unjwt::{Session, SessionHandle, SessionState};

/// The visitor's identity and permissions. It is signed: the page's scripts can read it, and nobody can
/// change it.
///
/// It is short-lived, because nothing can end it earlier: whoever copies it has it for 15 minutes.
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

/// The data from which a new access session is made. It is encrypted and `HttpOnly`: only this server can
/// read it.
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

/// The router's state: a handle for each session. If one is missing, the call of `install` does not compile.
#[derive(SessionState)]
pub struct App {
    pub access: SessionHandle<AccessToken>,
    pub refresh: SessionHandle<RefreshToken>,
}

/// Runs when a request has no valid access session, because it has expired or the browser has dropped it.
///
/// The handler then sees the session that is made here, and the response sets its cookie. The visitor notices
/// nothing.
async fn renew(event: Renew<'_, AccessToken>) -> HookResult {
    // Another session of the same request. It is read only when a hook or a handler asks for it.
    let refresh = event.other::<RefreshToken>().await?;
    let Some(refresh) = refresh.current() else {
        info!(session = "access_token", "renew: no refresh session, so the visitor stays logged out");
        return Ok(());
    };
    // A real service asks its database here if the user still exists, and for their present permissions.
    let claims = AccessToken { sub: refresh.data.sub.clone(), scope: refresh.data.scope.clone() };
    let renewed = event.session().replace(claims).await?;
    let reason = if event.expired().is_some() { "expired" } else { "missing" };
    info!(session = "access_token", id = %renewed.id, "renew: the token was {reason}, made a new one");
    Ok(())
}

// The other hooks write a log line that contains only the id, since anyone who reads a token in a log can use
// the session. Both sessions use them, so they are generic.

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
