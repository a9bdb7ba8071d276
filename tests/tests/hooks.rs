//! The order, exclusion, visibility and failures of hooks.

mod support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use support::{Browser, TestClock, set_cookies};
use unjwt::hooks::{Clear, Expire, Failure, HookError, HookResult, KeyLookup, Read, Renew, Update};
use unjwt::{ErrorKind, Jwk, JwsKey, RequestContext, Session, SessionHandle, SessionState, Status};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(
    jws,
    name = "access",
    max_age = "15m",
    state = Arc<App>,
    hooks(
        on_read = on_read,
        on_update = on_update,
        on_clear = on_clear,
        on_expire = on_expire,
        on_error = on_error,
        renew = renew,
    )
)]
struct Access {
    sub: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "refresh", max_age = "7D", state = Arc<App>, hooks(on_read = refresh_read, on_expire = refresh_expired))]
struct Refresh {
    sub: String,
}

#[derive(SessionState)]
struct App {
    access: SessionHandle<Access>,
    refresh: SessionHandle<Refresh>,
    log: Mutex<Vec<String>>,
    revoked: Mutex<HashSet<String>>,
    fail: Mutex<Option<&'static str>>,
    slow: AtomicBool,
    reads: AtomicUsize,
}

impl App {
    fn note(&self, line: impl Into<String>) {
        self.log.lock().unwrap().push(line.into());
    }

    fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }

    fn may_fail(&self, hook: &'static str) -> HookResult {
        if *self.fail.lock().unwrap() == Some(hook) {
            return Err(HookError::new("the store is down").with_status(StatusCode::BAD_GATEWAY));
        }
        Ok(())
    }

    fn context(self: &Arc<Self>, browser: &Browser) -> RequestContext<Arc<Self>> {
        RequestContext::with_state(&browser.request_headers(), Arc::clone(self))
    }
}

async fn on_read(event: Read<'_, Access>) -> HookResult {
    event.state().reads.fetch_add(1, Ordering::SeqCst);
    event.state().note(format!("on_read {}", event.current().data.sub));
    event.state().may_fail("on_read")?;
    if event.state().slow.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
    if event.state().revoked.lock().unwrap().contains(&*event.current().id) {
        event.refuse();
    }
    Ok(())
}

async fn on_update(event: Update<'_, Access>) -> HookResult {
    let old = event.old().map_or("nobody", |old| &old.data.sub).to_owned();
    event.state().note(format!("on_update {old} -> {}", event.current().data.sub));
    tokio::task::yield_now().await;
    event.state().may_fail("on_update")
}

async fn on_clear(event: Clear<'_, Access>) -> HookResult {
    let old = event.old().map_or("nobody", |old| &old.data.sub).to_owned();
    event.state().note(format!("on_clear {old}"));
    event.state().may_fail("on_clear")
}

async fn on_expire(event: Expire<'_, Access>) -> HookResult {
    event.state().note(format!("on_expire {}", event.expired().data.sub));
    event.state().may_fail("on_expire")
}

async fn on_error(event: Failure<'_, Access>) -> HookResult {
    let during = if event.is_write() { "write" } else { "read" };
    event.state().note(format!("on_error {during} {}", event.error().code()));
    event.state().may_fail("on_error")
}

async fn renew(event: Renew<'_, Access>) -> HookResult {
    event.state().note(match event.expired() {
        Some(expired) => format!("renew after {}", expired.data.sub),
        None => "renew of nothing".to_owned(),
    });
    event.state().may_fail("renew")?;
    let refresh = event.other::<Refresh>().await?;
    if let Some(refresh) = refresh.current() {
        event.session().replace(Access { sub: refresh.data.sub.clone() }).await?;
    }
    Ok(())
}

async fn refresh_read(event: Read<'_, Refresh>) -> HookResult {
    let access = event.other::<Access>().await?;
    event.state().note(format!("refresh on_read sees {:?}", access.status()));
    tokio::task::yield_now().await;
    Ok(())
}

