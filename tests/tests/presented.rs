//! Tokens that came another way than in the session's cookie or header, and the short ways of a manager.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, Uri};
use serde::{Deserialize, Serialize};
use support::TestClock;
use unjwt::hooks::{HookResult, Read};
use unjwt::{ErrorKind, JweKey, RequestContext, Session, SessionHandle, SessionState, Source, Status};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "refresh", max_age = "1h", state = Arc<App>, hooks(on_read = not_ended))]
struct Refresh {
    user: u64,
    login: u64,
}

#[derive(SessionState)]
struct App {
    refresh: SessionHandle<Refresh>,
    asked: AtomicUsize,
}

/// Login 13 has ended.
async fn not_ended(event: Read<'_, Refresh>) -> HookResult {
    event.state().asked.fetch_add(1, Ordering::SeqCst);
    if event.current().data.login == 13 {
        event.refuse();
    }
    Ok(())
}

fn app(clock: &TestClock) -> Arc<App> {
    let config = Refresh::config(JweKey::secret([7; 32])).clock(clock.read());
    unjwt::build(config, |refresh| Arc::new(App { refresh, asked: AtomicUsize::new(0) })).unwrap()
}

impl App {
    async fn token(&self, user: u64, login: u64) -> String {
        self.refresh.seal(&Refresh { user, login }).await.unwrap().token.to_string()
    }

    fn cookie(&self, user: u64) -> HeaderMap {
        let cookie = self.refresh.cookie_header(&Refresh { user, login: 1 }).unwrap();
        HeaderMap::from_iter([(COOKIE, cookie)])
    }
}

fn context(app: &Arc<App>, headers: &HeaderMap) -> RequestContext<Arc<App>> {
    RequestContext::with_state(headers, Arc::clone(app)).request_line(&Method::POST, &Uri::from_static("/"))
}

fn set_cookies(context: &RequestContext<Arc<App>>) -> Vec<HeaderValue> {
    let mut response = HeaderMap::new();
    context.finish(&mut response);
    response.get_all(SET_COOKIE).iter().cloned().collect()
}

#[tokio::test]
async fn a_token_that_came_another_way_is_read_by_the_session_s_own_rules() {
    let clock = TestClock::new();
    let app = app(&clock);
    let context = context(&app, &HeaderMap::new());

    let token = app.token(1, 1).await;
    let manager = app.refresh.open(&token, &context).await.unwrap();
    let current = manager.require().unwrap();
    assert_eq!((&*current.data, current.source), (&Refresh { user: 1, login: 1 }, Source::External));
    assert_eq!(app.asked.load(Ordering::SeqCst), 1, "`on_read` was asked");

    let ended = app.token(1, 13).await;
    assert_eq!(app.refresh.open(&ended, &context).await.unwrap_err().kind(), ErrorKind::Refused);
    assert!(app.refresh.unseal_without_hooks(&ended).await.is_ok(), "which asks no hook");
    assert_eq!(app.refresh.open("a.b.c", &context).await.unwrap_err().kind(), ErrorKind::JweInvalid);

    clock.seconds(3600);
    assert_eq!(app.refresh.open(&token, &context).await.unwrap_err().kind(), ErrorKind::Expired);
    assert_eq!(app.asked.load(Ordering::SeqCst), 2, "of genuine tokens alone");
    assert!(set_cookies(&context).is_empty());
}

#[tokio::test]
async fn what_is_written_of_it_makes_a_token_and_touches_nothing_of_the_request() {
    let app = app(&TestClock::new());
    let context = context(&app, &app.cookie(1));
    let own = app.refresh.manager(&context).await.unwrap();

    let token = app.token(2, 2).await;
    let manager = app.refresh.open(&token, &context).await.unwrap();
    let rotated = manager.rotate().await.unwrap();
    assert_ne!(rotated.token.as_str(), token);
    assert_eq!(
        *app.refresh.unseal_without_hooks(&rotated.token).await.unwrap().data,
        Refresh { user: 2, login: 2 }
    );
    manager.clear().await.unwrap();
    assert_eq!((manager.status(), own.status()), (Status::Cleared, Status::Valid));
    assert_eq!(own.require().unwrap().data.user, 1);
    assert!(set_cookies(&context).is_empty());
}

/// No browser sends a token in a body by itself.
#[tokio::test]
async fn a_token_that_a_page_of_another_site_presents_is_read_and_its_cookie_is_not() {
    let app = app(&TestClock::new());
    let mut headers = app.cookie(1);
    headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    let context = context(&app, &headers);
    let token = app.token(2, 2).await;
    assert!(app.refresh.open(&token, &context).await.unwrap().rotate().await.is_ok());
    assert_eq!(app.refresh.get(&context).await.unwrap_err().kind(), ErrorKind::CrossSite);
}

#[tokio::test]
async fn taking_a_session_ends_it_and_tells_what_it_was() {
    let app = app(&TestClock::new());
    let context_of_visitor = context(&app, &HeaderMap::new());
    let visitor = app.refresh.manager(&context_of_visitor).await.unwrap();
    assert!(visitor.take().await.unwrap().is_none());
    assert_eq!(visitor.status(), Status::Absent);
    assert!(set_cookies(&context_of_visitor).is_empty(), "nothing to end");

    let context = context(&app, &app.cookie(5));
    let manager = app.refresh.manager(&context).await.unwrap();
    assert_eq!(manager.take().await.unwrap().unwrap().data.user, 5);
    assert!(manager.take().await.unwrap().is_none());
    assert_eq!(manager.status(), Status::Cleared);
    let [removal] = set_cookies(&context).try_into().unwrap();
    assert!(removal.to_str().unwrap().starts_with("refresh=; "), "{removal:?}");
}

#[tokio::test]
async fn an_update_or_default_begins_a_session_where_there_is_none() {
    let app = app(&TestClock::new());
    for (headers, expected) in
        [(HeaderMap::new(), Refresh { user: 10, login: 0 }), (app.cookie(5), Refresh { user: 15, login: 1 })]
    {
        let context = context(&app, &headers);
        let manager = app.refresh.manager(&context).await.unwrap();
        let written = manager.update_or_default(|refresh| refresh.user += 10).await.unwrap();
        assert_eq!(*written.data, expected);
        assert_eq!(set_cookies(&context).len(), 1);
    }
    assert_eq!(Refresh::NAME, "refresh");
}
