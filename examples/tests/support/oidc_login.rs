//! `oidc-login` with an identity provider of its own.

use anyhow::{Context as _, Result};
use serde_json::json;
use unjwt_store_servers::free_port;
use unjwt_test_provider::Provider;

use super::client::Client;
use super::server::{Folder, Program, Server};

pub struct Service {
    pub provider: Provider,
    pub server: Server,
    /// As browsers see it: another site than the provider's, which is at 127.0.0.1.
    pub origin: String,
}

impl Service {
    /// `None`, visibly, if Node is not installed and not required.
    pub fn start(test: &str) -> Result<Option<Self>> {
        let Some(provider) = Provider::start() else { return Ok(None) };
        let folder = Folder::new(test)?;
        let port = free_port();
        let origin = format!("http://localhost:{port}");
        let server = Program::new(env!("CARGO_BIN_EXE_oidc-login"), &folder)
            .arg(port.to_string())
            .arg("--issuer")
            .arg(provider.url())
            .arg("--origin")
            .arg(&origin)
            .env("CLIENT_SECRET", "secret-of-web")
            .start()?;
        let addresses = json!({
            "redirect_uris": [format!("{origin}/callback")],
            "post_logout_redirect_uris": [format!("{origin}/")],
            "backchannel_logout_uri": format!("{}/backchannel-logout", server.url),
        });
        provider.set_client("web", &addresses);
        Ok(Some(Self { provider, server, origin }))
    }

    pub fn client(&self) -> Client {
        Client::new(&self.server.url)
    }

    /// Begins a sign-in. Returns the address at the provider.
    pub fn begin(&self, client: &mut Client) -> Result<String> {
        let answer = client.get("/login?return_to=/account")?;
        let to = answer.header("location").with_context(|| format!("{answer:?}"))?;
        Ok(to.to_owned())
    }

    /// Signs in at the provider, in a browser of its own. Returns the path and query of the callback.
    pub fn at_provider(&self, authorization: &str, user: &str) -> Result<String> {
        let callback = self.provider.sign_in(authorization, user);
        let path = callback.strip_prefix(&self.origin).with_context(|| callback.clone())?;
        Ok(path.to_owned())
    }

    /// Signs in, in both places. Returns the path and query of the callback, which was used.
    pub fn sign_in(&self, client: &mut Client, user: &str) -> Result<String> {
        let callback = self.at_provider(&self.begin(client)?, user)?;
        let answer = client.get(&callback)?;
        anyhow::ensure!(answer.status == 303, "{answer:?}");
        Ok(callback)
    }
}

/// The user of whom the page of a service tells this client.
pub fn who(client: &mut Client) -> Result<String> {
    let body = client.get("/")?.body;
    let (_, rest) = body.split_once("<p id=user>You are ").with_context(|| body.clone())?;
    Ok(rest.split_once('.').with_context(|| body.clone())?.0.to_owned())
}
