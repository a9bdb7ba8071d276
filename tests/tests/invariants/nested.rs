//! An `install` inside an `install`: one request, one state for each session, each with its own layer's
//! state.

use std::future::pending;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{RequestPartsExt as _, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use unjwt::hooks::{HookResult, Read};
use unjwt::{Error, ErrorKind, HasSession, JwsKey, Session, SessionHandle, SessionManager, SessionState};

use super::kit::said;
use super::support::{Browser, Reply, reply};

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "login", max_age = "1h")]
struct Login {
    sub: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "cart", max_age = "1h")]
struct Cart {
    items: u32,
}

/// The state of the inner router: its own session, and the outer one's.
#[derive(SessionState)]
struct Shop {
    login: SessionHandle<Login>,
    cart: SessionHandle<Cart>,
    kept_cart: Mutex<Option<SessionManager<Cart>>>,
    kept_login: Mutex<Option<SessionManager<Login>>>,
    reached: Notify,
}

fn login(sub: &str) -> Login {
    Login { sub: sub.to_owned() }
}

fn shop(users: &SessionHandle<Login>) -> (Router, Arc<Shop>) {
    async fn log_in(manager: SessionManager<Login>) -> Result<(), Error> {
        manager.replace(login("grace")).await.map(drop)
    }
    async fn log_out(manager: SessionManager<Login>) -> Result<(), Error> {
        manager.clear().await
    }
    async fn me(login: Login) -> String {
        login.sub
    }
    async fn add(State(shop): State<Arc<Shop>>, manager: SessionManager<Cart>) -> Result<String, Error> {
        let items = manager.current().map_or(0, |cart| cart.data.items) + 1;
        manager.replace(Cart { items }).await?;
        *shop.kept_cart.lock().unwrap() = Some(manager);
        Ok(items.to_string())
    }
    async fn hang(State(shop): State<Arc<Shop>>, login: SessionManager<Login>, cart: SessionManager<Cart>) {
        *shop.kept_login.lock().unwrap() = Some(login);
        *shop.kept_cart.lock().unwrap() = Some(cart);
        shop.reached.notify_one();
        pending().await
    }
    let mut kept = None;
    let router = unjwt::install(Cart::config(JwsKey::secret([2; 32])), |cart| {
        let shop = Arc::new(Shop {
            login: users.clone(),
            cart,
            kept_cart: Mutex::default(),
            kept_login: Mutex::default(),
            reached: Notify::new(),
        });
        kept = Some(Arc::clone(&shop));
        let router = Router::new()
            .route("/log-in", post(log_in))
            .route("/log-out", post(log_out))
            .route("/me", get(me))
            .route("/add", post(add))
            .route("/hang", post(hang));
        (router, shop)
    });
    (router.unwrap(), kept.unwrap())
}

/// Reports the user before and after the handler, and rotates an existing session.
async fn touch(manager: SessionManager<Login>, request: Request, next: Next) -> Response {
    let who = || manager.current().map_or("nobody".to_owned(), |login| login.data.sub.clone());
    let before = who();
    let mut response = next.run(request).await;
    response.headers_mut().insert("x-seen", format!("{before} {}", who()).parse().unwrap());
    if manager.current().is_some() {
        manager.rotate().await.unwrap();
    }
    response
}

fn nested() -> (Router, Arc<Shop>) {
    let mut kept = None;
    let router = unjwt::install(Login::config(JwsKey::secret([1; 32])), |users| {
        let (inner, shop) = shop(&users);
        kept = Some(shop);
        let router = Router::new()
            .nest_service("/shop", inner)
            .layer(middleware::from_fn_with_state(users.clone(), touch));
        (router, users)
    });
    (router.unwrap(), kept.unwrap())
}

fn ada(shop: &Shop) -> Browser {
    Browser::with(&shop.login.cookie_header(&login("ada")).unwrap())
}

