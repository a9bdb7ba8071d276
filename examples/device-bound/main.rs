//! A login that is bound to the device on which it began: a cookie that somebody copies is dead within minutes.
//!
//! `README.md` says how to start a browser that can do it, and what it sends.

mod tls;
mod wire;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::{Deserialize, Serialize};
use unjwt::{
    Current, JweKey, Logout, RequireBound, Session, SessionConfigs as _, SessionHandle, SessionManager,
    SessionState,
};
use unjwt_examples::{Args, random_secret};
use unjwt_store::MemoryStore;

/// The login, which ends after 30 days in any case. With `revocable`, a copy that is older than the binding dies too.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-login", max_age = "30D", absolute = "30D", revocable(by(user)))]
struct Login {
    user: String,
}

/// The session of ten minutes. Once the browser has registered its device, only that device's signature renews it.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-access", max_age = "10m", login = Login, bind = "dbsc")]
struct Access {
    user: String,
}

impl From<&Login> for Access {
    fn from(login: &Login) -> Self {
        Self { user: login.user.clone() }
    }
}

#[derive(Clone, SessionState)]
struct App {
    login: SessionHandle<Login>,
    access: SessionHandle<Access>,
}

#[derive(Deserialize)]
struct Name {
    user: String,
}

/// A real service asks for a password. The response offers the browser a registration by itself.
async fn log_in(login: SessionManager<Login>, Query(name): Query<Name>) -> Result<StatusCode, unjwt::Error> {
    login.replace(Login { user: name.user }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
struct Me {
    user: String,
    is_bound: bool,
}

async fn me(access: Current<Access>) -> Json<Me> {
    Json(Me { user: access.data.user.clone(), is_bound: access.is_bound() })
}

/// Requires a device: 403 in the moment before the registration, and in a browser without it.
async fn secret(access: RequireBound<Access>) -> String {
    format!("The secret of {}.", access.data.user)
}

async fn log_out(login: Logout<Login>) -> Result<StatusCode, unjwt::Error> {
    login.clear().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("device-bound [PORT]", &[])?;

    // The keys live as long as the process, and so may the list of the logins that have ended. There is no
    // `insecure_cookies_for_local_http`, since browsers bind sessions over https alone.
    let configs =
        (Login::config(JweKey::secret(random_secret()?)), Access::config(JweKey::secret(random_secret()?)));
    let configs = configs.clock(args.clock()).store(MemoryStore::volatile());

    // The two routes at which browsers register and renew come with `install`.
    let router = unjwt::install(configs, |(login, access)| {
        let router = Router::new()
            .route("/", get(async || Html(include_str!("page.html"))))
            .route("/login", post(log_in))
            .route("/me", get(me))
            .route("/secret", get(secret))
            .route("/logout", post(log_out));
        (router, App { login, access })
    })?;
    tls::serve(args.port, router.layer(middleware::from_fn(wire::show))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_keep_their_shape() {
        let user = "ada".to_owned();
        unjwt::golden::check("device-bound/golden", [Access { user: user.clone() }]);
        unjwt::golden::check("device-bound/golden", [Login { user }]);
    }
}
