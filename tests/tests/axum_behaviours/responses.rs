use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use futures_util::{StreamExt as _, stream};
use http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL,
    CONTENT_ENCODING, LOCATION, ORIGIN,
};
use http::{HeaderValue, Method, Request, StatusCode};
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use unjwt::{ErrorKind, JweKey, SessionHandle, SessionManager};

use super::support::{Browser, reply};
use super::{SECRET, User, cookie_of, logged_in, login, me, serve, user};

#[tokio::test]
async fn head_is_get_without_the_body() {
    let router = serve(|_| Router::new().route("/me", get(me)).route("/login", get(login)));
    let mut ada = logged_in("ada");
    let got = ada.get(&router, "/me").await;
    let head = ada.send(&router, Request::head("/me")).await;
    assert_eq!((head.status, head.vary(), head.body.as_str()), (got.status, got.vary(), ""));
    let nobody = Browser::default().send(&router, Request::head("/me")).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let head = Browser::default().send(&router, Request::head("/login")).await;
    assert_eq!(cookie_of(&head).await, "grace");
}

#[tokio::test]
async fn a_redirect_sets_the_cookie() {
    let sign_in = async |manager: SessionManager<User>| -> Result<Redirect, unjwt::Error> {
        manager.replace(user("ada")).await?;
        Ok(Redirect::to("/me"))
    };
    let sign_out = async |manager: SessionManager<User>| -> Result<Redirect, unjwt::Error> {
        manager.clear().await?;
        Ok(Redirect::to("/"))
    };
    let router = serve(|_| {
        Router::new().route("/in", post(sign_in)).route("/out", post(sign_out)).route("/me", get(me))
    });
    let mut browser = Browser::default();
    let login = browser.post(&router, "/in").await;
    assert_eq!(
        (login.status, &login.headers[LOCATION]),
        (StatusCode::SEE_OTHER, &HeaderValue::from_static("/me"))
    );
    assert_eq!(login.cache_control(), "private, no-store");
    assert_eq!(browser.get(&router, "/me").await.body, "ada");
    assert_eq!(browser.post(&router, "/out").await.status, StatusCode::SEE_OTHER);
    assert!(browser.cookies.is_empty());
}

/// The head is sent when the handler returns, before the body.
#[tokio::test]
async fn a_body_that_streams_reads_the_session_and_cannot_write_it() {
    let streaming = async |manager: SessionManager<User>| -> Response {
        manager.update_with(|user| user.sub.push_str(" (streamed)")).await.unwrap();
        let parts = stream::iter(0..2).then(move |part| {
            let manager = manager.clone();
            async move {
                if part == 1 {
                    let error = manager.clear().await.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::ResponseSent);
                }
                let sub = manager.current().unwrap().data.sub.clone();
                Ok::<_, std::convert::Infallible>(format!("{sub};"))
            }
        });
        Body::from_stream(parts).into_response()
    };
    let router = serve(|_| Router::new().route("/", get(streaming)));
    let reply = logged_in("ada").get(&router, "/").await;
    assert_eq!(reply.body, "ada (streamed);ada (streamed);");
    assert_eq!(cookie_of(&reply).await, "ada (streamed)");
}

const PAGE: &str = "https://app.example";

fn cors() -> CorsLayer {
    CorsLayer::new()
        // One of several, so that the layer adds `Vary: origin`.
        .allow_origin([PAGE, "https://other.example"].map(HeaderValue::from_static))
        .allow_methods([Method::GET, Method::POST])
        .allow_credentials(true)
}

#[tokio::test]
async fn cors_inside_or_outside_leaves_cookies_and_vary_whole() {
    // CORS allows the page to read responses; the session decides whether its cookies are accepted.
    let serve = |routes: Router<SessionHandle<User>>| {
        let config = User::config(JweKey::secret(SECRET)).trust_origin(PAGE);
        unjwt::install(config, |users| (routes, users)).unwrap()
    };
    let routes = || Router::new().route("/login", post(login)).route("/me", get(me));
    for router in [serve(routes()).layer(cors()), serve(routes().layer(cors()))] {
        let mut browser = Browser::default();
        let preflight =
            Request::options("/login").header(ORIGIN, PAGE).header(ACCESS_CONTROL_REQUEST_METHOD, "POST");
        let preflight = browser.send(&router, preflight).await;
        assert_eq!((preflight.status, preflight.set_cookies().len()), (StatusCode::OK, 0));
        assert!(!preflight.vary().contains("cookie"), "no session was asked for");

        let login = browser.send(&router, Request::post("/login").header(ORIGIN, PAGE)).await;
        assert_eq!(login.headers[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        assert_eq!(login.cache_control(), "private, no-store");
        assert_eq!(cookie_of(&login).await, "grace");
        let me = browser.send(&router, Request::get("/me").header(ORIGIN, PAGE)).await;
        assert_eq!(me.body, "grace");
        let refused = Browser::default().send(&router, Request::get("/me").header(ORIGIN, PAGE)).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        for reply in [login, me, refused] {
            let vary = reply.vary();
            for field in ["origin", "cookie", "x-user-session"] {
                assert_eq!(vary.split(", ").filter(|named| *named == field).count(), 1, "{field} in {vary}");
            }
            assert!(reply.headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS), "also on a refusal");
        }
    }
}

#[tokio::test]
async fn compression_inside_or_outside_leaves_cookies_and_vary_whole() {
    let routes = || {
        let page = async |manager: SessionManager<User>| {
            manager.replace(user("grace")).await.unwrap();
            "a page ".repeat(1_000)
        };
        Router::new().route("/page", get(page))
    };
    let gzip = CompressionLayer::new;
    for router in [serve(|_| routes()).layer(gzip()), serve(|_| routes().layer(gzip()))] {
        let request = Request::get("/page").header(ACCEPT_ENCODING, "gzip");
        let (head, body) = send(&router, request).await;
        assert_eq!(head.headers[CONTENT_ENCODING], "gzip");
        assert!(body.starts_with(&[0x1f, 0x8b]) && body.len() < 1_000, "{} bytes", body.len());
        assert_eq!(head.headers[CACHE_CONTROL], "private, no-store");
        let plain = reply(&router, Request::get("/page")).await;
        assert_eq!(plain.body.len(), 7_000);
        assert_eq!(cookie_of(&plain).await, "grace");
        let compressed = super::Reply { status: head.status, headers: head.headers, body: String::new() };
        assert_eq!(cookie_of(&compressed).await, "grace");
        for vary in [plain.vary(), compressed.vary()] {
            for field in ["accept-encoding", "cookie", "x-user-session"] {
                assert!(vary.split(", ").any(|named| named == field), "{field} in {vary}");
            }
        }
    }
}

async fn send(router: &Router, request: http::request::Builder) -> (http::response::Parts, Vec<u8>) {
    let request = request.body(Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(router.clone(), request).await.unwrap();
    let (head, body) = response.into_parts();
    (head, axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec())
}