fn seen(reply: &Reply) -> &str {
    reply.headers["x-seen"].to_str().unwrap()
}

#[tokio::test]
async fn a_logout_inside_is_not_undone_by_a_touch_outside() {
    let (router, shop) = nested();
    let mut browser = ada(&shop);
    let reply = browser.post(&router, "/shop/log-out").await;
    assert_eq!(seen(&reply), "ada nobody");
    assert_eq!(said(&reply.set_cookies()), ["login removed"]);
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_login_inside_is_seen_outside_and_sent_once() {
    let (router, shop) = nested();
    let mut browser = ada(&shop);
    let reply = browser.post(&router, "/shop/log-in").await;
    assert_eq!(seen(&reply), "ada grace");
    assert_eq!(said(&reply.set_cookies()), ["login set"]);
    assert_eq!(reply.vary(), "cookie, x-login-session");
    assert_eq!(reply.cache_control(), "private, no-store");
    assert_eq!(browser.get(&router, "/shop/me").await.body, "grace");
}

#[tokio::test]
async fn both_layers_sessions_are_sent_once_each() {
    let (router, shop) = nested();
    let reply = ada(&shop).post(&router, "/shop/add").await;
    assert_eq!(reply.body, "1");
    let mut cookies = said(&reply.set_cookies());
    cookies.sort();
    assert_eq!(cookies, ["cart set", "login set"]);
    for field in ["cookie", "x-login-session", "x-cart-session"] {
        assert_eq!(reply.vary().split(", ").filter(|named| *named == field).count(), 1, "{}", reply.vary());
    }
}

#[tokio::test]
async fn the_inner_session_is_open_until_the_outer_response_goes() {
    async fn add_more(State(kept): State<KeptShop>, request: Request, next: Next) -> Response {
        let response = next.run(request).await;
        let shop = kept.lock().unwrap().clone().unwrap();
        let cart = shop.kept_cart.lock().unwrap().take().unwrap();
        cart.update_with(|cart| cart.items += 10).await.expect("the head has not gone");
        response
    }
    type KeptShop = Arc<Mutex<Option<Arc<Shop>>>>;
    let kept = KeptShop::default();
    let router = unjwt::install(Login::config(JwsKey::secret([1; 32])), |users| {
        let (inner, shop) = shop(&users);
        *kept.lock().unwrap() = Some(shop);
        let outside = middleware::from_fn_with_state(Arc::clone(&kept), add_more);
        (Router::new().nest_service("/shop", inner).layer(outside), users)
    });
    let router = router.unwrap();
    let mut browser = Browser::default();
    assert_eq!(said(&browser.post(&router, "/shop/add").await.set_cookies()), ["cart set"]);
    assert_eq!(browser.post(&router, "/shop/add").await.body, "12");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_closes_the_sessions_of_both_layers() {
    let (router, shop) = nested();
    tokio::select! {
        biased;
        _ = reply(&router, http::Request::post("/shop/hang")) => panic!("it hangs"),
        () = shop.reached.notified() => {}
    }
    let cart = shop.kept_cart.lock().unwrap().take().unwrap();
    let kept = shop.kept_login.lock().unwrap().take().unwrap();
    assert_eq!(cart.replace(Cart { items: 1 }).await.unwrap_err().kind(), ErrorKind::ResponseSent);
    assert_eq!(kept.replace(login("eve")).await.unwrap_err().kind(), ErrorKind::ResponseSent);
    assert_eq!(kept.clear().await.unwrap_err().kind(), ErrorKind::ResponseSent);
}

/// A session whose hook tells in which layer's state it ran.
#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "badge", max_age = "1h", state = Arc<Office>, hooks(on_read = badge_read))]
struct Badge {}

#[derive(SessionState)]
struct Office {
    badge: SessionHandle<Badge>,
    name: &'static str,
    log: Log,
}

type Log = Arc<Mutex<Vec<String>>>;

async fn badge_read(event: Read<'_, Badge>) -> HookResult {
    event.state().log.lock().unwrap().push(format!("badge in {}", event.state().name));
    Ok(())
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "ticket", max_age = "1h", state = Arc<Hall>, hooks(on_read = ticket_read))]
struct Ticket {}

#[derive(SessionState)]
struct Hall {
    badge: SessionHandle<Badge>,
    ticket: SessionHandle<Ticket>,
    log: Log,
}

async fn ticket_read(event: Read<'_, Ticket>) -> HookResult {
    event.state().log.lock().unwrap().push("ticket in the hall".to_owned());
    assert!(event.other::<Badge>().await?.current().is_some());
    Ok(())
}

fn take(log: &Log) -> Vec<String> {
    std::mem::take(&mut *log.lock().unwrap())
}

fn office(
    log: &Log,
    outside: impl FnOnce(Router<Arc<Office>>, &Arc<Office>, &Arc<Hall>) -> Router<Arc<Office>>,
) -> (Router, String) {
    let mut cookies = String::new();
    let router = unjwt::install(Badge::config(JwsKey::secret([3; 32])), |badge| {
        let office = Arc::new(Office { badge: badge.clone(), name: "the office", log: Arc::clone(log) });
        let mut kept = None;
        let inner = unjwt::install(Ticket::config(JwsKey::secret([4; 32])), |ticket| {
            let hall = Arc::new(Hall { badge: badge.clone(), ticket, log: Arc::clone(log) });
            kept = Some(Arc::clone(&hall));
            let router = Router::new()
                .route("/badge", get(async |_: Badge| "badge"))
                .route("/ticket", get(async |_: Ticket| "ticket"))
                .route("/plain", get(async || "plain"));
            (router, hall)
        });
        let hall = kept.unwrap();
        let both = [badge.cookie_header(&Badge {}).unwrap(), hall.ticket.cookie_header(&Ticket {}).unwrap()];
        cookies = both.map(|cookie| cookie.to_str().unwrap().to_owned()).join("; ");
        let router = outside(Router::new().nest_service("/hall", inner.unwrap()), &office, &hall);
        (router, office)
    });
    (router.unwrap(), cookies)
}

#[tokio::test]
async fn the_outer_session_is_served_inside_with_the_outer_state() {
    let log = Log::default();
    let (router, cookies) = office(&log, |router, _, _| router);
    let ask = async |path| reply(&router, http::Request::get(path).header("cookie", &cookies)).await;
    let answer = ask("/hall/badge").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "badge"));
    assert_eq!(take(&log), ["badge in the office"]);
    let answer = ask("/hall/ticket").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "ticket"), "a hook asks for it");
    assert_eq!(take(&log), ["ticket in the hall", "badge in the office"]);
}

