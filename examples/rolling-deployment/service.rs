//! The service, which is the same for every version of the session: `Login` is that of the program.

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use unjwt::{Config, Current, JweKey, Logout, SessionHandle, SessionManager};
use unjwt_examples::{Args, key_file, serve};

use super::Login;

/// The session as a handler has it, and the version of its token. A service that counts the versions knows when
/// the last session of an old one is gone.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    login: Login,
    version: u32,
}

fn shown(current: &Current<Login>) -> Json<Shown> {
    Json(Shown { login: Login::clone(&current.data), version: current.version() })
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
}

/// A real service checks a password here.
async fn login(
    login: SessionManager<Login>,
    Json(Credentials { user }): Json<Credentials>,
) -> Result<Json<Shown>, unjwt::Error> {
    Ok(shown(&login.replace(Login::new(user)).await?))
}

/// Reading writes nothing: the session keeps the version that it has.
async fn me(login: Current<Login>) -> Json<Shown> {
    shown(&login)
}

/// Counts a visit in the session, which is of this program's version afterwards. A session that a newer program has
/// written is not changed: 503, and the next attempt may meet the newer program.
async fn visit(login: SessionManager<Login>) -> Result<Json<Shown>, unjwt::Error> {
    let login = login.update_with(|login| login.visits = login.visits.saturating_add(1)).await?;
    Ok(shown(&login))
}

/// Ends the session, whichever program has written it.
async fn logout(login: Logout<Login>) -> Result<StatusCode, unjwt::Error> {
    login.clear().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The key, which all programs share.
pub(super) fn key(args: &Args) -> anyhow::Result<JweKey> {
    Ok(JweKey::from_jwk(key_file(args.required("--key")?, "A256GCM")?))
}

pub(super) async fn run(args: &Args, config: Config<Login>) -> anyhow::Result<()> {
    let config = config.clock(args.clock()).insecure_cookies_for_local_http();
    let router = unjwt::install(config, |handle: SessionHandle<Login>| {
        let router = Router::new()
            .route("/login", post(login))
            .route("/me", get(me))
            .route("/visit", post(visit))
            .route("/logout", post(logout));
        (router, handle)
    })?;
    serve(args.port, router).await
}
