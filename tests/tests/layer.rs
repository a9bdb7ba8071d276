//! The layer in a tower service that is not axum's.

use std::convert::Infallible;

use axum::extract::FromRequestParts as _;
use http::header::{COOKIE, SET_COOKIE, VARY};
use http::{Request, Response};
use serde::{Deserialize, Serialize};
use tower::{Layer as _, ServiceExt as _, service_fn};
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h")]
struct Visit {
    count: u32,
}

async fn count(request: Request<()>, sessions: SessionHandle<Visit>) -> Result<Response<u32>, Infallible> {
    let (mut parts, ()) = request.into_parts();
    let visit = SessionManager::<Visit>::from_request_parts(&mut parts, &sessions).await.unwrap();
    let count = visit.current().map_or(0, |visit| visit.data.count) + 1;
    visit.replace(Visit { count }).await.unwrap();
    Ok(Response::new(count))
}

#[tokio::test]
async fn a_service_without_a_router_has_sessions() {
    let (layer, sessions) = unjwt::layer(Visit::config(JweKey::secret([7; 32])), |visit| visit).unwrap();
    let service = layer.layer(service_fn(move |request| count(request, sessions.clone())));
    let mut cookie = None;
    for expected in 1..=3 {
        let mut request = Request::new(());
        if let Some(cookie) = cookie.take() {
            request.headers_mut().insert(COOKIE, cookie);
        }
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(*response.body(), expected);
        assert_eq!(response.headers()[VARY], "cookie, x-sid-session");
        let line = response.headers()[SET_COOKIE].to_str().unwrap();
        cookie = line.split(';').next().map(|pair| pair.parse().unwrap());
    }
}