#[tokio::test]
async fn the_outer_session_is_read_once_for_both_layers() {
    async fn who(_: Option<Badge>, request: Request, next: Next) -> Response {
        next.run(request).await
    }
    let log = Log::default();
    let (router, cookies) = office(&log, |router, office, _| {
        router.layer(middleware::from_fn_with_state(Arc::clone(office), who))
    });
    let answer = reply(&router, http::Request::get("/hall/badge").header("cookie", &cookies)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(take(&log), ["badge in the office"]);
}

/// The inner layer has not been reached yet, and its session is asked for by its own state.
#[tokio::test]
async fn the_inner_session_is_served_outside_with_the_inner_state() {
    async fn who(State(hall): State<Arc<Hall>>, request: Request, next: Next) -> Response {
        let (mut parts, body) = request.into_parts();
        let ticket = parts.extract_with_state::<SessionManager<Ticket>, _>(&hall).await;
        let known = ticket.is_ok_and(|ticket| ticket.current().is_some());
        let mut response = next.run(Request::from_parts(parts, body)).await;
        response.headers_mut().insert("x-seen", known.to_string().parse().unwrap());
        response
    }
    let log = Log::default();
    let (router, cookies) =
        office(&log, |router, _, hall| router.layer(middleware::from_fn_with_state(Arc::clone(hall), who)));
    let answer = reply(&router, http::Request::get("/hall/plain").header("cookie", &cookies)).await;
    assert_eq!((answer.body.as_str(), seen(&answer)), ("plain", "true"));
    assert_eq!(take(&log), ["ticket in the hall", "badge in the office"]);
}

/// One type of state with two values.
#[tokio::test]
async fn hooks_see_the_value_of_their_own_layer_where_two_layers_have_one_type_of_state() {
    let log = Log::default();
    let office = |badge, name| Arc::new(Office { badge, name, log: Arc::clone(&log) });
    let mut cookie = None;
    let router = unjwt::install(Badge::config(JwsKey::secret([3; 32])), |outer_badge| {
        cookie = Some(outer_badge.cookie_header(&Badge {}).unwrap());
        let outer = office(outer_badge, "the outer office");
        let asked = Arc::clone(&outer);
        let inner = unjwt::install(Badge::config(JwsKey::secret([3; 32])), |badge| {
            let outer = get(async move |request: Request| {
                let (mut parts, _) = request.into_parts();
                let badge = parts.extract_with_state::<SessionManager<Badge>, _>(&asked).await;
                badge.is_ok_and(|badge| badge.current().is_some()).to_string()
            });
            let router = Router::new()
                .route("/own", get(async |badge: Option<Badge>| badge.is_some().to_string()))
                .route("/outer", outer);
            (router, office(badge, "the inner office"))
        });
        let router = Router::new()
            .nest_service("/inner", inner.unwrap())
            .route("/own", get(async |badge: Option<Badge>| badge.is_some().to_string()));
        (router, outer)
    });
    let (router, cookie) = (router.unwrap(), cookie.unwrap());
    for (path, name) in [
        ("/own", "the outer office"),
        ("/inner/own", "the inner office"),
        ("/inner/outer", "the outer office"),
    ] {
        let answer = reply(&router, http::Request::get(path).header("cookie", &cookie)).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "true"), "{path}");
        assert_eq!(take(&log), [format!("badge in {name}")], "{path}");
    }
}

