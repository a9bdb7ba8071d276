//! The sources of tokens, and other parts of requests and responses that are not sources.

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use http::header::{AUTHORIZATION, COOKIE};
use http::{Request, StatusCode};
use serde::{Deserialize, Serialize};
use unjwt::hooks::{Failure, HookResult};
use unjwt::{
    ConfigError, ErrorKind, HasSession, JweKey, JwsKey, RequestContext, Session, SessionHandle,
    SessionManager, Status, Tokens,
};

use super::support::{Browser, TestClock, reply};
use super::{
    SECRET, User, admin, big, cookie_request, finish, holding, serve, users, with_a_cookie_of_its_own,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "api", header = "authorization", sources(header, cookie))]
struct Api {
    sub: String,
}

fn api(sub: &str) -> Api {
    Api { sub: sub.to_owned() }
}

const API_SECRET: [u8; 32] = [4; 32];

fn apis() -> Tokens<Api> {
    Api::config(JwsKey::secret(API_SECRET)).build().unwrap()
}

/// `/` says who it is; every response has a cookie of another layer.
fn serve_api() -> Router {
    unjwt::install(Api::config(JwsKey::secret(API_SECRET)), |handle| {
        let routes = Router::new()
            .route("/", get(async |api: Option<Api>| api.map_or("nobody".to_owned(), |api| api.sub)))
            .route(
                "/put",
                post(async |manager: SessionManager<Api>| drop(manager.replace(api("new")).await.unwrap())),
            )
            .layer(middleware::from_fn(with_a_cookie_of_its_own));
        (routes, handle)
    })
    .unwrap()
}

#[tokio::test]
async fn w04_a_cookie_that_somebody_else_sets_changes_nobodys_identity() {
    let router = serve_api();
    let bearer = format!("Bearer {}", apis().sign(&api("ada")).await.unwrap().token.as_str());
    let cookie = apis().cookie_header(&api("eve")).unwrap();
    let request = || Request::get("/").header(AUTHORIZATION, &bearer);
    assert_eq!(reply(&router, request()).await.body, "ada");
    let both = reply(&router, request().header(COOKIE, &cookie)).await;
    assert_eq!(both.body, "ada", "not the cookie's identity");
    assert_eq!(both.set_cookies().len(), 1, "the other's cookie is left alone");
    let written = reply(&router, Request::post("/put").header(AUTHORIZATION, &bearer)).await;
    let names: Vec<_> = written.set_cookies().into_iter().map(|cookie| cookie.name).collect();
    assert_eq!(names, ["lang", "api"]);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "a.b")]
struct Dotted {
    sub: String,
}

#[tokio::test]
async fn w05_no_token_is_found_in_another_cookies_name_or_value() {
    let router = serve_api();
    let good = apis().sign(&api("ada")).await.unwrap().token;
    let good = good.as_str();
    for cookie in [
        format!("xapi={good}"),
        format!("api2={good}"),
        format!("API={good}"),
        format!("other=1, api={good}"),
        format!("other=api={good}"),
        format!("other=\"; api\"={good}"),
        format!("lang=it, api={good}, x"),
    ] {
        let asked = reply(&router, Request::get("/").header(COOKIE, &cookie)).await;
        assert_eq!((asked.status, asked.body.as_str()), (StatusCode::OK, "nobody"), "{cookie}");
    }
    assert_eq!(reply(&router, Request::get("/").header(COOKIE, format!("api={good}"))).await.body, "ada");

    // A name is no pattern.
    let sessions = Dotted::config(JwsKey::secret(API_SECRET)).build().unwrap();
    let token = sessions.sign(&Dotted { sub: "ada".to_owned() }).await.unwrap().token;
    for (name, found) in [("a.b", true), ("axb", false), ("a", false), ("a.b.1", false)] {
        let context = RequestContext::new(&cookie_request(&format!("{name}={}", token.as_str())));
        assert_eq!(sessions.get(&context).await.unwrap().is_some(), found, "{name}");
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "strict", cookie = false)]
struct HeaderOnly {
    sub: String,
}

#[tokio::test]
async fn w06_without_a_cookie_nobody_is_signed_in_by_one() {
    let key = || JwsKey::secret(API_SECRET);
    let sessions = HeaderOnly::config(key()).build().unwrap();
    let token = sessions.sign(&HeaderOnly { sub: "ada".to_owned() }).await.unwrap().token;
    let router = unjwt::install(HeaderOnly::config(key()), |handle| {
        let put = async |manager: SessionManager<HeaderOnly>| {
            manager.replace(HeaderOnly { sub: "new".to_owned() }).await.unwrap();
            manager.clear().await.unwrap();
        };
        (Router::new().route("/", get(async |user: HeaderOnly| user.sub)).route("/put", post(put)), handle)
    })
    .unwrap();
    let cookie = format!("strict={0}; x-strict-session={0}", token.as_str());
    let forged = reply(&router, Request::get("/").header(COOKIE, &cookie)).await;
    assert_eq!(forged.status, StatusCode::UNAUTHORIZED);
    assert_eq!(forged.vary(), "x-strict-session");
    assert_eq!(
        reply(&router, Request::get("/").header("x-strict-session", token.as_str())).await.body,
        "ada"
    );
    assert!(reply(&router, Request::post("/put").header(COOKIE, &cookie)).await.set_cookies().is_empty());
}

