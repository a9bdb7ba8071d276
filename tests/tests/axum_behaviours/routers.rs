use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use unjwt::{JwsKey, Session, SessionHandle, SessionManager};

use super::support::Browser;
use super::{User, Users, cookie_of, heard, logged_in, login, me, serve};

async fn home(user: Option<User>) -> String {
    user.map_or("nobody".to_owned(), |user| user.sub)
}

#[tokio::test]
async fn nested_merged_and_fallback_routes_have_the_session() {
    let router = serve(|users| {
        let with_its_state: Router<Users> = Router::new().route("/me", get(me)).with_state(users.clone());
        Router::new()
            .nest("/api", Router::new().nest("/v1", Router::new().route("/me", get(me)).fallback(home)))
            .nest_service("/service", Router::new().route("/me", get(me)).with_state(users.clone()))
            .nest("/early", with_its_state)
            .merge(Router::new().route("/merged", get(me)).route("/login", post(login)))
            .fallback(home)
    });
    let mut ada = logged_in("ada");
    for path in ["/api/v1/me", "/api/v1/else", "/service/me", "/early/me", "/merged", "/nowhere"] {
        let reply = ada.get(&router, path).await;
        assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, "ada"), "{path}");
    }
    // A cookie applies to the whole site, even if a nested route sets it.
    let mut browser = Browser::default();
    browser.post(&router, "/login").await;
    assert_eq!(browser.get(&router, "/api/v1/me").await.body, "grace");
}

#[tokio::test]
async fn an_installed_router_may_be_nested_and_merged_itself() {
    let inside = serve(|_| Router::new().route("/me", get(me)).route("/login", post(login)));
    let others = Router::new().route("/open", get(async || "open"));
    let router = Router::new().nest("/app", inside).merge(others).fallback(async || "nothing");
    let mut browser = Browser::default();
    assert_eq!(browser.post(&router, "/app/login").await.status, StatusCode::NO_CONTENT);
    assert_eq!(browser.get(&router, "/app/me").await.body, "grace");
    assert_eq!(browser.get(&router, "/open").await.body, "open");
    assert_eq!(browser.get(&router, "/me").await.body, "nothing");
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "cart")]
struct Cart {
    items: u32,
}

/// Two nested routers, each with its own session and state.
#[tokio::test]
async fn two_installed_routers_serve_side_by_side() {
    let add = async |cart: SessionManager<Cart>| {
        let items = cart.current().map_or(0, |cart| cart.data.items) + 1;
        cart.replace(Cart { items }).await.map(|cart| cart.data.items.to_string())
    };
    let carts = unjwt::install(Cart::config(JwsKey::secret([8; 32])), |carts: SessionHandle<Cart>| {
        (Router::new().route("/add", post(add)), carts)
    });
    let shop = Router::new().nest("/cart", carts.unwrap());
    let inside = shop.clone();
    let nested = serve(|_| {
        Router::new().route("/login", post(login)).route("/me", get(me)).merge(inside.with_state(()))
    });
    let merged = serve(|_| Router::new().route("/login", post(login)).route("/me", get(me))).merge(shop);
    for router in [nested, merged] {
        let mut browser = Browser::default();
        assert_eq!(browser.post(&router, "/cart/add").await.body, "1");
        assert_eq!(browser.post(&router, "/login").await.status, StatusCode::NO_CONTENT);
        assert_eq!(browser.post(&router, "/cart/add").await.body, "2");
        assert_eq!(browser.get(&router, "/me").await.body, "grace");
        assert_eq!(browser.cookies.len(), 2);
    }
}

#[tokio::test]
async fn a_route_outside_says_in_the_log_which_one_and_what_to_do() {
    heard::listen();
    let mut kept = None;
    let inside = serve(|users| {
        kept = Some(users.clone());
        Router::new().route("/login", post(login))
    });
    let users = kept.unwrap();
    let router = inside.merge(Router::new().route("/outside/me", get(me)).with_state(users));
    let mut ada = logged_in("ada");
    let reply = ada.get(&router, "/outside/me").await;
    assert_eq!((reply.status, reply.body.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, ""));
    assert!(reply.set_cookies().is_empty());
    let log = heard::heard();
    let line = log.lines().find(|line| line.contains("/outside/me")).expect("a line of log");
    assert!(line.contains("ERROR") && line.contains("User") && line.contains("inside the closure"), "{line}");
    assert_eq!(cookie_of(&ada.post(&router, "/login").await).await, "grace", "the others go on");
}
