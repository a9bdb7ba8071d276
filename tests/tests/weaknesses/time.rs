//! The expiry of sessions: one definition, one moment, and the consequences.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use unjwt::hooks::{Expire, HookResult, Read, Renew};
use unjwt::{
    ErrorKind, JweKey, JwsKey, NumericDate, RequestContext, Session, SessionHandle, SessionState, Status,
    Tokens,
};

use super::craft::{HMAC_KEY, oct, sealed, signed};
use super::support::{Browser, START, TestClock, json_segment};
use super::{UserPatch, admin, finish, holding, users};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "access", max_age = "15m", state = Arc<Desk>, hooks(on_read = saw, on_expire = ended, renew = renew))]
struct Access {
    sub: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "refresh", max_age = "7D")]
struct Refresh {
    sub: String,
}

#[derive(SessionState)]
struct Desk {
    access: SessionHandle<Access>,
    refresh: SessionHandle<Refresh>,
    log: Mutex<Vec<&'static str>>,
}

async fn saw(event: Read<'_, Access>) -> HookResult {
    event.state().log.lock().unwrap().push("on_read");
    Ok(())
}

async fn ended(event: Expire<'_, Access>) -> HookResult {
    assert!(!event.expired().id.is_empty());
    event.state().log.lock().unwrap().push("on_expire");
    Ok(())
}

async fn renew(event: Renew<'_, Access>) -> HookResult {
    event.state().log.lock().unwrap().push("renew");
    if let Some(refresh) = event.other::<Refresh>().await?.current() {
        event.session().replace(Access { sub: refresh.data.sub.clone() }).await?;
    }
    Ok(())
}

/// `/` says who it is.
fn desk(clock: &TestClock) -> (Router, Arc<Desk>) {
    let mut state = None;
    let router = unjwt::install(
        (
            Access::config(JwsKey::secret([1; 32])).clock(clock.read()),
            Refresh::config(JwsKey::secret([2; 32])).clock(clock.read()),
        ),
        |(access, refresh)| {
            let desk = Arc::new(Desk { access, refresh, log: Mutex::default() });
            state = Some(Arc::clone(&desk));
            let who = async |access: Option<Access>| access.map_or("nobody".to_owned(), |access| access.sub);
            (Router::new().route("/", get(who)), desk)
        },
    )
    .unwrap();
    (router, state.unwrap())
}

/// A browser after a login.
fn signed_in(desk: &Desk) -> Browser {
    let mut browser = Browser::with(&desk.access.cookie_header(&Access { sub: "ada".to_owned() }).unwrap());
    let refresh = desk.refresh.cookie_header(&Refresh { sub: "ada".to_owned() }).unwrap();
    browser.cookies.extend(Browser::with(&refresh).cookies);
    browser
}

#[tokio::test]
async fn w08_a_session_that_a_hook_renews_is_neither_thrown_away_nor_its_cookie_deleted() {
    let clock = TestClock::new();
    let (router, desk) = desk(&clock);
    let mut browser = signed_in(&desk);
    let old = browser.cookies["access"].clone();
    clock.seconds(15 * 60);
    let reply = browser.get(&router, "/").await;
    assert_eq!(reply.body, "ada", "the handler sees what the hook wrote");
    assert_ne!(browser.cookies["access"], old);
    assert_eq!(reply.set_cookies().len(), 1);
    assert_eq!(*desk.log.lock().unwrap(), ["on_expire", "renew"]);
    assert_eq!(browser.get(&router, "/").await.body, "ada");

    // A write after the session has ended within the request is kept.
    let context = RequestContext::with_state(&browser.request_headers(), Arc::clone(&desk));
    let manager = desk.access.manager(&context).await.unwrap();
    clock.seconds(15 * 60);
    assert_eq!(manager.status(), Status::Expired);
    manager.replace(Access { sub: "new".to_owned() }).await.unwrap();
    assert_eq!(desk.access.get(&context).await.unwrap().unwrap().data.sub, "new");
    let lines = finish(&context);
    assert!(lines.len() == 1 && !lines[0].removes());
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "lenient", max_age = "1h", clock_tolerance = "60s")]
struct Lenient {
    sub: String,
}

