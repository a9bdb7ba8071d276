//! Writes and ends of sessions: nothing comes back, nothing is left behind, and nothing is half done.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use unjwt::hooks::{Failure, HookError, HookResult, Read, Update};
use unjwt::{
    ErrorKind, HasSession, JweKey, JwsKey, RequestContext, Session, SessionHandle, SessionManager, Source,
    Status,
};

use super::support::{Browser, TestClock, json_segment, segment};
use super::{SECRET, User, UserPatch, admin, big, cookie_request, finish, holding, serve, user, users};

/// Ends the session before the handler.
async fn logout_first(user: SessionManager<User>, request: Request, next: Next) -> Response {
    user.clear().await.unwrap();
    next.run(request).await
}

async fn who(user: Option<User>) -> String {
    user.map_or("nobody".to_owned(), |user| user.sub)
}

async fn promote(user: SessionManager<User>) -> String {
    match user.update(UserPatch { notes: Some(Some("later".to_owned())), ..UserPatch::default() }).await {
        Ok(user) => format!("{:?}", user.data),
        Err(error) => error.code().to_owned(),
    }
}

async fn begin_anew(manager: SessionManager<User>) -> String {
    let patch = UserPatch { sub: Some("mallory".to_owned()), ..UserPatch::default() };
    format!("{:?}", manager.update(patch).await.unwrap().data.role)
}

#[tokio::test]
async fn w01_a_cleared_session_is_not_resurrected_by_a_later_use() {
    let clock = TestClock::new();
    let router = serve(&clock, |router, handle| {
        router
            .route("/who", get(who))
            .route("/promote", post(promote))
            .route("/anew", post(begin_anew))
            .layer(middleware::from_fn_with_state(handle.clone(), logout_first))
    });
    let mut browser = holding(&clock, &admin());
    let stolen = browser.clone();
    assert_eq!(browser.get(&router, "/who").await.body, "nobody");
    assert!(browser.cookies.is_empty());

    let mut browser = stolen.clone();
    assert_eq!(browser.post(&router, "/promote").await.body, "ERR_SESSION_MISSING_FIELD");
    assert!(browser.cookies.is_empty());

    let mut browser = stolen;
    assert_eq!(browser.post(&router, "/anew").await.body, "None", "no role of the session that ended");
    let context = RequestContext::new(&browser.request_headers());
    assert_eq!(*users(&clock).get(&context).await.unwrap().unwrap().data, user("mallory"));
}

#[tokio::test]
async fn w02_a_clear_after_a_chunked_write_leaves_no_chunk_of_it() {
    let clock = TestClock::new();
    let router = serve(&clock, |router, _| {
        router.route(
            "/",
            post(async |user: SessionManager<User>| {
                user.replace(big()).await.unwrap();
                user.clear().await.unwrap();
            }),
        )
    });
    for mut browser in [Browser::default(), holding(&clock, &big()), holding(&clock, &admin())] {
        let reply = browser.post(&router, "/").await;
        assert!(!reply.set_cookies().is_empty());
        assert!(reply.set_cookies().iter().all(|cookie| cookie.removes() && cookie.value.is_empty()));
        assert!(browser.cookies.is_empty(), "{:?}", browser.cookies.keys());
    }
}

#[tokio::test]
async fn w03_a_small_write_after_a_big_one_leaves_no_orphaned_chunks() {
    let clock = TestClock::new();
    let router = serve(&clock, |router, _| {
        router
            .route(
                "/both",
                post(async |manager: SessionManager<User>| {
                    manager.replace(big()).await.unwrap();
                    manager.replace(user("ada")).await.unwrap();
                }),
            )
            .route("/big", post(async |user: SessionManager<User>| drop(user.replace(big()).await.unwrap())))
            .route(
                "/small",
                post(async |user: SessionManager<User>| drop(user.replace(admin()).await.unwrap())),
            )
    });
    let mut browser = Browser::default();
    browser.post(&router, "/both").await;
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["user"]);

    browser.post(&router, "/big").await;
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["user", "user.1", "user.2"]);
    browser.post(&router, "/small").await;
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["user"]);
    browser.cookies.insert("user.2".to_owned(), "an orphan".to_owned());
    browser.post(&router, "/small").await;
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["user"], "swept whatever the main cookie holds");
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "count", state = Arc<Service>, hooks(on_read = refuse_revoked, on_update = audit, on_error = report))]
struct Counter {
    count: u32,
    seen_at: std::time::SystemTime,
}

