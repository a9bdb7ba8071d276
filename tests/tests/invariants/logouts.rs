//! A logout ends every genuine login that the request brings, or returns an error.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::routing::{get, post};
use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::json;
use unjwt::bounds::Writable;
use unjwt::hooks::{Clear, HookError, HookResult, KeyLookup, Read};
use unjwt::{Error, ErrorKind, JweKey, JwsKey, Logout, Session, SessionHandle, SessionManager, SessionState};

use super::craft::{forged_for_a_password, signed_with};
use super::kit::said;
use super::support::{Reply, TestClock, reply};

/// Ended logins are refused.
#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "sid", max_age = "7D", state = Arc<App>, hooks(on_read = refuse_ended, on_clear = end_sid))]
struct Sid {
    login: String,
}

/// The key of each tenant is looked up.
#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "tenant", max_age = "7D", state = Arc<App>, hooks(key_lookup = key_of_tenant, on_clear = end_tenant))]
struct Tenant {
    login: String,
}

/// A token of another machine takes a worker.
#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jwe, name = "user", max_age = "7D", state = Arc<App>, hooks(on_clear = end_slow))]
struct Slow {
    login: String,
}

#[derive(SessionState)]
struct App {
    sid: SessionHandle<Sid>,
    tenant: SessionHandle<Tenant>,
    slow: SessionHandle<Slow>,
    ended: Mutex<BTreeSet<String>>,
    /// The login whose end the list fails to record.
    fails_for: Mutex<Option<&'static str>>,
    directory_is_out: Mutex<bool>,
}

impl App {
    fn end(&self, login: Option<&String>) -> HookResult {
        if let Some(login) = login {
            if self.fails_for.lock().unwrap().is_some_and(|fails| fails == login) {
                return Err(HookError::new("the list is full"));
            }
            self.ended.lock().unwrap().insert(login.clone());
        }
        Ok(())
    }

    fn ended(&self) -> Vec<String> {
        self.ended.lock().unwrap().iter().cloned().collect()
    }

    fn sid(&self, login: &str) -> String {
        let cookie = self.sid.cookie_header(&Sid { login: login.to_owned() }).unwrap();
        cookie.to_str().unwrap().to_owned()
    }
}

async fn refuse_ended(event: Read<'_, Sid>) -> HookResult {
    if event.state().ended().contains(&event.current().data.login) {
        event.refuse();
    }
    Ok(())
}

async fn end_sid(event: Clear<'_, Sid>) -> HookResult {
    event.state().end(event.old().map(|old| &old.data.login))
}

async fn end_tenant(event: Clear<'_, Tenant>) -> HookResult {
    event.state().end(event.old().map(|old| &old.data.login))
}

async fn end_slow(event: Clear<'_, Slow>) -> HookResult {
    event.state().end(event.old().map(|old| &old.data.login))
}

const TENANT: [u8; 32] = [9; 32];

async fn key_of_tenant(event: KeyLookup<'_, Tenant>) -> Result<Option<JwsKey>, HookError> {
    if *event.state().directory_is_out.lock().unwrap() {
        return Err(HookError::unavailable(std::io::Error::other("the directory is out")));
    }
    Ok(Some(JwsKey::secret(TENANT)))
}

const PASSWORD: &str = "correct horse battery staple";

fn serve(clock: &TestClock) -> (Router, Arc<App>) {
    async fn logout<T: Session + Writable>(login: Logout<T>) -> Result<(), Error> {
        login.clear().await
    }
    async fn clear(login: SessionManager<Sid>) -> Result<(), Error> {
        login.clear().await
    }
    let configs = (
        Sid::config(JwsKey::secret([1; 32])).clock(clock.read()),
        Tenant::config(JwsKey::secret([2; 32])).clock(clock.read()),
        Slow::config(JweKey::password(PASSWORD)).clock(clock.read()),
    );
    let mut kept = None;
    let router = unjwt::install(configs, |(sid, tenant, slow)| {
        let ended = Mutex::new(BTreeSet::from(["mallory".to_owned()]));
        let (fails_for, directory_is_out) = (Mutex::default(), Mutex::default());
        let app = Arc::new(App { sid, tenant, slow, ended, fails_for, directory_is_out });
        kept = Some(Arc::clone(&app));
        let router = Router::new()
            .route("/sid", get(async |sid: Sid| sid.login).post(logout::<Sid>))
            .route("/sid/clear", post(clear))
            .route("/tenant", get(async |tenant: Tenant| tenant.login).post(logout::<Tenant>))
            .route("/slow", post(logout::<Slow>));
        (router, app)
    });
    (router.unwrap(), kept.unwrap())
}

