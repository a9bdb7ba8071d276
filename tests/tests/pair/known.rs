//! A login that was just checked: its sessions need no check of their own, and no store that answers.

use axum::http::StatusCode;

use crate::service::two;
use crate::support::store::Fault;

const OK: StatusCode = StatusCode::OK;
const OUT: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
/// Longer than an access token lives.
const EXPIRED: u64 = 15 * 60;

#[tokio::test]
async fn a_session_that_is_made_from_its_login_was_checked_with_it() {
    for path in ["/login/7", "/both/7"] {
        let (clock, store, here, there) = two();
        let mut browser = Default::default();
        here.post(&mut browser, path).await;
        store.set(Fault::Out);
        for _ in 0..2 {
            assert_eq!(
                here.get(&mut browser, "/me").await,
                OK,
                "{path}: the sign-in has just asked the store"
            );
            assert!(browser.cookies.contains_key("access"));
            clock.seconds(9);
        }
        clock.seconds(1);
        assert_eq!(here.get(&mut browser, "/me").await, OUT, "{path}: after `recheck`");
        assert_eq!(there.get(&mut browser, "/me").await, OUT, "{path}: another process knows nothing");
        store.set(Fault::None);
        assert_eq!(there.get(&mut browser, "/me").await, OK);
    }
}

/// A login that is not renewed because the store is out is renewed later, and nothing is taken for a copy.
#[tokio::test]
async fn a_renewal_that_the_store_does_not_take_is_made_up_for() {
    for fault in [Fault::Out, Fault::NotWriting, Fault::NotAnswering] {
        let (clock, store, here, there) = two();
        let mut browser = here.sign_in(7).await;
        for _ in 0..12 {
            clock.seconds(EXPIRED);
            assert_eq!(here.get(&mut browser, "/refresh").await, OK, "checked");
            store.set(fault);
            assert_eq!(here.get(&mut browser, "/me").await, OK, "{fault:?}");
            store.set(Fault::None);
            clock.seconds(EXPIRED);
            assert_eq!(there.get(&mut browser, "/me").await, OK, "{fault:?}");
        }
        assert_eq!((here.reused(), there.reused()), (0, 0));
    }
}

/// A login that has ended is not served because of a check before its end.
#[tokio::test]
async fn an_end_counts_more_than_the_check_before_it() {
    let (clock, store, here, there) = two();
    let mut browser = here.sign_in(7).await;
    let mut copy = browser.clone();
    assert_eq!(here.post(&mut browser, "/logout").await, OK);
    store.set(Fault::Out);
    assert_eq!(here.get(&mut copy, "/me").await, StatusCode::UNAUTHORIZED);
    assert_eq!(there.get(&mut copy, "/me").await, OUT);
    clock.seconds(1);
    store.set(Fault::None);
    assert_eq!(there.get(&mut copy, "/me").await, StatusCode::UNAUTHORIZED);
}
