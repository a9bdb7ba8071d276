//! The layer in a tower service that is not axum's.

use std::convert::Infallible;

use http::header::{COOKIE, SET_COOKIE, VARY};
use http::{HeaderMap, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};
use tower::{Layer as _, ServiceExt as _, service_fn};
use unjwt::hooks::{HookError, HookResult, Read};
use unjwt::{ErrorKind, JweKey, RequestContext, Session, SessionHandle};

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

/// A session that cannot be read, since what its hook asks is out.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h", hooks(on_read = ask))]
struct Guarded {}

async fn ask(_: Read<'_, Guarded>) -> HookResult {
    Err(HookError::unavailable("the list of users is out"))
}

async fn log_out(
    request: Request<()>,
    sessions: SessionHandle<Guarded>,
) -> Result<Response<()>, unjwt::Error> {
    let (parts, ()) = request.into_parts();
    // What was tried before does not matter.
    let error = sessions.manager_of(&parts).await.unwrap_err();
    assert!(matches!(error.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::FORBIDDEN), "{error}");
    let session = sessions.logout_of(&parts).await?;
    assert!(session.current().is_some());
    session.clear().await?;
    Ok(Response::new(()))
}

#[tokio::test]
async fn a_logout_works_during_an_outage() {
    let (layer, sessions) =
        unjwt::layer(Guarded::config(JweKey::secret([7; 32])), |guarded| guarded).unwrap();
    let cookie = sessions.cookie_header(&Guarded {}).unwrap();
    let service = layer.layer(service_fn(move |request| log_out(request, sessions.clone())));
    let request = |site: &str| {
        let request = Request::post("/logout").header(COOKIE, &cookie).header("sec-fetch-site", site);
        service.clone().oneshot(request.body(()).unwrap())
    };
    let response = request("same-origin").await.unwrap();
    assert!(response.headers()[SET_COOKIE].to_str().unwrap().starts_with("sid=;"));
    assert_eq!(request("cross-site").await.unwrap_err().kind(), ErrorKind::CrossSite);
}

#[tokio::test]
async fn a_logout_outside_of_the_layer_is_an_error() {
    let (_, sessions) = unjwt::layer(Guarded::config(JweKey::secret([7; 32])), |guarded| guarded).unwrap();
    let (parts, ()) = Request::new(()).into_parts();
    assert_eq!(sessions.logout_of(&parts).await.unwrap_err().kind(), ErrorKind::NotInstalled);
}

#[tokio::test]
async fn a_logout_from_headers_to_headers_works_during_an_outage() {
    let sessions = Guarded::config(JweKey::secret([7; 32])).build().unwrap();
    let mut request = HeaderMap::new();
    request.insert(COOKIE, sessions.cookie_header(&Guarded {}).unwrap());

    let context = RequestContext::new(&request);
    assert_eq!(sessions.manager(&context).await.unwrap_err().status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(sessions.clear(&context).await.is_err(), "it reads first");
    sessions.logout(&context).await.unwrap().clear().await.unwrap();
    let mut response = HeaderMap::new();
    context.finish(&mut response);
    assert!(response[SET_COOKIE].to_str().unwrap().starts_with("sid=;"));

    request.insert("origin", "https://elsewhere.example".parse().unwrap());
    let error = sessions.logout(&RequestContext::new(&request)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CrossSite);
}
