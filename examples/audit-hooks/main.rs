//! Logs the life of every session, and ends sessions before they expire.
//!
//! The hooks are here, in the order in which they run for a session, each with one log line. A line has
//! ids and codes but no token: anyone who reads a token in a log can use the session.

#![allow(unreachable_pub, reason = "a program has no outside: `pub` says what its other modules use")]

mod revoked;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};
use unjwt::hooks::{Clear, Expire, Failure, HookError, HookResult, KeyLookup, Read, Renew, Update};
use unjwt::{JweKey, Jwk, Session, SessionHandle, SessionManager, SessionState};
use unjwt_examples::{Args, serve};

use self::revoked::Revoked;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "sid",
    max_age = "5m",
    // The cookie outlives its token, so that an expired token is still sent and `on_expire` runs. By default
    // a browser drops the two together, and then only `renew` runs.
    cookie(max_age = "1h"),
    state = Arc<App>,
    hooks(
        key_lookup = key_lookup,
        on_read = on_read,
        on_update = on_update,
        on_expire = on_expire,
        renew = renew,
        on_error = on_error,
        on_clear = on_clear,
    )
)]
struct Account {
    user: String,
    /// The login that this session comes from. A token's own id, the `jti`, changes with every write. This
    /// stays, so revoking it affects every copy of every token since the login.
    login: String,
}

#[derive(SessionState)]
struct App {
    account: SessionHandle<Account>,
    revoked: Revoked,
}

/// A token arrived. `None`: look for the key among the session's own.
async fn key_lookup(event: KeyLookup<'_, Account>) -> Result<Option<JweKey>, HookError> {
    // Nothing in this header is verified yet. It is harmless here, because a log field is quoted.
    info!(kid = event.header().kid, "key_lookup");
    Ok(None)
}

/// The token is good. Check if the session was revoked.
async fn on_read(event: Read<'_, Account>) -> HookResult {
    let session = event.current();
    let revoked = event.state().revoked.contains(&session.data.login);
    if revoked {
        // 401 from here on, as if the token were invalid. If the list were in a database that does not
        // answer, this would return `HookError::unavailable`: a 503, which neither accepts a revoked session
        // nor logs the others out.
        event.refuse();
    }
    info!(id = %session.id, login = session.data.login, revoked, "on_read");
    Ok(())
}

/// A new token was made: by a login, a change or a renewal.
async fn on_update(event: Update<'_, Account>) -> HookResult {
    let old = event.old().map(|old| &*old.id);
    info!(id = %event.current().id, old, login = event.current().data.login, "on_update");
    Ok(())
}

/// The token was good, but has expired.
async fn on_expire(event: Expire<'_, Account>) -> HookResult {
    info!(id = %event.expired().id, expired_at = %event.expired().expires_at, "on_expire");
    Ok(())
}

/// There is no valid token. An expired session is renewed within the hour that its cookie lives.
///
/// `on_read` has not seen this session, so the list is checked here too.
async fn renew(event: Renew<'_, Account>) -> HookResult {
    let Some(expired) = event.expired() else {
        info!(outcome = "nobody is there", "renew");
        return Ok(());
    };
    let App { account, revoked } = event.state().as_ref();
    // The cookie's lifetime is enforced only by the browser.
    let late = account.now().as_secs().saturating_sub(expired.expires_at.as_secs()) > revoked::RENEWABLE;
    if late || revoked.contains(&expired.data.login) {
        info!(id = %expired.id, outcome = if late { "too late" } else { "revoked" }, "renew");
        return Ok(());
    }
    let renewed = event.session().replace(expired.data.as_ref().clone()).await?;
    info!(id = %expired.id, outcome = "renewed", new = %renewed.id, "renew");
    Ok(())
}

/// A token was refused, or a write failed.
async fn on_error(event: Failure<'_, Account>) -> HookResult {
    // An error's text contains no token, claim or key. The code is for metrics.
    warn!(code = event.error().code(), write = event.is_write(), "on_error");
    Ok(())
}

/// The session was ended. Its cookie is removed automatically; this also ends the copies of its tokens.
async fn on_clear(event: Clear<'_, Account>) -> HookResult {
    let old = event.old();
    if let Some(old) = old {
        let App { account, revoked } = event.state().as_ref();
        revoked.add(&old.data.login, account.now());
    }
    info!(id = old.map(|old| &*old.id), login = old.map(|old| &*old.data.login), "on_clear");
    Ok(())
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
}

/// Any user name works. One that does not fit in a cookie gets a 413, and `on_error` runs.
async fn login(
    account: SessionManager<Account>,
    State(app): State<Arc<App>>,
    Json(Credentials { user }): Json<Credentials>,
) -> Result<Json<Account>, unjwt::Error> {
    // This need not be unguessable, since only this service makes tokens.
    let login = app.revoked.next_login();
    Ok(Json(account.replace(Account { user, login }).await?.data.as_ref().clone()))
}

async fn me(account: Account) -> Json<Account> {
    Json(account)
}

async fn rename(
    account: SessionManager<Account>,
    Json(Credentials { user }): Json<Credentials>,
) -> Result<StatusCode, unjwt::Error> {
    account.update_with(|account| account.user = user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a `SessionManager` rather than a `Logout`: a session that has expired but can be renewed must end
/// too, and only the hooks know of it.
async fn logout(account: SessionManager<Account>) -> Result<StatusCode, unjwt::Error> {
    account.clear().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("audit-hooks [PORT]", &[])?;

    // A JWK has a `kid`, which `key_lookup` logs.
    let key = JweKey::from_jwk(Jwk::generate("A256GCM")?);
    let config = Account::config(key).clock(args.clock()).insecure_cookies_for_local_http();
    let router = unjwt::install(config, |account| {
        let router = Router::new()
            .route("/login", post(login))
            .route("/me", get(me))
            .route("/rename", post(rename))
            .route("/logout", post(logout));
        (router, Arc::new(App { account, revoked: Revoked::default() }))
    })?;
    serve(args.port, router).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_keeps_its_shape() {
        let account = Account { user: "ada".to_owned(), login: "login-0".to_owned() };
        unjwt::golden::check("audit-hooks/golden", [account]);
    }
}