#[derive(Default)]
struct Service {
    handle: Option<SessionHandle<Counter>>,
    revoked: Mutex<HashSet<String>>,
    down: Mutex<Option<&'static str>>,
}

impl Service {
    fn may_fail(&self, hook: &'static str) -> HookResult {
        if *self.down.lock().unwrap() == Some(hook) {
            return Err(HookError::new("down").with_status(StatusCode::BAD_GATEWAY));
        }
        Ok(())
    }
}

impl HasSession<Counter> for Service {
    fn handle(&self) -> &SessionHandle<Counter> {
        self.handle.as_ref().unwrap()
    }
}

async fn refuse_revoked(event: Read<'_, Counter>) -> HookResult {
    if event.state().revoked.lock().unwrap().contains(&*event.current().id) {
        event.refuse();
    }
    event.state().may_fail("on_read")
}

async fn audit(event: Update<'_, Counter>) -> HookResult {
    event.state().may_fail("on_update")
}

async fn report(event: Failure<'_, Counter>) -> HookResult {
    event.state().may_fail("on_error")
}

fn count(count: u32) -> Counter {
    Counter { count, seen_at: std::time::UNIX_EPOCH + std::time::Duration::from_nanos(1_234_567_890) }
}

/// `/` asks for the session, `/put` writes one.
fn counting() -> (Router, Arc<Service>) {
    let mut state = None;
    let router = unjwt::install(Counter::config(JwsKey::secret([3; 32])), |handle| {
        let service = Arc::new(Service { handle: Some(handle), ..Service::default() });
        state = Some(Arc::clone(&service));
        let put = async |counter: SessionManager<Counter>| {
            let before = counter.current().map(|counter| counter.data.count);
            let failed = counter.replace(count(2)).await.err().map(|error| error.kind());
            format!("{before:?} {failed:?} {:?}", counter.current().map(|counter| counter.data.count))
        };
        let routes = Router::new()
            .route("/", get(async |counter: Counter| counter.count.to_string()))
            .route("/put", post(put));
        (routes, service)
    })
    .unwrap();
    (router, state.unwrap())
}

