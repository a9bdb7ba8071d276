use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{RequestExt as _, RequestPartsExt as _};
use http::StatusCode;
use unjwt::{RejectionKind, SessionManager, SessionRejection, Status};

use super::support::Browser;
use super::{User, Users, cookie_of, logged_in, login, me, removes_the_cookie, serve, user};

/// Begins a session for visitors without one.
async fn greet(manager: SessionManager<User>, request: Request, next: Next) -> Response {
    if manager.current().is_none() {
        manager.replace(user("guest")).await.unwrap();
    }
    next.run(request).await
}

/// Reports the session before and after the inner response, and writes it once more.
async fn name_after(manager: SessionManager<User>, request: Request, next: Next) -> Response {
    let before = manager.current().map(|current| current.data.sub.clone());
    let mut response = next.run(request).await;
    let after = manager.current().map(|current| current.data.sub.clone());
    response.headers_mut().insert("x-seen", format!("{before:?} {after:?}").parse().unwrap());
    manager.replace(user("afterwards")).await.unwrap();
    response
}

#[tokio::test]
async fn a_handler_sees_what_middleware_wrote_before_it() {
    let router = serve(|users| {
        Router::new().route("/me", get(me)).layer(middleware::from_fn_with_state(users.clone(), greet))
    });
    let mut browser = Browser::default();
    let first = browser.get(&router, "/me").await;
    assert_eq!((first.body.as_str(), first.set_cookies().len()), ("guest", 1));
    let second = browser.get(&router, "/me").await;
    assert_eq!((second.body.as_str(), second.set_cookies().len()), ("guest", 0));
    let not_found = Browser::default().get(&router, "/nowhere").await;
    assert_eq!(not_found.status, StatusCode::NOT_FOUND);
    assert_eq!(cookie_of(&not_found).await, "guest", "`layer` covers what no route matches");
}

#[tokio::test]
async fn a_write_after_the_inner_response_is_sent_and_is_the_last_word() {
    let router = serve(|users| {
        let router = Router::new().route("/me", get(me)).route("/login", get(login));
        router.layer(middleware::from_fn_with_state(users.clone(), name_after))
    });
    for (path, status, seen) in [
        ("/me", StatusCode::OK, r#"Some("ada") Some("ada")"#),
        ("/login", StatusCode::NO_CONTENT, r#"Some("ada") Some("grace")"#),
        ("/nowhere", StatusCode::NOT_FOUND, r#"Some("ada") Some("ada")"#),
    ] {
        let reply = logged_in("ada").get(&router, path).await;
        assert_eq!((reply.status, reply.headers["x-seen"].to_str().unwrap()), (status, seen));
        assert_eq!(reply.set_cookies().len(), 1, "{path}: one cookie, not one for each write");
        assert_eq!(cookie_of(&reply).await, "afterwards", "{path}");
    }
}

/// Without a state, middleware made with `from_fn` extracts the session by hand.
#[tokio::test]
async fn middleware_without_a_state_reads_the_same_session() {
    let router = serve(|users| {
        let users = users.clone();
        let ended = middleware::from_fn(move |mut request: Request, next: Next| {
            let users = users.clone();
            async move {
                let manager: SessionManager<User> = request.extract_parts_with_state(&users).await.unwrap();
                manager.clear().await.unwrap();
                let (mut parts, body) = request.into_parts();
                let again: SessionManager<User> = parts.extract_with_state(&users).await.unwrap();
                assert_eq!(again.status(), Status::Cleared);
                next.run(Request::from_parts(parts, body)).await
            }
        });
        Router::new().route("/me", get(me)).layer(ended)
    });
    let reply = logged_in("ada").get(&router, "/me").await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert!(removes_the_cookie(&reply));
}

async fn only_ada(user: Result<User, SessionRejection>, request: Request, next: Next) -> Response {
    match user {
        Ok(user) if user.sub == "ada" => next.run(request).await,
        Ok(_) => StatusCode::FORBIDDEN.into_response(),
        Err(rejection) => rejection.into_response(),
    }
}

#[tokio::test]
async fn a_guard_as_route_layer_stands_before_the_routes_and_not_before_the_fallback() {
    let router = serve(|users| {
        let guarded = Router::new()
            .route("/me", get(me))
            .route_layer(middleware::from_fn_with_state(users.clone(), only_ada));
        Router::new().route("/open", get(async || "open")).merge(guarded).fallback(async || "fallback")
    });
    for (mut browser, status) in [
        (logged_in("ada"), StatusCode::OK),
        (logged_in("eve"), StatusCode::FORBIDDEN),
        (Browser::default(), StatusCode::UNAUTHORIZED),
    ] {
        let reply = browser.get(&router, "/me").await;
        assert_eq!((reply.status, reply.vary().as_str()), (status, "cookie, x-user-session"));
        assert_eq!(browser.get(&router, "/open").await.body, "open");
        assert_eq!(browser.get(&router, "/nowhere").await.body, "fallback");
        let wrong_method = browser.post(&router, "/me").await.status;
        assert_eq!(wrong_method == StatusCode::METHOD_NOT_ALLOWED, status == StatusCode::OK);
    }
}

/// Middleware added to the router that `install` returned is outside the layer and has no sessions.
#[tokio::test]
async fn middleware_outside_of_install_has_no_session_and_sees_the_cookie() {
    async fn outside(
        State(_): State<Users>,
        manager: Result<SessionManager<User>, SessionRejection>,
        request: Request,
        next: Next,
    ) -> Response {
        assert_eq!(manager.unwrap_err().kind(), RejectionKind::NotInstalled);
        let response = next.run(request).await;
        assert!(response.headers().contains_key("set-cookie"));
        response
    }
    let mut kept = None;
    let router = serve(|users| {
        kept = Some(users.clone());
        Router::new().route("/login", get(login))
    });
    let router = router.layer(middleware::from_fn_with_state(kept.unwrap(), outside));
    assert_eq!(cookie_of(&Browser::default().get(&router, "/login").await).await, "grace");
}
