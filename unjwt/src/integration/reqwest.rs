//! A client for [`RemoteKeys`]: reqwest over rustls.

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use crate::key::remote::{FetchError, KeyResponse, LONGEST, RemoteKeys, RemoteKeysBuilder};

impl RemoteKeys {
    /// Fetches a key set from its address (`jwks_uri`). Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// As [`jwks_with`](Self::jwks_with).
    #[cfg_attr(docsrs, doc(cfg(feature = "remote-keys")))]
    pub fn jwks(url: impl Into<String>) -> RemoteKeysBuilder {
        let fetch = fetcher();
        Self::jwks_with(url, fetch)
    }

    /// Finds the keys of an issuer by its metadata; see [`discover_with`](Self::discover_with). Needs a tokio runtime.
    ///
    /// ```no_run
    /// # async fn start() -> Result<(), unjwt::ConfigError> {
    /// use unjwt::keys::RemoteKeys;
    ///
    /// let keys = RemoteKeys::discover("https://accounts.google.com").await?;
    /// # let _ = keys; Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`discover_with`](Self::discover_with).
    #[cfg_attr(docsrs, doc(cfg(feature = "remote-keys")))]
    pub fn discover(issuer: impl Into<String>) -> RemoteKeysBuilder {
        let fetch = fetcher();
        Self::discover_with(issuer, fetch)
    }
}

/// Returns a client that follows no redirects: whoever could answer with one could as well answer with a key.
fn fetcher()
-> impl Fn(String) -> std::pin::Pin<Box<dyn Future<Output = Result<KeyResponse, FetchError>> + Send>>
+ Send
+ Sync
+ 'static {
    let client = Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!("unjwt/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| error.to_string());
    move |url| {
        let client = client.clone();
        Box::pin(async move { get(&client?, &url).await })
    }
}

async fn get(client: &Client, url: &str) -> Result<KeyResponse, FetchError> {
    let mut response = client.get(url).header("accept", "application/json").send().await.map_err(whole)?;
    if response.status() != StatusCode::OK {
        return Err(format!("the status is {} instead of 200", response.status().as_u16()).into());
    }
    let caching = response.headers().get("cache-control").and_then(|line| line.to_str().ok());
    let caching = caching.map(str::to_owned);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(whole)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            // The caller says so.
            break;
        }
    }
    let response = KeyResponse::from(body);
    Ok(match caching {
        Some(line) => response.with_cache_control(&line),
        None => response,
    })
}

/// The error with its causes, of which the first alone says little, and without the URL, which the caller names.
fn whole(error: reqwest::Error) -> FetchError {
    let error = error.without_url();
    let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}")).into()
}
