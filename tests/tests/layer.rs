//! The layer in a tower service that is not axum's.

use std::convert::Infallible;

use http::header::{COOKIE, SET_COOKIE, VARY};
use http::{Request, Response};
use serde::{Deserialize, Serialize};
use tower::{Layer as _, ServiceExt as _, service_fn};
use unjwt::{ErrorKind, JweKey, Session, SessionHandle};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h")]
struct Visit {
    count: u32,
}

async fn count(request: Request<()>, sessions: SessionHandle<Visit>) -> Result<Response<u32>, Infallible> {
    let (parts, ()) = request.into_parts();
    let visit = sessions.manager_of(&parts).await.unwrap();
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

#[tokio::test]
async fn a_service_outside_of_the_layer_has_none() {
    let (_, sessions) = unjwt::layer(Visit::config(JweKey::secret([7; 32])), |visit| visit).unwrap();
    let (parts, ()) = Request::new(()).into_parts();
    let error = sessions.manager_of(&parts).await.unwrap_err();
    assert_eq!((error.kind(), error.status().as_u16()), (ErrorKind::NotInstalled, 500));
}

#[tokio::test]
async fn the_page_of_another_site_is_refused() {
    let (layer, sessions) = unjwt::layer(Visit::config(JweKey::secret([7; 32])), |visit| visit).unwrap();
    let cookie = sessions.cookie_header(&Visit { count: 1 }).unwrap();
    let service = layer.layer(service_fn(move |request: Request<()>| {
        let sessions = sessions.clone();
        async move {
            let error = sessions.manager_of(&request.into_parts().0).await.err();
            Ok::<_, Infallible>(Response::new(error.map(|error| error.status().as_u16())))
        }
    }));
    let request = |site: &str| {
        let request = Request::post("https://shop.example/buy").header(COOKIE, &cookie);
        request.header("sec-fetch-site", site).header("host", "shop.example").body(()).unwrap()
    };
    assert_eq!(*service.clone().oneshot(request("same-origin")).await.unwrap().body(), None);
    assert_eq!(*service.oneshot(request("cross-site")).await.unwrap().body(), Some(403));
}