async fn refresh_expired(event: Expire<'_, Refresh>) -> HookResult {
    event.state().note("refresh on_expire");
    event.other::<Access>().await.map(drop).map_err(Into::into)
}

fn app(clock: &TestClock) -> Arc<App> {
    unjwt::build(
        (
            Access::config(JwsKey::secret([1; 32])).clock(clock.read()),
            Refresh::config(JwsKey::secret([2; 32])).clock(clock.read()),
        ),
        |(access, refresh)| {
            Arc::new(App {
                access,
                refresh,
                log: Mutex::default(),
                revoked: Mutex::default(),
                fail: Mutex::default(),
                slow: AtomicBool::new(false),
                reads: AtomicUsize::new(0),
            })
        },
    )
    .unwrap()
}

fn ada(app: &App) -> Browser {
    Browser::with(&app.access.cookie_header(&Access { sub: "ada".to_owned() }).unwrap())
}

fn with_refresh(app: &App, mut browser: Browser, sub: &str) -> Browser {
    let header = app.refresh.cookie_header(&Refresh { sub: sub.to_owned() }).unwrap();
    browser.cookies.extend(Browser::with(&header).cookies);
    browser
}

fn finish(context: &RequestContext<Arc<App>>) -> Vec<support::SetCookie> {
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    set_cookies(&headers)
}

#[tokio::test]
async fn on_read_runs_once_for_a_valid_session_and_alone() {
    let app = app(&TestClock::new());
    let context = app.context(&ada(&app));
    for _ in 0..3 {
        assert!(app.access.get(&context).await.unwrap().is_some());
    }
    assert_eq!(app.log(), ["on_read ada"]);
}

#[tokio::test]
async fn a_refused_session_is_rejected_without_on_error_and_keeps_its_cookie() {
    let app = app(&TestClock::new());
    let browser = ada(&app);
    let id = app.access.get(&app.context(&browser)).await.unwrap().unwrap().id;
    app.revoked.lock().unwrap().insert(id.to_string());
    app.log();
    let context = app.context(&browser);
    let manager = app.access.manager(&context).await.unwrap();
    assert!(manager.current().is_none());
    assert_eq!(manager.status(), Status::Rejected);
    assert_eq!(app.log(), ["on_read ada"]);
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn a_failing_on_read_is_an_error_and_runs_again_for_the_next_who_asks() {
    let app = app(&TestClock::new());
    *app.fail.lock().unwrap() = Some("on_read");
    let context = app.context(&ada(&app));
    for _ in 0..2 {
        assert_eq!(app.access.get(&context).await.unwrap_err().kind(), ErrorKind::Hook);
    }
    assert_eq!(app.log(), ["on_read ada", "on_read ada"]);
}

#[tokio::test]
async fn an_expired_token_is_told_to_on_expire_then_renewed_and_nothing_else() {
    let clock = TestClock::new();
    let app = app(&clock);
    let browser = with_refresh(&app, ada(&app), "ada");
    clock.seconds(15 * 60);
    let context = app.context(&browser);
    let session = app.access.get(&context).await.unwrap().unwrap();
    assert_eq!(session.data.sub, "ada");
    assert_eq!(
        app.log(),
        ["on_expire ada", "renew after ada", "refresh on_read sees Absent", "on_update nobody -> ada"]
    );
    let lines = finish(&context);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].value, session.token.as_str());
}

#[tokio::test]
async fn a_missing_token_is_renewed_too() {
    let app = app(&TestClock::new());
    let browser = with_refresh(&app, Browser::default(), "bob");
    let context = app.context(&browser);
    assert_eq!(app.access.get(&context).await.unwrap().unwrap().data.sub, "bob");
    assert_eq!(app.log(), ["renew of nothing", "refresh on_read sees Absent", "on_update nobody -> bob"]);
}