/// DESIGN: an expired cookie is deleted, a rejected one is not, so that a key rollout logs nobody out.
#[tokio::test]
async fn w07_an_expired_cookie_does_not_stay_and_no_refused_token_is_shown() {
    let clock = TestClock::new();
    let router = serve(&clock, |router, _| {
        router.route(
            "/",
            get(async |user: SessionManager<User>| format!("{:?} {:?}", user.status(), user.token())),
        )
    });
    let mut browser = holding(&clock, &big());
    clock.seconds(3600);
    assert_eq!(browser.get(&router, "/").await.body, "Expired None");
    assert!(browser.cookies.is_empty(), "with its chunks");

    let old = User::config(JweKey::secret([8; 32])).clock(clock.read()).build().unwrap();
    let mut browser = Browser::with(&old.cookie_header(&admin()).unwrap());
    let before = browser.cookies.clone();
    assert_eq!(browser.get(&router, "/").await.body, "Rejected None");
    assert_eq!(browser.cookies, before);
}

/// State written by hand: the derive refuses this when it compiles.
struct TwoOfOneName {
    one: SessionHandle<User>,
    two: SessionHandle<Twin>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "user", header = "x-twin")]
struct Twin {
    sub: String,
}

impl HasSession<User> for TwoOfOneName {
    fn handle(&self) -> &SessionHandle<User> {
        &self.one
    }
}

impl HasSession<Twin> for TwoOfOneName {
    fn handle(&self) -> &SessionHandle<Twin> {
        &self.two
    }
}

#[tokio::test]
async fn w27_two_sessions_never_share_a_name_or_a_requests_state() {
    let refused = unjwt::build(
        (User::config(JweKey::secret(SECRET)), Twin::config(JwsKey::secret(API_SECRET))),
        |(one, two)| TwoOfOneName { one, two },
    );
    let Err(ConfigError::Clash { what, value, .. }) = refused else { panic!("two sessions named `user`") };
    assert_eq!((what, value.as_str()), ("cookie name", "user"));

    // Two configurations of one type, one of them stricter, in one request.
    let clock = TestClock::new();
    let (loose, strict) = (users(&clock), {
        let config = User::config(JweKey::secret(SECRET)).clock(clock.read());
        config.audience(["elsewhere"]).build().unwrap()
    });
    let context = RequestContext::new(&holding(&clock, &admin()).request_headers());
    assert!(loose.get(&context).await.unwrap().is_some());
    assert!(strict.get(&context).await.unwrap().is_none(), "each applies its own policy");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "parts", cookie(chunk_max_length = 100), hooks(on_error = note))]
struct Parts {
    sub: String,
}

std::thread_local! {
    static NOTED: std::cell::RefCell<Vec<ErrorKind>> = const { std::cell::RefCell::new(Vec::new()) };
}

async fn note(event: Failure<'_, Parts>) -> HookResult {
    NOTED.with_borrow_mut(|noted| noted.push(event.error().kind()));
    Ok(())
}

#[tokio::test]
async fn w31_a_malformed_chunk_marker_is_not_followed_and_an_incomplete_set_is_not_silent() {
    let sessions = Parts::config(JweKey::secret(SECRET)).build().unwrap();
    let whole = Browser::with(&sessions.cookie_header(&Parts { sub: "ada".to_owned() }).unwrap());
    let chunks = whole.cookies.len() - 1;
    assert!(chunks >= 2);
    for marker in [
        format!("{chunks}junk"),
        format!("0x{chunks}"),
        format!("{chunks}.9"),
        format!("0{chunks}"),
        format!("+{chunks}"),
        format!("%20{chunks}"),
        "0".to_owned(),
        "-1".to_owned(),
        String::new(),
        "101".to_owned(),
        (chunks + 1).to_string(),
    ] {
        let mut browser = whole.clone();
        browser.cookies.insert("parts".to_owned(), format!("__chunked__{marker}"));
        let context = RequestContext::new(&browser.request_headers());
        assert_eq!(sessions.manager(&context).await.unwrap().status(), Status::Rejected, "{marker}");
        assert_eq!(NOTED.take(), [ErrorKind::ChunksIncomplete], "{marker}");
        assert!(finish(&context).is_empty());
    }
    let mut browser = whole.clone();
    browser.cookies.remove("parts.1");
    let context = RequestContext::new(&browser.request_headers());
    assert!(sessions.get(&context).await.unwrap().is_none());
    assert_eq!(NOTED.take(), [ErrorKind::ChunksIncomplete]);
    assert!(sessions.get(&RequestContext::new(&whole.request_headers())).await.unwrap().is_some());
}

#[tokio::test]
async fn w32_another_schemes_credentials_do_not_shadow_the_cookie() {
    let router = serve_api();
    let token = apis().sign(&api("ada")).await.unwrap().token;
    let cookie = apis().cookie_header(&api("eve")).unwrap();
    let ask = async |value: &str| {
        let request = Request::get("/").header(AUTHORIZATION, value).header(COOKIE, &cookie);
        reply(&router, request).await.body
    };
    for other in ["Basic dXNlcjpwYXNz", "Digest username=x", "Bearer", "", "garbage"] {
        assert_eq!(ask(other).await, "eve", "{other}");
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(ask(&format!("{scheme} {}", token.as_str())).await, "ada", "{scheme}");
    }
    assert_eq!(ask(&format!("Basic {}", token.as_str())).await, "eve", "no token of another scheme");
}
