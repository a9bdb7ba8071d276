//! The two sessions, their hooks, and the state that holds them.

use serde::{Deserialize, Serialize};
use tracing::{info, warn};
use unjwt::hooks::{Clear, Expire, Failure, HookResult, Read, Reuse, Update};
use unjwt::{Session, SessionHandle, SessionState};

/// The login: what a person begins by signing in on a device, and what a logout ends. It is encrypted and
/// `HttpOnly`: only this server can read it.
///
/// It ends after a week without a visit, and after 30 days in any case. `revocable` keeps in a store what has
/// ended, so that a copy of the cookie is dead too, and `by(sub)` makes the logins of a user a list. With
/// `rotation` each token is good for one renewal: whoever comes later with an old one has a copy, and the login
/// ends.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "refresh_token",
    max_age = "7D",
    absolute = "30D",
    revocable(by(sub)),
    rotation,
    hooks(
        on_read = on_read,
        on_update = on_update,
        on_clear = on_clear,
        on_expire = on_expire,
        on_error = on_error,
        on_reuse = on_reuse,
    )
)]
pub struct RefreshToken {
    pub sub: String,
    pub scope: Vec<String>,
}

/// The visitor's identity and permissions. It is signed: the page's scripts can read it, and nobody can
/// change it.
///
/// It lasts 15 minutes, so that the permissions in it are never older, and ends with its login. Whoever has a login
/// gets a new one with any request that needs it. The visitor notices nothing.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws(alg = "RS256"),
    name = "access_token",
    max_age = "15m",
    login = RefreshToken,
    hooks(
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

/// The renewal. A service that asks its database here, whether the user still exists and what the user may do now,
/// writes a hook instead: `hooks(renew = ..)`.
impl From<&RefreshToken> for AccessToken {
    fn from(login: &RefreshToken) -> Self {
        Self { sub: login.sub.clone(), scope: login.scope.clone() }
    }
}

/// The router's state: a handle for each session. If one is missing, the call of `install` does not compile.
#[derive(SessionState)]
pub struct App {
    pub access: SessionHandle<AccessToken>,
    pub refresh: SessionHandle<RefreshToken>,
}

// The hooks write a log line that contains only the id, since anyone who reads a token in a log can use the
// session. Both sessions use them, so they are generic.

async fn on_read<T: Session>(event: Read<'_, T>) -> HookResult {
    info!(session = event.session().name(), id = event.current().jti(), "on_read: a valid token came");
    Ok(())
}

async fn on_update<T: Session>(event: Update<'_, T>) -> HookResult {
    let old = event.old().and_then(|old| old.jti());
    info!(session = event.session().name(), id = event.current().jti(), old, "on_update: made a token");
    Ok(())
}

async fn on_clear<T: Session>(event: Clear<'_, T>) -> HookResult {
    let old = event.old().and_then(|old| old.jti());
    info!(session = event.session().name(), old, "on_clear: the session was ended");
    Ok(())
}

async fn on_expire<T: Session>(event: Expire<'_, T>) -> HookResult {
    info!(
        session = event.session().name(),
        id = event.expired().jti(),
        "on_expire: a token came that was good once"
    );
    Ok(())
}

async fn on_error<T: Session>(event: Failure<'_, T>) -> HookResult {
    let what = if event.is_write() { "a write failed" } else { "a token was refused" };
    info!(session = event.session().name(), code = event.error().code(), "on_error: {what}");
    Ok(())
}

/// Runs when the login has ended because of a copy: a real service tells the user, whose device or network somebody
/// else can read.
async fn on_reuse(event: Reuse<'_, RefreshToken>) -> HookResult {
    let copy = event.reused();
    warn!(session = "refresh_token", id = %copy.id, user = copy.data.sub, "on_reuse: a copy of a token came, so the login has ended");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_keep_their_shape() {
        let (sub, scope) = ("ada".to_owned(), vec!["read".to_owned()]);
        let access = AccessToken { sub: sub.clone(), scope: scope.clone() };
        unjwt::golden::check("refresh-token/golden", [RefreshToken { sub, scope }]);
        unjwt::golden::check("refresh-token/golden", [access]);
    }
}