#[tokio::test]
async fn with_renew_an_expired_cookie_is_left_alone_when_nothing_is_written() {
    let clock = TestClock::new();
    let app = app(&clock);
    let browser = ada(&app);
    clock.seconds(15 * 60);
    let context = app.context(&browser);
    assert!(app.access.get(&context).await.unwrap().is_none());
    assert!(finish(&context).is_empty(), "a tab that loses a race must not remove the winner's cookie");
}

#[tokio::test]
async fn without_renew_an_expired_cookie_is_removed() {
    let clock = TestClock::new();
    let app = app(&clock);
    let browser = with_refresh(&app, Browser::default(), "ada");
    clock.seconds(7 * 86_400);
    let context = app.context(&browser);
    assert!(app.refresh.get(&context).await.unwrap().is_none());
    assert!(app.log().contains(&"refresh on_expire".to_owned()));
    let lines = finish(&context);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].name == "refresh" && lines[0].removes());
}

#[tokio::test]
async fn a_rejected_token_is_told_to_on_error_and_then_renewed() {
    let app = app(&TestClock::new());
    let mut browser = with_refresh(&app, ada(&app), "ada");
    browser.cookies.get_mut("access").unwrap().push_str("AAAA");
    let context = app.context(&browser);
    let session = app.access.get(&context).await.unwrap().unwrap();
    assert_eq!(session.data.sub, "ada");
    let log = app.log();
    assert!(log[0].starts_with("on_error read ERR_JWS_"), "{log:?}");
    assert_eq!(log[1..], ["renew of nothing", "refresh on_read sees Absent", "on_update nobody -> ada"]);
    assert_eq!(finish(&context)[0].value, session.token.as_str());
}

#[tokio::test]
async fn writes_tell_on_update_with_the_session_before_and_after() {
    let app = app(&TestClock::new());
    let context = app.context(&ada(&app));
    let manager = app.access.manager(&context).await.unwrap();
    app.log();
    manager.update_with(|access| access.sub = "eve".to_owned()).await.unwrap();
    manager.rotate().await.unwrap();
    assert_eq!(app.log(), ["on_update ada -> eve", "on_update eve -> eve"]);
}

