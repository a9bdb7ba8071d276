//! Keeps users signed in with two sessions: a short one that identifies them, and a long one that renews it.
//!
//! Continue with `sessions.rs`, then `routes.rs`, `login.rs` and `devices.rs`. `README.md` says how to run it.

#![allow(unreachable_pub, reason = "a program has no outside: `pub` says what its other modules use")]

mod args;
mod devices;
mod keys;
mod login;
mod routes;
mod sessions;
mod store;
mod view;

use std::sync::Arc;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;
use unjwt::{JweKey, JwsKey, SessionConfigs as _};

use crate::args::Args;
use crate::keys::Keys;
use crate::sessions::{AccessToken, App, RefreshToken};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `RUST_LOG=info` shows what each hook did. The log goes to stderr; stdout has only the line with the
    // page's address.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    let Some(args) = Args::parse(std::env::args().skip(1))? else {
        print!("{}", args::HELP);
        return Ok(());
    };
    let keys = Keys::load_or_create(&args.keys)?;
    let store = store::open(&args.store()).await.context("cannot use the store")?;

    // Sets what the attributes in `sessions.rs` leave open: the keys, the store and the deployment.
    //
    // This page uses plain HTTP, where curl and some browsers do not keep a `Secure` cookie. A service that
    // others can reach must use HTTPS and leave this out.
    let configs = (
        AccessToken::config(JwsKey::from_jwk(keys.access_token)),
        RefreshToken::config(JweKey::secret(keys.refresh_token.into_bytes())),
    )
        .store(store)
        .clock(args.clock())
        .insecure_cookies_for_local_http();

    // Checks the keys and passes the handles to the state. A misconfigured server does not start.
    let router =
        unjwt::install(configs, |(access, refresh)| (routes::router(), Arc::new(App { access, refresh })))
            .with_context(|| format!("with the keys in {}", args.keys.display()))?;

    // On 127.0.0.1, until Ctrl-C: only this machine can reach it.
    unjwt_examples::serve(args.port, router).await
}