#[tokio::test]
async fn w09_nobody_is_logged_out_inside_the_tolerance_by_a_second_look() {
    let clock = TestClock::new();
    let sessions = Lenient::config(JweKey::secret([1; 32])).clock(clock.read()).build().unwrap();
    let browser = Browser::with(&sessions.cookie_header(&Lenient { sub: "ada".to_owned() }).unwrap());
    clock.seconds(3605);
    let context = RequestContext::new(&browser.request_headers());
    for _ in 0..3 {
        assert!(sessions.get(&context).await.unwrap().is_some());
    }
    let manager = sessions.manager(&context).await.unwrap();
    assert_eq!((manager.status(), manager.token().is_some()), (Status::Valid, true));
    assert!(finish(&context).is_empty());

    let context = RequestContext::new(&browser.request_headers());
    let manager = sessions.manager(&context).await.unwrap();
    let written = manager.update_with(|lenient| lenient.sub.push('!')).await.unwrap();
    assert_eq!(written.data.sub, "ada!");
    clock.seconds(3600 + 59);
    assert!(manager.current().is_some(), "the new end has the same tolerance");
    clock.seconds(1);
    assert!(manager.current().is_none());
}

#[tokio::test]
async fn w10_a_visitor_without_a_session_does_not_expire() {
    let clock = TestClock::new();
    let (_, desk) = desk(&clock);
    let context = RequestContext::with_state(&HeaderMap::new(), Arc::clone(&desk));
    let manager = desk.access.manager(&context).await.unwrap();
    clock.seconds(365 * 86_400);
    assert_eq!(manager.status(), Status::Absent);
    assert!(desk.access.get(&context).await.unwrap().is_none());
    assert_eq!(*desk.log.lock().unwrap(), ["renew"], "and no `on_expire` without an id");
    assert!(finish(&context).is_empty());
    // The one text that an expiry has; no date of the year 57,000 in it.
    let token = desk.access.sign(&Access { sub: "ada".to_owned() }).await.unwrap().token;
    clock.seconds(15 * 60);
    let error = desk.access.verify_without_hooks(&token).await.unwrap_err();
    assert_eq!(error.to_string(), "the token has expired");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "hour", max_age = "1h")]
struct SignedHour {
    n: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "hour", max_age = "1h")]
struct SealedHour {
    n: u32,
}

fn hours(clock: &TestClock) -> (Tokens<SignedHour>, Tokens<SealedHour>) {
    (
        SignedHour::config(JwsKey::secret(HMAC_KEY)).clock(clock.read()).build().unwrap(),
        SealedHour::config(JweKey::from_jwk(oct("dir"))).clock(clock.read()).build().unwrap(),
    )
}

/// Opens a payload with both families.
async fn opened(clock: &TestClock, payload: &Value) -> [Result<Option<NumericDate>, ErrorKind>; 2] {
    let (signing, sealing) = hours(clock);
    let jws = signed(&json!({"alg": "HS256", "typ": "hour+jwt"}), payload.to_string());
    let jwe = sealed(&json!({"alg": "dir", "enc": "A256GCM", "typ": "hour+jwt"}), payload.to_string());
    [
        signing.verify_without_hooks(&jws).await.map(|hour| hour.exp()).map_err(|error| error.kind()),
        sealing.unseal_without_hooks(&jwe).await.map(|hour| hour.exp()).map_err(|error| error.kind()),
    ]
}

#[tokio::test]
async fn w14_no_family_reads_a_token_that_is_older_than_max_age() {
    let clock = TestClock::new();
    let at = |iat: u64, exp: Option<u64>| {
        let mut claims = json!({"n": 1, "jti": "x", "iat": iat});
        if let Some(exp) = exp {
            claims["exp"] = json!(exp);
        }
        claims
    };
    let hour = |from: u64| Ok(Some(NumericDate::from_secs(from + 3600)));
    assert_eq!(opened(&clock, &at(START - 10, None)).await, [hour(START - 10), hour(START - 10)]);
    let far = Some(START + 365 * 86_400);
    assert_eq!(opened(&clock, &at(START - 10, far)).await, [hour(START - 10), hour(START - 10)]);
    for exp in [None, far] {
        assert_eq!(opened(&clock, &at(START - 3600, exp)).await, [Err(ErrorKind::Expired); 2]);
    }
    // The stricter of the two counts.
    let near = NumericDate::from_secs(START + 5);
    assert_eq!(opened(&clock, &at(START - 10, Some(START + 5))).await, [Ok(Some(near)), Ok(Some(near))]);
    assert_eq!(opened(&clock, &at(START + 86_400, None)).await, [Err(ErrorKind::NotYetValid); 2]);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "hour")]
struct Open {
    n: u32,
}

