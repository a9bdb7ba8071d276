//! Sessions in an axum router: extractors, the layer, rejections, caching.

mod support;

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use http::header::{AUTHORIZATION, CACHE_CONTROL, SET_COOKIE, VARY, WWW_AUTHENTICATE};
use serde::{Deserialize, Serialize};
use support::{Browser, TestClock, reply};
use unjwt::hooks::{HookError, HookResult, Read};
use unjwt::{
    JweKey, JwsKey, RejectionKind, Session, SessionHandle, SessionManager, SessionRejection, SessionState,
};

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jwe, name = "user", max_age = "1h")]
struct User {
    sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "cart", header = "authorization", sources(header, cookie))]
struct Cart {
    items: Vec<String>,
}

#[derive(SessionState)]
struct App {
    user: SessionHandle<User>,
    cart: SessionHandle<Cart>,
}

async fn me(user: User) -> String {
    user.sub
}

async fn home(user: Option<User>) -> String {
    user.map_or("anonymous".to_owned(), |user| user.sub)
}

async fn login(user: SessionManager<User>) -> Result<StatusCode, unjwt::Error> {
    user.replace(User { sub: "ada".to_owned() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn logout(user: SessionManager<User>) -> Result<StatusCode, unjwt::Error> {
    user.clear().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn failing_logout(user: SessionManager<User>) -> Result<StatusCode, StatusCode> {
    user.clear().await.map_err(|_| StatusCode::IM_A_TEAPOT)?;
    Err(StatusCode::BAD_GATEWAY)
}

async fn redirecting(user: Result<User, SessionRejection>) -> Response {
    match user {
        Ok(user) => user.sub.into_response(),
        Err(rejection) => {
            assert_eq!(rejection.kind(), RejectionKind::Absent);
            Redirect::to("/login").into_response()
        }
    }
}

async fn cart(cart: Cart) -> Json<Cart> {
    Json(cart)
}

async fn public(user: SessionManager<User>) -> impl IntoResponse {
    user.replace(User { sub: "ada".to_owned() }).await.unwrap();
    ([(CACHE_CONTROL, "public, max-age=600"), (VARY, "accept")], "hello")
}

async fn already_private(user: SessionManager<User>) -> impl IntoResponse {
    user.replace(User { sub: "ada".to_owned() }).await.unwrap();
    ([(CACHE_CONTROL, "private, max-age=60")], "hello")
}

/// Ends the session of whoever is called mallory, before the handler.
async fn doorman(user: SessionManager<User>, request: Request, next: Next) -> Response {
    if user.current().is_some_and(|user| user.data.sub == "mallory") {
        user.clear().await.unwrap();
    }
    next.run(request).await
}

fn app(clock: &TestClock) -> (Router, Arc<App>) {
    let mut state = None;
    let router = unjwt::install(
        (
            User::config(JweKey::secret([7; 32])).clock(clock.read()),
            Cart::config(JwsKey::secret([8; 32])).clock(clock.read()),
        ),
        |(user, cart_handle)| {
            let app = Arc::new(App { user, cart: cart_handle });
            state = Some(Arc::clone(&app));
            let router = Router::new()
                .route("/me", get(me))
                .route("/", get(home))
                .route("/login", post(login))
                .route("/logout", post(logout))
                .route("/failing-logout", post(failing_logout))
                .route("/redirecting", get(redirecting))
                .route("/cart", get(cart))
                .route("/public", get(public))
                .route("/private", get(already_private))
                .route("/plain", get(|| async { "plain" }))
                .layer(middleware::from_fn_with_state(Arc::clone(&app), doorman));
            (router, app)
        },
    )
    .unwrap();
    (router, state.unwrap())
}

#[tokio::test]
async fn a_login_is_kept_until_the_logout() {
    let (router, _) = app(&TestClock::new());
    let mut browser = Browser::default();
    assert_eq!(browser.get(&router, "/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.get(&router, "/").await.body, "anonymous");
    assert_eq!(browser.post(&router, "/login").await.status, StatusCode::NO_CONTENT);
    assert_eq!(browser.get(&router, "/me").await.body, "ada");
    assert_eq!(browser.get(&router, "/").await.body, "ada");
    assert_eq!(browser.post(&router, "/logout").await.status, StatusCode::NO_CONTENT);
    assert!(browser.cookies.is_empty());
    assert_eq!(browser.get(&router, "/me").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refusal_has_a_challenge_and_no_detail_whatever_was_wrong() {
    let clock = TestClock::new();
    let (router, state) = app(&clock);
    let good = state.user.cookie_header(&User { sub: "ada".to_owned() }).unwrap();
    clock.seconds(3600);
    let mut replies = Vec::new();
    for cookie in [good.to_str().unwrap(), "user=garbage", "user=__chunked__3", "user=a.b.c.d.e", "other=1"] {
        let mut browser = Browser::with(&cookie.parse().unwrap());
        let reply = browser.get(&router, "/me").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.header(WWW_AUTHENTICATE), "Bearer");
        replies.push(reply.body);
    }
    assert!(replies.iter().all(|body| *body == replies[0]), "{replies:?}");
}

#[tokio::test]
async fn a_handler_may_answer_a_missing_session_itself() {
    let (router, _) = app(&TestClock::new());
    let reply = Browser::default().get(&router, "/redirecting").await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_logout_whose_handler_fails_still_logs_out() {
    let (router, _) = app(&TestClock::new());
    let mut browser = Browser::default();
    browser.post(&router, "/login").await;
    let reply = browser.post(&router, "/failing-logout").await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn middleware_and_handler_share_one_session() {
    let (router, state) = app(&TestClock::new());
    let mut browser = Browser::with(&state.user.cookie_header(&User { sub: "mallory".to_owned() }).unwrap());
    let reply = browser.get(&router, "/me").await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "the handler sees what the middleware did");
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_header_is_read_as_bearer_in_any_case_and_another_scheme_is_no_token() {
    let (router, state) = app(&TestClock::new());
    let token = state.cart.sign(&Cart { items: vec!["pear".to_owned()] }).await.unwrap().token;
    let ask = async |value: String| {
        reply(&router, Request::builder().uri("/cart").header(AUTHORIZATION, value)).await
    };
    for scheme in ["Bearer ", "bearer ", "BEARER   ", ""] {
        let reply = ask(format!("{scheme}{}", token.as_str())).await;
        assert_eq!(reply.status, StatusCode::OK, "{scheme:?}");
        assert_eq!(reply.body, r#"{"items":["pear"]}"#);
        assert!(reply.headers.get(SET_COOKIE).is_none());
    }
    for value in
        ["Basic YTpi".to_owned(), "Bearer".to_owned(), format!("Basic {}", token.as_str()), String::new()]
    {
        assert_eq!(ask(value).await.status, StatusCode::UNAUTHORIZED);
    }
    let good_cookie = state.cart.cookie_header(&Cart { items: vec![] }).unwrap();
    let request =
        Request::builder().uri("/cart").header(AUTHORIZATION, "Basic YTpi").header("cookie", good_cookie);
    assert_eq!(reply(&router, request).await.status, StatusCode::OK, "the next source is tried");
}

#[tokio::test]
async fn a_response_with_a_session_cookie_stays_out_of_shared_caches() {
    let (router, _) = app(&TestClock::new());
    let reply = Browser::default().get(&router, "/public").await;
    assert_eq!(reply.cache_control(), "private, no-store");
    assert_eq!(reply.vary(), "accept, cookie, x-user-session");
    let reply = Browser::default().get(&router, "/private").await;
    assert_eq!(reply.cache_control(), "private, max-age=60", "the handler's own is kept");
    let reply = Browser::default().post(&router, "/login").await;
    assert_eq!(reply.cache_control(), "private, no-store");
}

#[tokio::test]
async fn a_response_names_the_sources_that_were_consulted() {
    let (router, _) = app(&TestClock::new());
    let reply = Browser::default().get(&router, "/cart").await;
    let vary = reply.vary();
    assert!(vary.contains("authorization") && vary.contains("cookie"), "{vary}");
    assert_eq!(reply.cache_control(), "", "nothing was set");
}

#[tokio::test]
async fn a_session_manager_that_outlives_the_response_cannot_write() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let sender = Arc::new(std::sync::Mutex::new(Some(sender)));
    let router = unjwt::install(User::config(JweKey::secret([7; 32])), |user| {
        let leak = move |user: SessionManager<User>| async move {
            sender.lock().unwrap().take().unwrap().send(user).unwrap();
        };
        (Router::new().route("/", get(leak)), user)
    })
    .unwrap();
    Browser::default().get(&router, "/").await;
    let manager = receiver.await.unwrap();
    let error = manager.replace(User { sub: "ada".to_owned() }).await.unwrap_err();
    assert_eq!(error.kind(), unjwt::ErrorKind::ResponseSent);
}

#[tokio::test]
async fn a_route_outside_install_fails_loudly() {
    let (inside, state) = app(&TestClock::new());
    let outside = Router::new().route("/outside", get(me)).with_state(state);
    let router = inside.merge(outside);
    assert_eq!(Browser::default().get(&router, "/outside").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(Browser::default().get(&router, "/me").await.status, StatusCode::UNAUTHORIZED);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "link", max_age = "15m", cookie = false, header = false, extract = false)]
struct Link {
    email: String,
}

#[tokio::test]
async fn a_token_that_is_no_session_of_a_request_has_no_place_in_a_router() {
    let link = Link { email: "ada@example.com".to_owned() };
    let tokens = Link::config(JwsKey::secret([1; 32])).build().unwrap();
    let token = tokens.sign(&link).await.unwrap().token;
    assert_eq!(*tokens.verify_without_hooks(&token).await.unwrap().data, link);
    let error =
        unjwt::install(Link::config(JwsKey::secret([1; 32])), |handle| (Router::new(), handle)).unwrap_err();
    assert!(matches!(error, unjwt::ConfigError::NoSource { .. }), "{error}");
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "checked", state = Outage, hooks(on_read = store_is_down))]
struct Checked {}

#[derive(Clone)]
struct Outage(SessionHandle<Checked>);

impl unjwt::HasSession<Checked> for Outage {
    fn handle(&self) -> &SessionHandle<Checked> {
        &self.0
    }
}

async fn store_is_down(_: Read<'_, Checked>) -> HookResult {
    Err(HookError::new("secret address of the store").with_status(StatusCode::SERVICE_UNAVAILABLE))
}

#[tokio::test]
async fn an_outage_of_a_hooks_store_is_a_5xx_and_not_a_logout() {
    let mut cookie = None;
    let router = unjwt::install(Checked::config(JwsKey::secret([1; 32])), |handle| {
        cookie = Some(handle.cookie_header(&Checked {}).unwrap());
        let route = get(|_: Option<Checked>| async { "fine" });
        (Router::new().route("/", route), Outage(handle))
    })
    .unwrap();
    let mut browser = Browser::with(&cookie.unwrap());
    let reply = browser.get(&router, "/").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.body, "", "nothing of the error is sent");
    assert_eq!(browser.cookies.len(), 1);
    assert_eq!(Browser::default().get(&router, "/").await.body, "fine", "no token, no hook");
}

#[tokio::test]
async fn a_plain_route_is_left_alone() {
    let router = unjwt::install(User::config(JweKey::secret([7; 32])), |user| {
        (Router::new().route("/plain", get(|| async { "plain" })), user)
    })
    .unwrap();
    let reply = Browser::default().get(&router, "/plain").await;
    for name in [VARY, SET_COOKIE, CACHE_CONTROL] {
        assert!(!reply.headers.contains_key(&name), "{name}");
    }
}
