//! Signs users in with an identity provider, over OpenID Connect, and signs them out when the provider says so.
//!
//! Continue with `sessions.rs`, then `flow.rs`, `callback.rs`, `tokens.rs`, `logout.rs` and `backchannel.rs`. `README.md` says how to
//! run it.

#![allow(unreachable_pub, reason = "a program has no outside: `pub` says what its other modules use")]

mod backchannel;
mod callback;
mod flow;
mod http;
mod logout;
mod oidc;
mod page;
mod provider;
mod return_to;
mod seen;
mod sessions;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::routing::{get, post};
use unjwt::keys::RemoteKeys;
use unjwt::{JweKey, SessionConfigs as _};
use unjwt_examples::{Args, random_secret, serve};
use unjwt_store::MemoryStore;

use crate::provider::Provider;
use crate::seen::Seen;
use crate::sessions::{App, Flow, User};
use crate::tokens::{IdToken, LogoutToken};

/// Whoever sends tokens with unknown keys makes the provider be asked no more often than this.
const COOLDOWN: Duration = Duration::from_secs(5);

const USAGE: &str = "oidc-login [PORT] --issuer URL [--client-id ID] [--origin URL]
  --issuer URL     the identity provider
  --client-id ID   what the provider calls this service: `web` unless given
  --origin URL     this service, as browsers see it: http://127.0.0.1:PORT unless given
  CLIENT_SECRET    in the environment: the secret that the provider has given to this service";

fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(page::home))
        .route("/account", get(page::account))
        .route("/login", get(flow::begin))
        .route("/callback", get(callback::finish))
        .route("/logout", post(logout::log_out))
        .route("/backchannel-logout", post(backchannel::log_out))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse(USAGE, &["--issuer", "--client-id", "--origin"])?;
    let secret =
        std::env::var("CLIENT_SECRET").context("CLIENT_SECRET is missing; --help shows the options")?;
    let client = (args.all("--client-id").last().unwrap_or("web"), secret);
    // From the configuration: the client chooses the `Host` of a request.
    let origin = args.all("--origin").last().map(str::to_owned);
    let origin = origin.unwrap_or_else(|| format!("http://127.0.0.1:{}", args.port));
    let provider = Provider::discover(args.required("--issuer")?, client, &origin).await?;

    // The keys are read again when they change. `http` is for a provider on this machine alone.
    let keys = RemoteKeys::discover(provider.issuer()).cooldown(COOLDOWN).allow_http_on_loopback().await?;
    let client = [provider.client_id()];
    let id_tokens = IdToken::config(keys.clone()).audience(client).clock(args.clock()).build()?;
    let logout_tokens = LogoutToken::config(keys).audience(client).clock(args.clock()).build()?;

    // One secret serves both: a separate key is derived from it for each struct, by its name. It ends with the process, as
    // does the memory of which logins have ended. A real service keeps both.
    let key = JweKey::secret(random_secret()?);
    let configs = (Flow::config(key.clone()), User::config(key))
        .store(MemoryStore::volatile())
        .clock(args.clock())
        // This example uses plain HTTP, where not every client keeps a `Secure` cookie.
        .insecure_cookies_for_local_http();

    let router = unjwt::install(configs, |(flow, user)| {
        (router(), Arc::new(App { flow, user, provider, id_tokens, logout_tokens, seen: Seen::default() }))
    })?;
    serve(args.port, router).await
}
