use std::future::pending;
use std::time::Duration;

use axum::extract::{Path, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::{Deserialize, Serialize};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use unjwt::hooks::{HookResult, Update};
use unjwt::{JwsKey, Session, SessionHandle, SessionManager};

use super::support::Browser;
use super::{User, cookie_of, logged_in, me, removes_the_cookie, serve, user};

async fn logout_and_panic(manager: SessionManager<User>) {
    manager.clear().await.unwrap();
    panic!("after the logout");
}

#[tokio::test]
async fn a_logout_before_a_panic_is_sent_where_the_panic_is_caught_inside() {
    let routes = || Router::new().route("/logout", post(logout_and_panic));
    let inside = serve(|_| routes().layer(CatchPanicLayer::new()));
    let reply = logged_in("ada").post(&inside, "/logout").await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(removes_the_cookie(&reply));

    // Outside, the response is made without the sessions' layer.
    let outside = serve(|_| routes()).layer(CatchPanicLayer::new());
    let mut ada = logged_in("ada");
    let reply = ada.post(&outside, "/logout").await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!reply.headers.contains_key(SET_COOKIE));
    assert_eq!(ada.cookies.len(), 1);
}

async fn panic_in_a_write(manager: SessionManager<User>) {
    let _ = manager.update_with(|_| panic!("in the middle of a write")).await;
}

/// Writes the session after the handler, regardless of its result.
async fn rename(manager: SessionManager<User>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let seen = manager.current().map_or("nobody".to_owned(), |current| current.data.sub.clone());
    response.headers_mut().insert("x-seen", seen.parse().unwrap());
    manager.update_with(|user| user.sub.push_str(" again")).await.unwrap();
    response
}

#[tokio::test]
async fn a_panic_in_a_write_leaves_the_session_as_it_was_and_open_for_the_next() {
    let router = serve(|users| {
        Router::new()
            .route("/", get(panic_in_a_write))
            .layer(CatchPanicLayer::new())
            .layer(middleware::from_fn_with_state(users.clone(), rename))
    });
    let reply = logged_in("ada").get(&router, "/").await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(reply.headers["x-seen"], "ada");
    assert_eq!(cookie_of(&reply).await, "ada again");
}

#[tokio::test(start_paused = true)]
async fn what_was_written_before_a_timeout_is_sent_where_the_timeout_is_inside() {
    let logout = async |manager: SessionManager<User>| {
        manager.clear().await.unwrap();
        pending::<()>().await;
    };
    let timeout = || TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(9));
    let inside = serve(|_| Router::new().route("/logout", post(logout)).layer(timeout()));
    let reply = logged_in("ada").post(&inside, "/logout").await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(removes_the_cookie(&reply));

    let outside = serve(|_| Router::new().route("/logout", post(logout))).layer(timeout());
    let reply = logged_in("ada").post(&outside, "/logout").await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(!reply.headers.contains_key(SET_COOKIE));
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "noted", hooks(on_update = note))]
struct Noted {
    sub: String,
}

/// A store that hangs with `slow`, and has a bug with `bug`.
async fn note(event: Update<'_, Noted>) -> HookResult {
    match event.current().data.sub.as_str() {
        "slow" => pending().await,
        "bug" => panic!("in a hook"),
        _ => Ok(()),
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_hook_was_cut_off_by_a_timeout_or_a_panic_is_taken_back() {
    let router = unjwt::install(Noted::config(JwsKey::secret([8; 32])), |noted: SessionHandle<Noted>| {
        let write = async |Path(last): Path<String>, manager: SessionManager<Noted>| {
            manager.replace(Noted { sub: "quick".to_owned() }).await.unwrap();
            manager.replace(Noted { sub: last }).await.map(drop)
        };
        let routes = Router::new()
            .route("/write/{last}", post(write))
            .route("/", get(async |noted: Noted| noted.sub))
            .layer(CatchPanicLayer::new())
            .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(9)));
        (routes, noted)
    });
    let router = router.unwrap();
    for (last, status, kept) in [
        ("slow", StatusCode::GATEWAY_TIMEOUT, "quick"),
        ("bug", StatusCode::INTERNAL_SERVER_ERROR, "quick"),
        ("last", StatusCode::OK, "last"),
    ] {
        let mut browser = Browser::default();
        assert_eq!(browser.post(&router, &format!("/write/{last}")).await.status, status, "{last}");
        assert_eq!(browser.get(&router, "/").await.body, kept, "{last}");
    }
}

#[derive(Deserialize)]
struct Form {
    #[allow(dead_code, reason = "the test is about a body that is none")]
    name: String,
}

#[tokio::test]
async fn an_error_of_a_handler_or_of_another_extractor_still_carries_the_cookie() {
    async fn sign_in(manager: SessionManager<User>, request: Request, next: Next) -> Response {
        manager.replace(user("grace")).await.unwrap();
        next.run(request).await
    }
    let failing = async || Err::<String, _>((StatusCode::CONFLICT, "taken"));
    let router = serve(|users| {
        Router::new()
            .route("/failing", post(failing))
            .route("/form", post(async |_: User, _: Json<Form>| "never"))
            .route("/me", get(me))
            .layer(middleware::from_fn_with_state(users.clone(), sign_in))
    });
    for (path, status) in [
        ("/failing", StatusCode::CONFLICT),
        ("/form", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("/me", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let reply = Browser::default().post(&router, path).await;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(cookie_of(&reply).await, "grace", "{path}");
        assert_eq!(reply.cache_control(), "private, no-store", "{path}");
    }
}
