//! The two sessions, their hooks, and the state that holds them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tracing::info;
use unjwt::hooks::{Clear, Expire, Failure, HookResult, Read, Renew, Update};
use unjwt::{Session, SessionHandle, SessionState};

/// The visitor's identity and permissions. It is signed: the page's scripts can read it, and nobody can
/// change it.
///
/// It lasts 15 minutes, so that the permissions in it are never older, and counts only together with the refresh
/// session: see `only_within_its_login`. `revocable` is for other services that verify it without one: if they
/// share the store, a logout here ends it there.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws(alg = "RS256"),
    name = "access_token",
    max_age = "15m",
    revocable,
    state = Arc<App>,
    hooks(
        renew = renew,
        on_read = only_within_its_login,
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

/// The login: what a person begins by signing in on a device, and what a logout ends. New access sessions are
/// made from its data. It is encrypted and `HttpOnly`: only this server can read it.
///
/// It ends after a week without a renewal, and after 30 days in any case. `revocable` keeps what has ended in a
/// store, so that a copy of the cookie is dead too, and `by(sub)` makes the logins of a user a list.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "refresh_token",
    max_age = "7D",
    absolute = "30D",
    revocable(by(sub)),
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

/// Runs for a valid access token. A login may have ended, here or on another machine, and its access token may
/// have been copied before: without the refresh session of the same user in the request, the token counts as
/// expired. `renew` then makes another one, if there is something to make it from.
async fn only_within_its_login(event: Read<'_, AccessToken>) -> HookResult {
    let refresh = event.other::<RefreshToken>().await?.current();
    if refresh.is_none_or(|refresh| refresh.data.sub != event.current().data.sub) {
        event.expire();
        info!(session = "access_token", id = %event.current().id, "on_read: a token came without its login");
        return Ok(());
    }
    on_read(event).await
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