async fn log_out(router: &Router, path: &str, cookies: &[String]) -> Reply {
    reply(router, Request::post(path).header("cookie", cookies.join("; "))).await
}

#[tokio::test]
async fn a_planted_token_hides_no_login_from_a_logout() {
    for path in ["/sid", "/sid/clear"] {
        let (router, app) = serve(&TestClock::new());
        let cookies = [app.sid("mallory"), app.sid("ada")];
        let both = Request::get("/sid").header("cookie", cookies.join("; "));
        assert_eq!(reply(&router, both).await.body, "ada", "it hides nothing from other extractors");
        let answer = log_out(&router, path, &cookies).await;
        assert_eq!(
            (answer.status.as_u16(), said(&answer.set_cookies())),
            (200, vec!["sid removed".to_owned()])
        );
        assert_eq!(app.ended(), ["ada", "mallory"], "{path}");
    }
}

#[tokio::test]
async fn an_expired_login_is_ended_beside_a_planted_one() {
    let clock = TestClock::new();
    let (router, app) = serve(&clock);
    let ada = app.sid("ada");
    clock.seconds(8 * 86_400);
    let answer = log_out(&router, "/sid", &[app.sid("mallory"), ada]).await;
    assert_eq!((answer.status.as_u16(), app.ended()), (200, vec!["ada".to_owned(), "mallory".to_owned()]));
}

#[tokio::test]
async fn an_on_clear_that_fails_for_one_login_ends_the_others_and_is_the_answer() {
    for fails in ["ada", "grace"] {
        let (router, app) = serve(&TestClock::new());
        *app.fails_for.lock().unwrap() = Some(fails);
        let cookies = ["ada", "grace", "ada", "bob"].map(|login| app.sid(login));
        let answer = log_out(&router, "/sid", &cookies).await;
        assert_eq!(
            (answer.status.as_u16(), said(&answer.set_cookies())),
            (500, vec!["sid removed".to_owned()])
        );
        let expected: Vec<_> =
            ["ada", "bob", "grace", "mallory"].into_iter().filter(|login| *login != fails).collect();
        assert_eq!(app.ended(), expected);
    }
}

#[tokio::test]
async fn a_login_whose_key_is_looked_up_is_ended_by_a_logout() {
    let clock = TestClock::new();
    let (router, app) = serve(&clock);
    let payload = json!({ "jti": "j", "iat": clock.now(), "exp": clock.now() + 1000, "login": "ada" });
    let token = signed_with(&TENANT, &json!({ "alg": "HS256", "typ": "tenant+jwt" }), payload.to_string());
    let cookies = [format!("tenant={token}")];
    let read = Request::get("/tenant").header("cookie", &cookies[0]);
    assert_eq!(reply(&router, read).await.body, "ada");

    *app.directory_is_out.lock().unwrap() = true;
    let answer = log_out(&router, "/tenant", &cookies).await;
    assert_eq!(
        (answer.status.as_u16(), said(&answer.set_cookies())),
        (503, vec!["tenant removed".to_owned()])
    );
    assert_eq!(app.ended(), ["mallory"]);

    *app.directory_is_out.lock().unwrap() = false;
    let answer = log_out(&router, "/tenant", &cookies).await;
    assert_eq!(
        (answer.status.as_u16(), said(&answer.set_cookies())),
        (200, vec!["tenant removed".to_owned()])
    );
    assert_eq!(app.ended(), ["ada", "mallory"]);
}

/// A place in the queue may become free in between: then the login is ended.
#[tokio::test]
async fn a_logout_under_overload_removes_the_cookie_and_says_503() {
    let (router, app) = serve(&TestClock::new());
    // Made by another machine: its key has yet to be derived here.
    let (_, other) = serve(&TestClock::new());
    let cookie = other.slow.cookie_header(&Slow { login: "ada".to_owned() }).unwrap();
    let cookie = cookie.to_str().unwrap().to_owned();
    let mut begun = Vec::new();
    for salt in 0..=u8::MAX {
        let token = forged_for_a_password("PBES2-HS256+A128KW", 600_000, salt);
        let tokens = app.slow.clone();
        let mut opening = Box::pin(async move { tokens.unseal_without_hooks(&token).await.map(drop) });
        match opening.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(end) => {
                assert_eq!(end.unwrap_err().kind(), ErrorKind::Overloaded);
                break;
            }
            Poll::Pending => begun.push(opening),
        }
    }
    let answer = log_out(&router, "/slow", &[cookie]).await;
    assert_eq!(said(&answer.set_cookies()), ["user removed"]);
    let ended = app.ended().contains(&"ada".to_owned());
    assert_eq!(answer.status.as_u16(), if ended { 200 } else { 503 });
}
