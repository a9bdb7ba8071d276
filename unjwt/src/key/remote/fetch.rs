//! The request for a document, as a closure.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The most bytes of a key set or of a provider's metadata.
pub(crate) const LONGEST: usize = 256 * 1024;

/// The failure of a closure that fetches keys. Its text is logged.
pub type FetchError = Box<dyn std::error::Error + Send + Sync>;

/// A response with status 200 to a `GET`.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct KeyResponse {
    /// The body, of which at most 256 KiB are read.
    pub body: Vec<u8>,
    /// The `max-age` of `Cache-Control`, if the response has one (RFC 9111 §5.2.2.1).
    pub max_age: Option<Duration>,
}

impl KeyResponse {
    /// Sets the time for which the response is fresh, from a `Cache-Control` line like `public, max-age=300`.
    #[must_use]
    pub fn with_cache_control(mut self, line: &str) -> Self {
        let max_age = line.split(',').find_map(|directive| {
            let (name, seconds) = directive.trim().split_once('=')?;
            let seconds = seconds.trim().trim_matches('"').parse().ok()?;
            name.trim().eq_ignore_ascii_case("max-age").then(|| Duration::from_secs(seconds))
        });
        self.max_age = max_age.or(self.max_age);
        self
    }
}

impl From<Vec<u8>> for KeyResponse {
    fn from(body: Vec<u8>) -> Self {
        Self { body, max_age: None }
    }
}

impl From<String> for KeyResponse {
    fn from(body: String) -> Self {
        body.into_bytes().into()
    }
}

pub(super) type Fetching = Pin<Box<dyn Future<Output = Result<KeyResponse, FetchError>> + Send>>;

/// A way to fetch a document by its URL.
pub(super) type Fetch = Arc<dyn Fn(String) -> Fetching + Send + Sync>;

/// Boxes a closure.
pub(super) fn boxed<F, R, E>(fetch: impl Fn(String) -> F + Send + Sync + 'static) -> Fetch
where
    F: Future<Output = Result<R, E>> + Send + 'static,
    R: Into<KeyResponse>,
    E: Into<FetchError>,
{
    Arc::new(move |url| {
        let fetching = fetch(url);
        Box::pin(async move { fetching.await.map(Into::into).map_err(Into::into) })
    })
}

/// Fetches a document, within bounds of time and size. The error is for the log.
pub(super) async fn get(fetch: &Fetch, url: &str, timeout: Duration) -> Result<KeyResponse, String> {
    let response = match tokio::time::timeout(timeout, fetch(url.to_owned())).await {
        Ok(response) => response.map_err(|error| format!("{url}: {error}"))?,
        Err(_) => return Err(format!("{url}: no answer within {timeout:?}")),
    };
    if response.body.len() > LONGEST {
        return Err(format!("{url}: the answer has more than {LONGEST} bytes"));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_age_is_read_from_cache_control() {
        for (line, expected) in [
            ("max-age=300", Some(300)),
            ("public, Max-Age=\"60\", must-revalidate", Some(60)),
            ("s-maxage=5", None),
            ("no-store", None),
            ("max-age=-1", None),
            ("max-age=x, max-age=9", Some(9)),
        ] {
            let response = KeyResponse::default().with_cache_control(line);
            assert_eq!(response.max_age, expected.map(Duration::from_secs), "{line}");
        }
    }
}
