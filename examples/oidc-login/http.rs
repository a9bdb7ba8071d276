//! Requests to the provider.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, IssuerUrl};
use reqwest::redirect::Policy;

use crate::oidc::Metadata;

/// More than any metadata, key set or ID token has.
const MAX_LEN: usize = 1024 * 1024;

pub struct Http(reqwest::Client);

impl Http {
    pub fn new() -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            // Nothing here redirects. Whoever follows can be sent to addresses of the own network.
            .redirect(Policy::none())
            .timeout(Duration::from_secs(10));
        client.build().map(Self)
    }

    async fn send(&self, request: HttpRequest) -> io::Result<HttpResponse> {
        let request = request.try_into().map_err(io::Error::other)?;
        let mut answer = self.0.execute(request).await.map_err(io::Error::other)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(io::Error::other)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_LEN {
                return Err(io::Error::other("the provider's answer is too long"));
            }
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }

    /// The provider's metadata, with its keys.
    pub async fn discover(&self, issuer: &IssuerUrl) -> anyhow::Result<Metadata> {
        Metadata::discover_async(issuer.clone(), self)
            .await
            .with_context(|| format!("cannot read the metadata of {}", issuer.as_str()))
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<HttpResponse>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
