//! A shop: users with passwords, a login that lasts and ends, roles, a cart, an API, and metrics.
//!
//! Start with `sessions.rs`, then `routes.rs`. `README.md` says how to run it.

#![allow(unreachable_pub, reason = "a program has no outside: `pub` says what its other modules use")]

mod api;
mod pages;
mod routes;
mod sessions;
mod users;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusBuilder;
use unjwt::{JweKey, Jwk, JwsKey, SessionConfigs};
use unjwt_examples::{Args, key_file, serve};
use unjwt_store::Store;
use unjwt_store_sqlite::SqliteStore;

use sessions::{Access, App, Cart, Flash, Login};
use users::Users;

/// The keys are those of the secret store, and `is_local` for plain HTTP on this machine alone.
fn service(
    (signing, secret): (Jwk, Jwk),
    store: impl Store,
    users: Users,
    clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    is_local: bool,
) -> anyhow::Result<Router> {
    let secret = JweKey::from_jwk(secret);
    let configs = (
        Login::config(secret.clone()),
        Access::config(JwsKey::from_jwk(signing)),
        Cart::config(secret.clone()),
        Flash::config(secret),
    );
    let configs = configs.store(store).clock(clock);
    let configs = if is_local { configs.insecure_cookies_for_local_http() } else { configs };
    let api = api::router()?;
    Ok(unjwt::install(configs, |(login, access, cart, flash)| {
        (routes::router().merge(api), Arc::new(App { login, access, cart, flash, users }))
    })?)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("shop [PORT] --data FOLDER --clerk PASSWORD", &["--data", "--clerk"])?;
    let folder = PathBuf::from(args.required("--data")?);
    std::fs::create_dir_all(&folder)?;
    let keys =
        (key_file(folder.join("signing.jwk"), "ES256")?, key_file(folder.join("secret.jwk"), "A256KW")?);
    let users = Users::open(&folder.join("users.db"), args.required("--clerk")?)?;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    unjwt::metrics::describe();
    let store = SqliteStore::open(folder.join("logins.db"))?;
    let router = service(keys, store, users, args.clock(), true)?;
    serve(args.port, router.route("/metrics", get(async move || metrics.render()))).await
}
