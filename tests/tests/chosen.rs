//! Options of a single write, and information that handlers and hooks receive in addition to the session.

mod support;

use std::time::Duration;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use support::{Browser, SetCookie, TestClock, set_cookies};
use unjwt::{ErrorKind, JweKey, RequestContext, Session, Source, Status, Tokens};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "30D")]
struct Login {
    user: u64,
}

/// The same cookie, whose updates keep its end.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "30D", extend = "rotate")]
struct Fixed {
    user: u64,
}

#[derive(Clone, Default, Serialize, Deserialize, Session)]
#[session(jwe, name = "cart")]
struct Cart {
    items: Vec<u64>,
}

const DAY: u64 = 86_400;

fn logins(clock: &TestClock) -> Tokens<Login> {
    Login::config(JweKey::secret([7; 32])).clock(clock.read()).build().unwrap()
}

fn sent(context: &RequestContext) -> Vec<SetCookie> {
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    set_cookies(&headers)
}

/// The next request of a browser that received these cookies.
fn next(browser: &mut Browser, lines: &[SetCookie]) -> RequestContext {
    for line in lines {
        browser.cookies.insert(line.name.clone(), line.value.clone());
    }
    RequestContext::new(&browser.request_headers())
}

#[tokio::test]
async fn a_shorter_lifetime_is_kept_by_updates_and_rotations_and_ends_with_a_new_login() {
    let (clock, mut browser) = (TestClock::new(), Browser::default());
    let logins = logins(&clock);
    let context = RequestContext::new(&HeaderMap::new());
    let begun = logins.replace(&context, Login { user: 1 }).max_age(Duration::from_secs(3600)).await.unwrap();
    assert_eq!(begun.expires_at.as_secs(), clock.now() + 3600);
    let lines = sent(&context);
    assert!(lines[0].line.contains("; Max-Age=3600;"), "{}", lines[0].line);

    clock.seconds(3000);
    let context = next(&mut browser, &lines);
    let manager = logins.manager(&context).await.unwrap();
    assert_eq!(manager.current().unwrap().expires_at, begun.expires_at);
    let updated = manager.update_with(|login| login.user = 2).await.unwrap();
    assert_eq!(updated.expires_at.as_secs(), clock.now() + 3600);
    assert_eq!(manager.rotate().await.unwrap().expires_at.as_secs(), clock.now() + 3600);

    let context = next(&mut browser, &sent(&context));
    assert_eq!(logins.get(&context).await.unwrap().unwrap().expires_at.as_secs(), clock.now() + 3600);
    let anew = logins.replace(&context, Login { user: 3 }).await.unwrap();
    assert_eq!(anew.expires_at.as_secs(), clock.now() + 30 * DAY);
}

#[tokio::test]
async fn a_lifetime_of_less_than_a_second_is_an_error_and_no_session_that_is_over() {
    let logins = logins(&TestClock::new());
    let context = RequestContext::new(&HeaderMap::new());
    for chosen in [Duration::ZERO, Duration::from_millis(999)] {
        let error = logins.replace(&context, Login { user: 1 }).max_age(chosen).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unserializable, "{chosen:?}");
        assert!(error.to_string().contains("less than a second"), "{error}");
    }
    assert!(sent(&context).is_empty());
    let context = RequestContext::new(&HeaderMap::new());
    let login = logins.replace(&context, Login { user: 1 }).max_age(Duration::from_millis(1999));
    assert!(login.await.is_ok() && logins.get(&context).await.unwrap().is_some());
}

#[tokio::test]
async fn a_chosen_lifetime_is_never_longer_than_the_attributes() {
    let clock = TestClock::new();
    let logins = logins(&clock);
    let context = RequestContext::new(&HeaderMap::new());
    for (chosen, lifetime) in [(Duration::from_secs(31 * DAY), 30 * DAY), (Duration::MAX, 30 * DAY)] {
        let login = logins.replace(&context, Login { user: 1 }).max_age(chosen).await.unwrap();
        assert_eq!(login.expires_at.as_secs(), clock.now() + lifetime);
    }
}

#[tokio::test]
async fn a_cookie_of_the_browsers_session_has_no_end_and_its_token_has() {
    let (clock, mut browser) = (TestClock::new(), Browser::default());
    let logins = logins(&clock);
    let context = RequestContext::new(&HeaderMap::new());
    let begun = logins.replace(&context, Login { user: 1 }).browser_session().await.unwrap();
    assert_eq!(begun.expires_at.as_secs(), clock.now() + 30 * DAY);
    let lines = sent(&context);
    assert!(!lines[0].line.contains("Max-Age") && !lines[0].line.contains("Expires"), "{}", lines[0].line);

    let context = next(&mut browser, &lines);
    let manager = logins.manager(&context).await.unwrap();
    manager.update_with(|login| login.user += 1).await.unwrap();
    let lines = sent(&context);
    assert!(!lines[0].line.contains("Max-Age"), "an update keeps it: {}", lines[0].line);

    clock.seconds(30 * DAY);
    assert!(logins.get(&next(&mut browser, &lines)).await.unwrap().is_none(), "the token has ended");
}