#[tokio::test]
async fn w20_updates_of_one_request_are_not_lost_and_a_superseded_token_can_be_refused() {
    let (router, service) = counting();
    let sessions = service.handle.clone().unwrap();
    let mut browser = Browser::with(&sessions.cookie_header(&count(0)).unwrap());
    let context = RequestContext::with_state(&browser.request_headers(), Arc::clone(&service));
    // No write waits for a first read: each of these is the first to ask.
    let writes: Vec<_> = (0..40)
        .map(|_| {
            let (sessions, context) = (sessions.clone(), context.clone());
            tokio::spawn(async move {
                let manager = sessions.manager(&context).await.unwrap();
                manager.update_with(|counter| counter.count += 1).await.unwrap();
            })
        })
        .collect();
    for write in writes {
        write.await.unwrap();
    }
    assert_eq!(sessions.get(&context).await.unwrap().unwrap().data.count, 40);

    let context = RequestContext::with_state(&browser.request_headers(), Arc::clone(&service));
    let id = sessions.get(&context).await.unwrap().unwrap().id.to_string();
    assert_eq!(browser.get(&router, "/").await.body, "0", "a token lives until its end, wherever a copy is");
    service.revoked.lock().unwrap().insert(id);
    assert_eq!(browser.get(&router, "/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn w22_a_failed_update_does_not_replace_the_data_by_a_lossy_copy() {
    let sessions = users(&TestClock::new());
    let context = RequestContext::new(&HeaderMap::new());
    let manager = sessions.manager(&context).await.unwrap();
    let before = manager.replace(admin()).await.unwrap();
    let huge = "x".repeat(50_000);
    let error = manager.update_with(|user| user.notes = Some(huge)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(Arc::ptr_eq(&before.data, &manager.current().unwrap().data), "the very data, and no copy");

    let (_, service) = counting();
    let sessions = service.handle.clone().unwrap();
    let context = RequestContext::with_state(&HeaderMap::new(), Arc::clone(&service));
    let manager = sessions.manager(&context).await.unwrap();
    manager.replace(count(1)).await.unwrap();
    *service.down.lock().unwrap() = Some("on_update");
    assert!(manager.update_with(|counter| counter.seen_at = std::time::UNIX_EPOCH).await.is_err());
    *service.down.lock().unwrap() = None;
    let written = manager.update_with(|counter| counter.count = 5).await.unwrap();
    assert_eq!(written.data.seen_at, count(1).seen_at, "a date stays a date, to the nanosecond");
}

#[tokio::test]
async fn w23_a_handler_that_fails_does_not_lose_the_logout_or_the_login() {
    let clock = TestClock::new();
    let router = serve(&clock, |router, _| {
        router
            .route(
                "/logout",
                post(async |user: SessionManager<User>| -> Result<(), StatusCode> {
                    user.clear().await.unwrap();
                    Err(StatusCode::INTERNAL_SERVER_ERROR)
                }),
            )
            .route(
                "/login",
                post(async |user: SessionManager<User>| -> Result<(), unjwt::Error> {
                    user.replace(admin()).await?;
                    user.update_with(|user| user.notes = Some("x".repeat(50_000))).await.map(drop)
                }),
            )
    });
    let mut browser = Browser::default();
    assert_eq!(browser.post(&router, "/login").await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(browser.cookies.len(), 1);
    assert_eq!(browser.post(&router, "/logout").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn w25_a_failing_hook_neither_splits_the_state_nor_meets_everyone_with_a_bad_cookie() {
    let (router, service) = counting();
    let sessions = service.handle.clone().unwrap();
    let mut browser = Browser::with(&sessions.cookie_header(&count(1)).unwrap());
    *service.down.lock().unwrap() = Some("on_update");
    let reply = browser.post(&router, "/put").await;
    assert_eq!(reply.body, "Some(1) Some(Hook) Some(1)", "the write is taken back");
    assert!(reply.set_cookies().is_empty());

    // A bad cookie is the client's affair; only the failing hook itself is an outage, with the status it
    // chose.
    let mut stranger = Browser::default();
    stranger.cookies.insert("count".to_owned(), "x.y.z".to_owned());
    assert_eq!(stranger.get(&router, "/").await.status, StatusCode::UNAUTHORIZED);
    *service.down.lock().unwrap() = Some("on_error");
    assert_eq!(stranger.get(&router, "/").await.status, StatusCode::BAD_GATEWAY);
    assert_eq!(browser.get(&router, "/").await.body, "1", "nobody else notices");
    *service.down.lock().unwrap() = Some("on_read");
    let reply = browser.get(&router, "/").await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert!(reply.set_cookies().is_empty(), "an outage logs nobody out");
}

#[tokio::test]
async fn w28_the_token_of_a_chunked_session_is_never_the_chunk_marker() {
    let sessions = users(&TestClock::new());
    let mut browser = Browser::default();
    let context = RequestContext::new(&HeaderMap::new());
    sessions.replace(&context, big()).await.unwrap();
    let written = sessions.token(&context).await.unwrap().unwrap();
    let mut response = HeaderMap::new();
    context.finish(&mut response);
    browser.take(&response);
    assert!(browser.cookies["user"].starts_with("__chunked__"));

    let context = RequestContext::new(&browser.request_headers());
    let read = sessions.token(&context).await.unwrap().unwrap();
    assert_eq!(read, written);
    assert_eq!(json_segment(&read, 0)["typ"], "user+jwt");
    assert_eq!(segment(&read, 4).len(), 16);
    assert_eq!(*sessions.unseal_without_hooks(&read).await.unwrap().data, big());
}

#[tokio::test]
async fn w29_a_large_session_does_not_lock_its_user_out() {
    let clock = TestClock::new();
    let router = serve(&clock, |router, _| {
        router.route("/", get(who)).route(
            "/grow",
            post(async |user: SessionManager<User>| -> Result<(), unjwt::Error> {
                user.update_with(|user| user.notes.get_or_insert_default().push_str(&"x".repeat(1_000)))
                    .await
                    .map(drop)
            }),
        )
    });
    let mut browser = holding(&clock, &user("ada"));
    let mut refused = 0;
    for _ in 0..30 {
        let before = browser.cookies.clone();
        let reply = browser.post(&router, "/grow").await;
        for cookie in reply.set_cookies() {
            assert!(cookie.line.len() <= 4096, "{}", cookie.line.len());
        }
        if reply.status == StatusCode::PAYLOAD_TOO_LARGE {
            assert_eq!(browser.cookies, before, "and the session stays what it was");
            refused += 1;
        }
        assert_eq!(browser.get(&router, "/").await.body, "ada");
    }
    assert!(refused > 0);
    assert!(browser.header().unwrap().len() < 3 * 4096, "what a server accepts of header fields");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "h3", max_age = "1h", extend = "rotate")]
struct Visit {
    count: u32,
}

#[tokio::test]
async fn w30_a_session_like_h3s_is_lazy_stays_cleared_rotates_and_overwrites_nothing_it_cannot_read() {
    let clock = TestClock::new();
    let sessions = Visit::config(JweKey::secret(SECRET)).clock(clock.read()).build().unwrap();
    let context = RequestContext::new(&HeaderMap::new());
    assert!(sessions.get(&context).await.unwrap().is_none());
    assert!(finish(&context).is_empty(), "nobody gets a session by asking");

    let context = RequestContext::new(&cookie_request("h3=Fe26.2**a**b*c*d*e*f"));
    let manager = sessions.manager(&context).await.unwrap();
    assert_eq!(manager.status(), Status::Rejected);
    assert!(finish(&context).is_empty(), "another service's cookie is not overwritten");

    let browser = Browser::with(&sessions.cookie_header(&Visit { count: 1 }).unwrap());
    let context = RequestContext::new(&browser.request_headers());
    let manager = sessions.manager(&context).await.unwrap();
    let first = manager.current().unwrap();
    clock.seconds(60);
    let updated = manager.update(VisitPatch { count: Some(2) }).await.unwrap();
    assert_eq!((&updated.id, updated.created_at), (&first.id, first.created_at));
    let rotated = manager.rotate().await.unwrap();
    assert!(rotated.id != first.id && rotated.created_at > first.created_at);
    assert_eq!((rotated.source, &*rotated.data), (Source::New, &Visit { count: 2 }));
    manager.clear().await.unwrap();
    assert!(sessions.get(&context).await.unwrap().is_none(), "the request's cookie is not read again");
    assert!(finish(&context).iter().all(|cookie| cookie.removes()));
}

#[tokio::test]
async fn w35_a_cookie_that_cannot_be_set_takes_its_write_back() {
    let clock = TestClock::new();
    let sessions = users(&clock);
    let huge = || User { notes: Some("x".repeat(50_000)), ..user("eve") };
    let context = RequestContext::new(&HeaderMap::new());
    let manager = sessions.manager(&context).await.unwrap();
    assert_eq!(manager.replace(huge()).await.unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!((manager.status(), manager.token()), (Status::Absent, None));
    assert!(finish(&context).is_empty());

    let context = RequestContext::new(&holding(&clock, &admin()).request_headers());
    let manager = sessions.manager(&context).await.unwrap();
    let before = manager.current().unwrap();
    assert!(manager.replace(huge()).await.is_err());
    let after = manager.current().unwrap();
    assert_eq!((after.id, after.token, after.data), (before.id, before.token, before.data));
    assert!(finish(&context).is_empty());
    assert_eq!(manager.clear().await.unwrap_err().kind(), ErrorKind::ResponseSent);
    assert_eq!(manager.status(), Status::Valid, "what the client cannot be told has not happened");
}