#[tokio::test]
async fn three_layers_share_one_request() {
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jws, name = "theme", max_age = "1h")]
    struct Theme {}

    struct Whole {
        theme: SessionHandle<Theme>,
        login: SessionHandle<Login>,
    }
    impl HasSession<Theme> for Whole {
        fn handle(&self) -> &SessionHandle<Theme> {
            &self.theme
        }
    }
    impl HasSession<Login> for Whole {
        fn handle(&self) -> &SessionHandle<Login> {
            &self.login
        }
    }
    let mut kept = None;
    let router = unjwt::install(Login::config(JwsKey::secret([1; 32])), |users| {
        kept = Some(users.clone());
        let theme = unjwt::install(Theme::config(JwsKey::secret([5; 32])), |theme| {
            let (innermost, _) = shop(&users);
            let whole = Arc::new(Whole { theme, login: users.clone() });
            let router = Router::new()
                .nest_service("/shop", innermost)
                .layer(middleware::from_fn_with_state(Arc::clone(&whole), touch));
            (router, whole)
        });
        let router = Router::new()
            .nest_service("/theme", theme.unwrap())
            .layer(middleware::from_fn_with_state(users.clone(), touch));
        (router, users)
    });
    let (router, users) = (router.unwrap(), kept.unwrap());
    let mut browser = Browser::with(&users.cookie_header(&login("ada")).unwrap());
    let reply = browser.post(&router, "/theme/shop/log-out").await;
    assert_eq!((reply.status, seen(&reply)), (StatusCode::OK, "ada nobody"));
    assert_eq!(said(&reply.set_cookies()), ["login removed"]);
}