#[tokio::test]
async fn an_update_that_keeps_its_times_keeps_the_choice() {
    let (clock, mut browser) = (TestClock::new(), Browser::default());
    let fixed = Fixed::config(JweKey::secret([7; 32])).clock(clock.read()).build().unwrap();
    let context = RequestContext::new(&HeaderMap::new());
    let begun = fixed.replace(&context, Fixed { user: 1 }).max_age(Duration::from_secs(60)).await.unwrap();
    let context = next(&mut browser, &sent(&context));
    clock.seconds(10);
    let manager = fixed.manager(&context).await.unwrap();
    let updated = manager.update_with(|fixed| fixed.user = 2).await.unwrap();
    assert_eq!((&updated.id, updated.expires_at), (&begun.id, begun.expires_at));
    assert_eq!(manager.rotate().await.unwrap().expires_at.as_secs(), clock.now() + 60);
}

#[tokio::test]
async fn take_reads_and_ends_in_one_step() {
    let (clock, mut browser) = (TestClock::new(), Browser::default());
    let logins = logins(&clock);
    let context = RequestContext::new(&HeaderMap::new());
    assert!(logins.manager(&context).await.unwrap().take().await.unwrap().is_none());
    assert!(sent(&context).is_empty(), "nothing is written for a visitor");

    let context = RequestContext::new(&HeaderMap::new());
    logins.replace(&context, Login { user: 7 }).await.unwrap();
    let context = next(&mut browser, &sent(&context));
    let manager = logins.manager(&context).await.unwrap();
    assert_eq!(manager.take().await.unwrap().unwrap().data.user, 7);
    assert_eq!((manager.status(), manager.take().await.unwrap().is_none()), (Status::Cleared, true));
    assert!(sent(&context)[0].removes());
}

#[tokio::test]
async fn update_or_default_begins_a_session_or_changes_it() {
    let mut browser = Browser::default();
    let carts = Cart::config(JweKey::secret([7; 32])).build().unwrap();
    for items in [vec![1], vec![1, 2]] {
        let context = next(&mut browser, &[]);
        let cart = carts.manager(&context).await.unwrap();
        let added = cart.update_or_default(|cart| cart.items.push(items.len() as u64)).await.unwrap();
        assert_eq!(added.data.items, items);
        next(&mut browser, &sent(&context));
    }
}

#[tokio::test]
async fn a_token_that_came_another_way_is_opened_and_renewed_without_a_cookie() {
    let clock = TestClock::new();
    let logins = logins(&clock);
    let token = logins.seal(&Login { user: 7 }).await.unwrap().token;
    let context = RequestContext::new(&HeaderMap::new());
    let login = logins.open(&token, &context).await.unwrap();
    let current = login.require().unwrap();
    assert_eq!((current.data.user, current.source), (7, Source::External));
    assert!(logins.get(&context).await.unwrap().is_none(), "the request's own session is another");
    clock.seconds(10);
    let renewed = login.rotate().await.unwrap();
    assert_ne!(renewed.token, token);
    assert_eq!(logins.open(&renewed.token, &context).await.unwrap().require().unwrap().data.user, 7);
    assert!(sent(&context).is_empty());

    clock.seconds(31 * DAY);
    let context = RequestContext::new(&HeaderMap::new());
    assert_eq!(logins.open(&token, &context).await.unwrap_err().kind(), ErrorKind::Expired);
    assert_eq!(logins.open("a.b.c.d.e", &context).await.unwrap_err().kind(), ErrorKind::JweInvalid);
}

#[test]
fn a_session_tells_its_name() {
    assert_eq!((Login::NAME, Cart::NAME), ("sid", "cart"));
}

#[tokio::test]
async fn a_lifetime_chosen_at_an_update_that_keeps_its_times_counts_from_then_and_never_ends_later() {
    for (chosen, left) in [(3600, 3600), (40 * DAY, 10 * DAY)] {
        let (clock, mut browser) = (TestClock::new(), Browser::default());
        let fixed = Fixed::config(JweKey::secret([7; 32])).clock(clock.read()).build().unwrap();
        let context = RequestContext::new(&HeaderMap::new());
        fixed.replace(&context, Fixed { user: 1 }).await.unwrap();
        let context = next(&mut browser, &sent(&context));
        clock.seconds(20 * DAY);
        let manager = fixed.manager(&context).await.unwrap();
        let write = manager.update_with(|fixed| fixed.user = 2).max_age(Duration::from_secs(chosen));
        assert_eq!(write.await.unwrap().expires_at.as_secs(), clock.now() + left);
        let context = next(&mut browser, &sent(&context));
        let read = fixed.get(&context).await.unwrap().unwrap();
        assert_eq!((read.data.user, read.expires_at.as_secs()), (2, clock.now() + left));
    }
}

/// A page of another origin that has the token may send it in the header.
#[tokio::test]
async fn a_session_of_a_header_is_written_and_ended_again_after_its_first_write() {
    let clock = TestClock::new();
    let logins = logins(&clock);
    let token = logins.seal(&Login { user: 7 }).await.unwrap().token;
    let mut headers = HeaderMap::new();
    headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    headers.insert("origin", "https://app.example".parse().unwrap());
    headers.insert("x-sid-session", token.parse().unwrap());
    let context = RequestContext::new(&headers);
    let login = logins.manager(&context).await.unwrap();
    login.update_with(|login| login.user = 8).await.unwrap();
    login.update_with(|login| login.user = 9).await.unwrap();
    login.clear().await.unwrap();
    // Nothing is left of what the header brought: this would begin a session for a visitor.
    assert_eq!(login.replace(Login { user: 1 }).await.unwrap_err().kind(), ErrorKind::CrossSite);
    let lines = sent(&context);
    assert!(lines.len() == 1 && lines[0].removes());
}
