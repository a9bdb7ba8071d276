//! A login that rotates and is written by the service, not by renewals.

use serde::{Deserialize, Serialize};
use unjwt::{JweKey, RequestContext, Session, Tokens};

use crate::support::store::FaultyStore;
use crate::support::{Browser, TestClock};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "7D", revocable(by(user)), rotation, renew_after = "1D")]
struct Visit {
    user: u64,
    count: u32,
}

fn visits(store: &FaultyStore, clock: &TestClock) -> Tokens<Visit> {
    Visit::config(JweKey::secret([7; 32])).clock(clock.read()).store(store.clone()).build().unwrap()
}

/// The record of its generations lives as long as its tokens.
#[tokio::test]
async fn it_lives_as_long_as_it_is_used() {
    for step in [600, 3599, 3600, 6 * 3600, 86_399] {
        let clock = TestClock::new();
        let store = FaultyStore::new(&clock);
        let visits = visits(&store, &clock);
        let mut browser = Browser::default();
        let request = async |browser: &mut Browser, begins: bool| {
            let context = RequestContext::new(&browser.request_headers());
            let session = visits.manager(&context).await.unwrap();
            let result = match begins {
                true => session.replace(Visit { user: 7, count: 0 }).await,
                false => session.update_with(|visit| visit.count += 1).await,
            };
            let mut response = http::HeaderMap::new();
            context.finish(&mut response);
            browser.take(&response);
            result.map(|_| ()).map_err(|error| error.kind())
        };
        request(&mut browser, true).await.unwrap();
        let began = clock.now();
        while clock.now() < began + 16 * 86_400 {
            clock.seconds(step);
            assert_eq!(request(&mut browser, false).await, Ok(()), "{step}: {} s", clock.now() - began);
        }
    }
}

/// Each `rotate()` after the window is a renewal, so that a copy of an older token ends the login.
#[tokio::test]
async fn a_rotation_by_hand_is_a_renewal() {
    let clock = TestClock::new();
    let store = FaultyStore::new(&clock);
    let visits = visits(&store, &clock);
    let mut browser = Browser::default();
    let request = async |browser: &mut Browser, rotates: bool| {
        let context = RequestContext::new(&browser.request_headers());
        let session = visits.manager(&context).await.unwrap();
        let result = match (session.current(), rotates) {
            (None, _) => session.replace(Visit { user: 7, count: 0 }).await,
            (Some(_), true) => session.rotate().await,
            (Some(current), false) => Ok(current),
        };
        let mut response = http::HeaderMap::new();
        context.finish(&mut response);
        browser.take(&response);
        result.map_err(|error| error.kind())
    };
    let first = request(&mut browser, true).await.unwrap();
    let copy = browser.clone();
    let second = request(&mut browser, true).await.unwrap();
    assert_ne!(first.id, second.id, "within the window too");
    for _ in 0..2 {
        clock.seconds(61);
        assert_eq!(request(&mut browser, true).await.unwrap().login_id(), first.login_id());
    }
    clock.seconds(61);
    let get = async |browser: &Browser| {
        visits.get(&RequestContext::new(&browser.request_headers())).await.unwrap().is_some()
    };
    assert!(get(&browser).await);
    assert!(!get(&copy).await, "a copy");
    assert!(!get(&browser).await, "it has ended the login");
}