#[tokio::test]
async fn a_failing_on_update_takes_the_write_back() {
    let app = app(&TestClock::new());
    let context = app.context(&ada(&app));
    let manager = app.access.manager(&context).await.unwrap();
    let before = manager.current().unwrap();
    app.log();
    *app.fail.lock().unwrap() = Some("on_update");
    let error = manager.replace(Access { sub: "eve".to_owned() }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Hook);
    assert_eq!(app.log(), ["on_update ada -> eve", "on_error write ERR_SESSION_HOOK"]);
    let after = manager.current().unwrap();
    assert_eq!((after.data, after.token), (before.data, before.token));
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn two_writes_that_fail_at_the_same_time_are_both_taken_back() {
    let app = app(&TestClock::new());
    let context = app.context(&ada(&app));
    let manager = app.access.manager(&context).await.unwrap();
    let before = manager.current().unwrap();
    app.log();
    *app.fail.lock().unwrap() = Some("on_update");
    // The first one's hook fails while the second one's write is there already.
    let (eve, bob) = tokio::join!(
        biased;
        manager.replace(Access { sub: "eve".to_owned() }),
        manager.replace(Access { sub: "bob".to_owned() }),
    );
    assert_eq!((eve.unwrap_err().kind(), bob.unwrap_err().kind()), (ErrorKind::Hook, ErrorKind::Hook));
    assert_eq!(app.log()[..2], ["on_update ada -> eve", "on_update ada -> bob"]);
    assert_eq!(manager.current().unwrap().token, before.token);
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn a_failed_write_is_told_to_on_error_once() {
    let app = app(&TestClock::new());
    let context = app.context(&ada(&app));
    let manager = app.access.manager(&context).await.unwrap();
    app.log();
    *app.fail.lock().unwrap() = Some("on_error");
    let error = manager.update_with(|access| access.sub = "x".repeat(20_000)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "the write's own error, not the hook's");
    assert_eq!(app.log(), ["on_error write ERR_SESSION_TOO_LARGE"]);
    assert_eq!(manager.current().unwrap().data.sub, "ada");
}

#[tokio::test]
async fn clear_fires_on_clear_only_and_survives_its_failure() {
    let app = app(&TestClock::new());
    let context = app.context(&ada(&app));
    let manager = app.access.manager(&context).await.unwrap();
    app.log();
    *app.fail.lock().unwrap() = Some("on_clear");
    assert_eq!(manager.clear().await.unwrap_err().kind(), ErrorKind::Hook);
    assert_eq!(app.log()[0], "on_clear ada");
    assert_eq!(manager.status(), Status::Cleared);
    assert!(finish(&context)[0].removes(), "a logout that fails later still logs out");
}

#[tokio::test]
async fn a_failing_renew_is_an_error_and_sets_no_cookie() {
    let app = app(&TestClock::new());
    *app.fail.lock().unwrap() = Some("renew");
    let context = app.context(&with_refresh(&app, Browser::default(), "ada"));
    assert_eq!(app.access.get(&context).await.unwrap_err().kind(), ErrorKind::Hook);
    assert!(finish(&context).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hooks_of_two_sessions_that_call_each_other_end_while_two_extractors_race() {
    let clock = TestClock::new();
    let app = app(&clock);
    let browser = with_refresh(&app, ada(&app), "ada");
    clock.seconds(15 * 60);
    for _ in 0..200 {
        let context = app.context(&browser);
        let access = tokio::spawn({
            let (app, context) = (Arc::clone(&app), context.clone());
            async move { app.access.get(&context).await }
        });
        let refresh = tokio::spawn({
            let (app, context) = (Arc::clone(&app), context.clone());
            async move { app.refresh.get(&context).await }
        });
        let both = async { (access.await.unwrap(), refresh.await.unwrap()) };
        let (access, refresh) =
            tokio::time::timeout(Duration::from_secs(20), both).await.expect("nobody waits for ever");
        assert_eq!(access.unwrap().unwrap().data.sub, "ada");
        assert_eq!(refresh.unwrap().unwrap().data.sub, "ada");
        let log = app.log();
        // A renewal that met the other reading on its way saw nothing of it, and is done again.
        let renewals = log.iter().filter(|line| line.starts_with("renew")).count();
        assert!((1..=2).contains(&renewals), "{log:?}");
        assert_eq!(log.iter().filter(|line| line.starts_with("on_update")).count(), 1, "{log:?}");
        assert_eq!(log.iter().filter(|line| line.starts_with("refresh on_read")).count(), 1, "{log:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_reading_wakes_those_who_wait_and_is_done_again() {
    let app = app(&TestClock::new());
    app.slow.store(true, Ordering::SeqCst);
    let context = app.context(&ada(&app));
    let first = tokio::spawn({
        let (app, context) = (Arc::clone(&app), context.clone());
        async move { app.access.get(&context).await }
    });
    while app.reads.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let second = tokio::spawn({
        let (app, context) = (Arc::clone(&app), context.clone());
        async move { app.access.get(&context).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(app.reads.load(Ordering::SeqCst), 1, "the second waits for the first");
    app.slow.store(false, Ordering::SeqCst);
    first.abort();
    assert_eq!(second.await.unwrap().unwrap().unwrap().data.sub, "ada");
    assert_eq!(app.reads.load(Ordering::SeqCst), 2);
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "rolled", max_age = "1h", hooks(key_lookup = by_kid))]
struct Rolled {
    sub: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "ping", state = Arc<Table>, hooks(on_update = ping, on_clear = clear_again))]
struct Ping {
    n: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "pong", state = Arc<Table>, hooks(on_update = pong))]
struct Pong {
    n: u64,
}

#[derive(SessionState)]
struct Table {
    ping: SessionHandle<Ping>,
    pong: SessionHandle<Pong>,
    hits: AtomicUsize,
}

async fn ping(event: Update<'_, Ping>) -> HookResult {
    event.state().hits.fetch_add(1, Ordering::SeqCst);
    event.other::<Pong>().await?.replace(Pong { n: event.current().data.n + 1 }).await?;
    Ok(())
}

async fn pong(event: Update<'_, Pong>) -> HookResult {
    event.other::<Ping>().await?.replace(Ping { n: event.current().data.n + 1 }).await?;
    Ok(())
}

async fn clear_again(event: Clear<'_, Ping>) -> HookResult {
    event.state().hits.fetch_add(1, Ordering::SeqCst);
    Ok(event.session().clear().await?)
}

#[tokio::test]
async fn hooks_of_writes_that_start_each_other_end_in_an_error_and_change_nothing() {
    let table = unjwt::build(
        (Ping::config(JwsKey::secret([1; 32])), Pong::config(JwsKey::secret([2; 32]))),
        |(ping, pong)| Arc::new(Table { ping, pong, hits: AtomicUsize::new(0) }),
    )
    .unwrap();
    let context = RequestContext::with_state(&HeaderMap::new(), Arc::clone(&table));
    let error = table.ping.replace(&context, Ping { n: 0 }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Hook);
    assert!((2..=8).contains(&table.hits.swap(0, Ordering::SeqCst)));
    assert!(table.ping.get(&context).await.unwrap().is_none());
    assert!(table.pong.get(&context).await.unwrap().is_none());

    assert_eq!(table.ping.clear(&context).await.unwrap_err().kind(), ErrorKind::Hook);
    assert!((2..=8).contains(&table.hits.load(Ordering::SeqCst)));
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    assert!(set_cookies(&headers).iter().all(support::SetCookie::removes));
}

const OLD: [u8; 32] = [9; 32];

fn old_pair() -> &'static Jwk {
    static PAIR: LazyLock<Jwk> = LazyLock::new(|| Jwk::generate("ES256").unwrap());
    &PAIR
}

async fn by_kid(event: KeyLookup<'_, Rolled>) -> Result<Option<JwsKey>, HookError> {
    match event.headers().get("x-era").and_then(|era| era.to_str().ok()) {
        Some("old") => Ok(Some(JwsKey::secret(OLD))),
        Some("set") => Ok(Some(JwsKey::verify_only(old_pair().public().unwrap()))),
        Some("down") => Err(HookError::new("no key server")),
        _ => Ok(None),
    }
}

#[tokio::test]
async fn a_looked_up_key_reads_old_tokens_and_the_own_key_writes() {
    let old = Rolled::config(JwsKey::secret(OLD)).build().unwrap();
    let new = Rolled::config(JwsKey::secret([10; 32])).build().unwrap();
    let request = |era: &'static str| {
        let mut headers =
            Browser::with(&old.cookie_header(&Rolled { sub: "ada".to_owned() }).unwrap()).request_headers();
        headers.insert("x-era", era.parse().unwrap());
        headers
    };
    let context = RequestContext::new(&request("old"));
    assert_eq!(new.get(&context).await.unwrap().unwrap().data.sub, "ada");
    new.manager(&context).await.unwrap().rotate().await.unwrap();
    let token = new.token(&context).await.unwrap().unwrap();
    assert!(new.verify_without_hooks(&token).await.is_ok());

    assert!(new.get(&RequestContext::new(&request("new"))).await.unwrap().is_none());
    assert!(new.get(&RequestContext::new(&request("set"))).await.unwrap().is_none());
    let error = new.get(&RequestContext::new(&request("down"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Hook);
}

#[tokio::test]
async fn a_looked_up_key_may_be_a_set_of_public_keys() {
    let old = Rolled::config(JwsKey::from_jwk(old_pair().clone())).build().unwrap();
    let new = Rolled::config(JwsKey::secret([10; 32])).build().unwrap();
    let mut headers =
        Browser::with(&old.cookie_header(&Rolled { sub: "ada".to_owned() }).unwrap()).request_headers();
    headers.insert("x-era", "set".parse().unwrap());
    assert_eq!(new.get(&RequestContext::new(&headers)).await.unwrap().unwrap().data.sub, "ada");
}
