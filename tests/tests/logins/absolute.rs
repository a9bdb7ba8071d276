//! The end of a login, whatever renews it.

use serde::{Deserialize, Serialize};
use unjwt::{Current, JweKey, NumericDate, RequestContext, Session, Tokens};

use crate::support::{Browser, START, TestClock, json_segment, set_cookies};
use http::HeaderMap;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "7D", absolute = "10D")]
struct Visit {
    count: u32,
}

const DAY: u64 = 86400;

fn visits(clock: &TestClock) -> Tokens<Visit> {
    Visit::config(JweKey::secret([7; 32])).clock(clock.read()).build().unwrap()
}

/// Writes in a request of the browser, and returns the session and the cookie's `Max-Age`.
async fn write(
    visits: &Tokens<Visit>,
    browser: &mut Browser,
    rotates: bool,
) -> (Current<Visit>, Option<String>) {
    let context = RequestContext::new(&browser.request_headers());
    let manager = visits.manager(&context).await.unwrap();
    let written = match (manager.current(), rotates) {
        (None, _) => manager.replace(Visit { count: 0 }).await,
        (Some(_), true) => manager.rotate().await,
        (Some(_), false) => manager.update_with(|visit| visit.count += 1).await,
    };
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    browser.take(&headers);
    let age = set_cookies(&headers)[0].attributes.get("max-age").cloned();
    (written.unwrap(), age)
}

#[tokio::test]
async fn no_renewal_passes_it_and_the_cookie_follows() {
    let clock = TestClock::new();
    let (visits, mut browser) = (visits(&clock), Browser::default());
    let (begun, age) = write(&visits, &mut browser, false).await;
    assert_eq!((begun.expires_at, age.as_deref()), (NumericDate::from_secs(START + 7 * DAY), Some("604800")));
    for (days, rotates, end, left) in [(2, true, 9, 7), (2, false, 10, 6), (5, true, 10, 1)] {
        clock.seconds(days * DAY);
        let (renewed, age) = write(&visits, &mut browser, rotates).await;
        assert_eq!(renewed.expires_at, NumericDate::from_secs(START + end * DAY));
        assert_eq!(renewed.auth_time(), NumericDate::from_secs(START), "it never moves");
        assert_eq!(age.unwrap(), (left * DAY).to_string());
    }
    clock.seconds(DAY);
    let context = RequestContext::new(&browser.request_headers());
    assert!(visits.get(&context).await.unwrap().is_none());
    let (again, _) = write(&visits, &mut browser, false).await;
    assert_eq!(again.auth_time(), NumericDate::from_secs(START + 10 * DAY), "a new sign-in");
}

#[tokio::test]
async fn a_token_from_before_began_its_login_when_it_was_made() {
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "sid", max_age = "7D")]
    struct Before {
        count: u32,
    }
    let clock = TestClock::new();
    let before = Before::config(JweKey::secret([7; 32])).clock(clock.read()).build().unwrap();
    let mut browser = Browser::with(&before.cookie_header(&Before { count: 1 }).unwrap());
    clock.seconds(5 * DAY);
    let (renewed, _) = write(&visits(&clock), &mut browser, true).await;
    assert_eq!(renewed.auth_time(), NumericDate::from_secs(START));
    assert_eq!(renewed.expires_at, NumericDate::from_secs(START + 10 * DAY));
}

#[tokio::test]
async fn only_sessions_that_need_the_claim_have_it() {
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jws, name = "plain", max_age = "7D")]
    struct Plain {
        auth_time: String,
        sid: u8,
        ep: bool,
    }
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jws, name = "bounded", max_age = "7D", absolute = "10D")]
    struct Bounded {
        sid: u8,
    }
    let key = || unjwt::JwsKey::secret([7; 32]);
    let plain = Plain::config(key()).build().unwrap();
    let own = plain.sign(&Plain { auth_time: "x".into(), sid: 1, ep: true }).await.unwrap();
    let claims = json_segment(&own.token, 1);
    assert_eq!((&claims["auth_time"], &claims["sid"], &claims["ep"]), (&"x".into(), &1.into(), &true.into()));
    assert_eq!(plain.verify_without_hooks(&own.token).await.unwrap().data.auth_time, "x");
    let bounded = Bounded::config(key()).build().unwrap();
    let own = bounded.sign(&Bounded { sid: 1 }).await.unwrap();
    let claims = json_segment(&own.token, 1);
    assert_eq!((&claims["auth_time"], &claims["sid"]), (&claims["iat"], &1.into()));
}
