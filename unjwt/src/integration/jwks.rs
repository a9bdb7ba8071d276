//! The public keys of a ring as a route.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::config_error::ConfigError;
use crate::crypto::sha256;
use crate::key::ring::{KeyRing, ring_error};
use crate::util::base64;

/// The time for which a verifier may keep the keys, in seconds. A key must be published for longer than that before it
/// signs.
const FRESH: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// A router with the one route `/.well-known/jwks.json`, which publishes the public halves of a ring's keys (RFC 7517 §5):
/// also those that do not sign yet, and not those that have retired.
///
/// Its responses have `Cache-Control: public, max-age=300` and an `ETag`, for which `If-None-Match` gets a 304 (RFC 9110
/// §13.1.2). A new key must be in the ring for at least 10 minutes before it activates, so that nobody holds a set
/// without it.
///
/// ```no_run
/// # use axum::Router;
/// use unjwt::keys::{KeyRing, jwks_router};
///
/// # async fn start() -> Result<(), unjwt::ConfigError> {
/// let ring = KeyRing::from_file("/etc/shop/keys.json").await?;
/// let router: Router = Router::new().merge(jwks_router(&ring)?);
/// # let _ = router; Ok(()) }
/// ```
///
/// # Errors
///
/// [`ConfigError::KeySource`] if all keys of the ring are symmetric, which have no public half.
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub fn jwks_router<S: Clone + Send + Sync + 'static>(ring: &KeyRing) -> Result<Router<S>, ConfigError> {
    if ring.keys().keys().iter().all(|key| key.jwk().public().is_none()) {
        return Err(ring_error(
            "all keys are symmetric, so that there is nothing to publish: make a key pair, with `unjwt keys new --alg ES256` or \
             `Jwk::generate(\"ES256\")`"
                .to_owned(),
        ));
    }
    Ok(Router::new().route("/.well-known/jwks.json", get(jwks).with_state(ring.clone())))
}

async fn jwks(State(ring): State<KeyRing>, headers: HeaderMap) -> Response {
    let public = ring.keys().public(std::time::SystemTime::now().into());
    // A set of JWKs is JSON.
    let body = serde_json::to_vec(&public).unwrap_or_default();
    let tag = format!("\"{}\"", base64::encode(&sha256(&body)));
    let is_known = headers.get_all(IF_NONE_MATCH).iter().any(|line| {
        let mut known = line.to_str().unwrap_or_default().split(',');
        known.any(|known| known.trim() == "*" || known.trim().trim_start_matches("W/") == tag)
    });
    let head = [
        (CACHE_CONTROL, FRESH),
        (ETAG, HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, [(CONTENT_TYPE, "application/jwk-set+json")], body).into_response()
}
