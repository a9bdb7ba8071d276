//! Requests that take long, such as an upload: a login that ends meanwhile stays ended, whatever they write.

use axum::http::StatusCode;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use unjwt::{ErrorKind, JweKey, RequestContext, Session, Tokens};

use crate::service::{Login, two};
use crate::support::store::{Fault, FaultyStore};
use crate::support::{Browser, TestClock};

const GONE: StatusCode = StatusCode::UNAUTHORIZED;
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

#[tokio::test]
async fn a_write_long_after_the_end_brings_no_login_back() {
    for end in ["logout", "group", "everyone"] {
        for knows in [true, false] {
            let (clock, _, here, there) = two();
            let mut browser = here.sign_in(7).await;
            let writer = if knows { &here } else { &there };
            let context = RequestContext::new(&browser.request_headers());
            let session = writer.logins.manager(&context).await.unwrap();
            let mut late = browser.clone();
            match end {
                "logout" => assert_eq!(here.post(&mut browser, "/logout").await, StatusCode::OK),
                "group" => here.logins.logins().end_by(Login::by_user(&7)).await.unwrap(),
                _ => here.logins.logins().end_everyone().await.unwrap(),
            }
            clock.seconds(DAY);
            let written = session.rotate().await;
            let mut response = HeaderMap::new();
            context.finish(&mut response);
            late.take(&response);
            // The store keeps an end for the longest lifetime of a token, and an hour.
            clock.seconds(6 * DAY + HOUR + 60);
            for process in [&here, &there] {
                assert_eq!(process.get(&mut late.clone(), "/me").await, GONE, "{end} {knows}");
            }
            assert_eq!(written.unwrap_err().kind(), ErrorKind::Ended, "{end} {knows}");
        }
    }
}

#[tokio::test]
async fn nor_does_a_connection_that_renews_its_own_token() {
    let (clock, _, here, there) = two();
    let mut browser = here.sign_in(7).await;
    let context = RequestContext::new(&HeaderMap::new());
    let token = browser.cookies["sid"].clone();
    let session = there.logins.open(&token, &context).await.unwrap();
    clock.seconds(DAY);
    let renewed = session.rotate().await.unwrap();
    assert_eq!(here.post(&mut browser, "/logout").await, StatusCode::OK);
    clock.seconds(10);
    assert_eq!(session.rotate().await.unwrap_err().kind(), ErrorKind::Ended);
    let mut copy = Browser::default();
    copy.cookies.insert("sid".to_owned(), renewed.token.to_string());
    assert_eq!(there.get(&mut copy, "/me").await, GONE);
}

#[tokio::test]
async fn a_write_within_recheck_asks_no_store_and_one_in_an_outage_is_no_verdict() {
    let (clock, store, here, _) = two();
    let mut browser = here.sign_in(7).await;
    let context = RequestContext::new(&browser.request_headers());
    let session = here.logins.manager(&context).await.unwrap();
    store.set(Fault::Out);
    clock.seconds(9);
    session.rotate().await.unwrap();
    clock.seconds(1);
    assert_eq!(session.rotate().await.unwrap_err().kind(), ErrorKind::Unavailable);
    store.set(Fault::None);
    session.rotate().await.unwrap();
    assert_eq!(here.get(&mut browser, "/me").await, StatusCode::OK);
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "rare", max_age = "7D", revocable(recheck = "1D"))]
struct RarelyChecked {
    user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "served", max_age = "7D", revocable(outage = "serve(1D)"))]
struct Served {
    user: u64,
}

/// Rotates the session of the browser.
async fn rotate<T: Session + unjwt::bounds::Writable>(tokens: &Tokens<T>, browser: &mut Browser)
where
    unjwt::bounds::NoState: unjwt::bounds::ProvidesState<T::State>,
{
    let context = RequestContext::new(&browser.request_headers());
    tokens.manager(&context).await.unwrap().rotate().await.unwrap();
    let mut response = HeaderMap::new();
    context.finish(&mut response);
    browser.take(&response);
}

/// A machine that has not noticed the end makes tokens until it does.
#[tokio::test]
async fn an_end_is_kept_for_as_long_as_the_tokens_that_are_made_before_it_is_noticed() {
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let far = store.elsewhere();
    let late = 23 * HOUR;
    {
        let of = |store: &FaultyStore| {
            RarelyChecked::config(JweKey::secret([7; 32]))
                .clock(clock.read())
                .store(store.clone())
                .build()
                .unwrap()
        };
        let (here, there) = (of(&store), of(&far));
        let begun = here.seal(&RarelyChecked { user: 7 }).await.unwrap();
        let mut browser = Browser::default();
        browser.cookies.insert("rare".to_owned(), begun.token.to_string());
        rotate(&there, &mut browser).await;
        here.logins().end(begun.login_id()).await.unwrap();
        clock.seconds(late);
        rotate(&there, &mut browser).await;
        clock.seconds(7 * DAY - HOUR);
        let token = &browser.cookies["rare"];
        assert_eq!(of(&store).unseal_without_hooks(token).await.unwrap_err().kind(), ErrorKind::Ended);
    }
    let of = |store: &FaultyStore| {
        Served::config(JweKey::secret([7; 32])).clock(clock.read()).store(store.clone()).build().unwrap()
    };
    let (here, there) = (of(&store), of(&far));
    let begun = here.seal(&Served { user: 7 }).await.unwrap();
    let mut browser = Browser::default();
    browser.cookies.insert("served".to_owned(), begun.token.to_string());
    rotate(&there, &mut browser).await;
    here.logins().end(begun.login_id()).await.unwrap();
    far.set(Fault::Out);
    clock.seconds(late);
    rotate(&there, &mut browser).await;
    clock.seconds(7 * DAY - HOUR);
    let token = &browser.cookies["served"];
    assert_eq!(of(&store).unseal_without_hooks(token).await.unwrap_err().kind(), ErrorKind::Ended);
}
