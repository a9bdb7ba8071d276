use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures_util::{Stream, StreamExt as _, stream};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt as _;
use unjwt::SessionManager;

use super::support::{Browser, TestClock, set_cookies};
use super::{User, now, serve, user, write_late};

/// Tells what the session is whenever an event is asked for, and tries to write it each second time.
fn events(manager: SessionManager<User>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = stream::unfold((manager, false), async |(manager, write)| {
        let data = if write { write_late(&manager).await } else { now(&manager) };
        Some((Ok(Event::default().data(data)), (manager, !write)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

fn routes() -> Router<unjwt::SessionHandle<User>> {
    let write = async |manager: SessionManager<User>| {
        manager.replace(user("grace")).await.unwrap();
        events(manager)
    };
    Router::new()
        .route("/events", get(async |_: User, manager: SessionManager<User>| events(manager)))
        .route("/write", get(write))
}

struct Events {
    head: HeaderMap,
    body: BodyDataStream,
}

impl Events {
    async fn open(router: &Router, path: &str, browser: &Browser) -> Self {
        let mut request = Request::get(path);
        if let Some(cookies) = browser.header() {
            request = request.header(COOKIE, cookies);
        }
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
        let (head, body) = response.into_parts();
        Self { head: head.headers, body: body.into_data_stream() }
    }

    async fn next(&mut self) -> String {
        let event = self.body.next().await.unwrap().unwrap();
        let event = str::from_utf8(&event).unwrap();
        event.strip_prefix("data: ").unwrap().trim_end().to_owned()
    }
}

#[tokio::test]
async fn events_know_their_session_and_when_it_ends() {
    let clock = TestClock::new();
    let (router, ada) = serve(&clock, routes());
    let mut events = Events::open(&router, "/events", &ada).await;
    assert!(set_cookies(&events.head).is_empty());
    assert_eq!(events.next().await, "Valid ada");
    assert_eq!(events.next().await, "ResponseSent");
    assert_eq!(events.next().await, "Valid ada", "the writes changed nothing");
    assert_eq!(events.next().await, "ResponseSent");
    clock.seconds(3600);
    assert_eq!(events.next().await, "Expired nobody");
    assert_eq!(events.next().await, "ResponseSent");
}

#[tokio::test]
async fn a_write_before_the_stream_sets_the_cookie() {
    let (router, mut browser) = serve(&TestClock::new(), routes());
    browser.cookies.clear();
    let mut events = Events::open(&router, "/write", &browser).await;
    assert_eq!(events.head[CACHE_CONTROL], "private, no-store");
    browser.take(&events.head);
    assert_eq!(events.next().await, "Valid grace");
    assert_eq!(Events::open(&router, "/events", &browser).await.next().await, "Valid grace");
}