#[tokio::test]
async fn w15_an_end_that_the_token_named_is_not_lost_by_an_update() {
    let clock = TestClock::new();
    let sessions = Open::config(JwsKey::secret(HMAC_KEY)).clock(clock.read()).build().unwrap();
    let claims = json!({"n": 1, "jti": "x", "iat": START, "exp": START + 600});
    let token = signed(&json!({"alg": "HS256", "typ": "hour+jwt"}), claims.to_string());
    let mut headers = HeaderMap::new();
    headers.insert("x-hour-session", token.parse().unwrap());
    let context = RequestContext::new(&headers);
    let manager = sessions.manager(&context).await.unwrap();
    clock.seconds(60);
    for _ in 0..2 {
        let updated = manager.update(OpenPatch { n: Some(2) }).await.unwrap();
        assert_eq!(updated.expires_at, Some(NumericDate::from_secs(START + 600)));
        assert_eq!(json_segment(&updated.token, 1)["exp"], START + 600);
        assert_eq!(manager.rotate().await.unwrap().expires_at, updated.expires_at);
    }
    clock.seconds(540);
    assert!(manager.current().is_none());
}

#[tokio::test]
async fn w33_an_expired_session_is_not_read_and_not_renewed_by_an_update() {
    let clock = TestClock::new();
    let sessions = users(&clock);
    let context = RequestContext::new(&holding(&clock, &admin()).request_headers());
    let manager = sessions.manager(&context).await.unwrap();
    let before = manager.current().unwrap();
    clock.seconds(3600);
    assert!(manager.current().is_none() && manager.token().is_none());
    assert_eq!(manager.status(), Status::Expired);
    let late = UserPatch { notes: Some(Some("late".to_owned())), ..UserPatch::default() };
    assert_eq!(manager.update(late).await.unwrap_err().kind(), ErrorKind::MissingField);
    assert_eq!(manager.update_with(|_| ()).await.unwrap_err().kind(), ErrorKind::NoSession);
    assert_eq!(manager.rotate().await.unwrap_err().kind(), ErrorKind::NoSession);
    assert!(finish(&context).is_empty());
    assert_eq!(before.data.role.as_deref(), Some("admin"), "a snapshot stays one");
}

#[tokio::test]
async fn w34_no_session_ends_and_none_begins_half_a_second_early() {
    let clock = TestClock::new();
    let claims = json!({"n": 1, "jti": "x", "iat": START, "nbf": START + 1, "exp": START + 10});
    clock.advance(Duration::from_millis(999));
    assert_eq!(opened(&clock, &claims).await, [Err(ErrorKind::NotYetValid); 2]);
    clock.advance(Duration::from_millis(1));
    let valid = Ok(Some(NumericDate::from_secs(START + 10)));
    assert_eq!(opened(&clock, &claims).await, [valid, valid]);
    clock.advance(Duration::from_millis(8_999));
    assert_eq!(opened(&clock, &claims).await, [valid, valid], "the last millisecond belongs to the session");
    clock.advance(Duration::from_millis(1));
    assert_eq!(opened(&clock, &claims).await, [Err(ErrorKind::Expired); 2]);
}

#[tokio::test]
async fn w36_the_refresh_pattern_does_not_depend_on_a_cookie_that_browsers_drop() {
    let clock = TestClock::new();
    let (router, desk) = desk(&clock);
    let mut browser = signed_in(&desk);
    let reply = browser.get(&router, "/").await;
    assert!(reply.set_cookies().is_empty());

    // A browser drops a cookie at its end, which is the token's: nothing of the old session is sent.
    let context = RequestContext::with_state(&HeaderMap::new(), Arc::clone(&desk));
    desk.access.replace(&context, Access { sub: "ada".to_owned() }).await.unwrap();
    assert_eq!(finish(&context)[0].attributes["max-age"], "900");
    clock.seconds(15 * 60);
    browser.cookies.remove("access");
    desk.log.lock().unwrap().clear();
    assert_eq!(browser.get(&router, "/").await.body, "ada");
    assert_eq!(*desk.log.lock().unwrap(), ["renew"]);
    assert!(browser.cookies.contains_key("access"));

    // One that sends it all the same keeps it: another of its tabs may have renewed the session already.
    browser.cookies.remove("refresh");
    let kept = browser.cookies.clone();
    clock.seconds(15 * 60);
    assert_eq!(browser.get(&router, "/").await.body, "nobody");
    assert_eq!(browser.cookies, kept);
}
