//! The response to a test's request.

use std::fmt;

use axum::body::Body;
use http::{HeaderMap, Response, StatusCode};
use serde::de::DeserializeOwned;

/// A response that has been read to its end.
#[derive(Clone)]
#[non_exhaustive]
pub struct Reply {
    /// The status, which can be compared with a number: `assert_eq!(reply.status, 200)`.
    pub status: StatusCode,
    /// The headers, with `Set-Cookie` as it was sent.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    #[allow(clippy::panic)] // A failed test.
    pub(super) async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        match axum::body::to_bytes(body, usize::MAX).await {
            Ok(body) => Self { status: parts.status, headers: parts.headers, body: body.into() },
            Err(error) => panic!("the body of the response ended with an error: {error}"),
        }
    }

    /// Returns the body as text.
    ///
    /// # Panics
    ///
    /// Panics if it is not UTF-8.
    #[track_caller]
    #[allow(clippy::panic)] // A failed test.
    pub fn text(&self) -> &str {
        match std::str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) => panic!("the body is not text: {error}"),
        }
    }

    /// Returns the value of the body's JSON.
    ///
    /// # Panics
    ///
    /// Panics with status and body if it is not JSON of that type.
    #[track_caller]
    #[allow(clippy::panic)] // A failed test.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{error} in the body of {self:?}"),
        }
    }

    /// Returns a header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the names of the cookies that the response sets or removes, in their order.
    pub fn set_cookies(&self) -> impl Iterator<Item = &str> {
        let lines =
            self.headers.get_all(http::header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name)
    }
}

/// Shows the status and the body, and the names of the headers.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &String::from_utf8_lossy(&self.body))
            .finish()
    }
}
