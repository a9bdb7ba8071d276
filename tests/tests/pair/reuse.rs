//! Each token is good for one renewal: tabs, retries and lost responses are not copies, and copies end the login.

use axum::http::StatusCode;

use crate::service::two;
use crate::support::Browser;
use crate::support::store::Fault;

const OK: StatusCode = StatusCode::OK;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
/// Longer than an access token lives.
const EXPIRED: u64 = 15 * 60;

#[tokio::test]
async fn ten_tabs_renew_at_once_and_stay() {
    let (clock, _, here, there) = two();
    let mut browser = here.sign_in(7).await;
    for _ in 0..3 {
        clock.seconds(EXPIRED);
        let mut tabs: Vec<Browser> = (0..10).map(|_| browser.clone()).collect();
        for (index, tab) in tabs.iter_mut().enumerate() {
            clock.seconds(1);
            let process = if index % 2 == 0 { &here } else { &there };
            assert_eq!(process.get(tab, "/me").await, OK, "tab {index}");
        }
        // The responses arrive in any order.
        browser = tabs.swap_remove(4);
    }
    assert_eq!((here.reused(), there.reused()), (0, 0));
}

#[tokio::test]
async fn a_lost_response_is_made_up_for_at_any_later_time() {
    for pause in [1, 20, 45, 75, EXPIRED, 6 * 24 * 3600] {
        let (clock, _, here, there) = two();
        let mut browser = here.sign_in(7).await;
        here.get(&mut browser, "/me").await;
        for _ in 0..4 {
            clock.seconds(EXPIRED);
            assert_eq!(here.lose(&browser, "/me").await, OK, "after {pause} s");
            clock.seconds(pause);
            assert_eq!(there.get(&mut browser, "/me").await, OK, "after {pause} s");
        }
        assert_eq!((here.reused(), there.reused()), (0, 0), "after {pause} s");
    }
}

#[tokio::test]
async fn a_copy_ends_the_login_of_both() {
    let (clock, _, here, there) = two();
    let mut browser = here.sign_in(7).await;
    here.get(&mut browser, "/me").await;
    let mut thief = Browser::default();
    thief.cookies.insert("refresh".to_owned(), browser.cookies["refresh"].clone());
    for _ in 0..2 {
        clock.seconds(EXPIRED);
        assert_eq!(here.get(&mut browser, "/me").await, OK);
    }
    clock.seconds(EXPIRED);
    let before = thief.clone();
    assert_eq!(there.get(&mut thief, "/me").await, UNAUTHORIZED);
    assert_eq!(thief.cookies, before.cookies, "no verdict removes a cookie");
    assert_eq!((here.reused(), there.reused()), (0, 1));
    clock.seconds(10);
    for path in ["/me", "/refresh"] {
        assert_eq!(here.get(&mut browser, path).await, UNAUTHORIZED, "{path}");
    }
    assert_eq!(there.get(&mut thief, "/me").await, UNAUTHORIZED);
    assert_eq!((here.reused(), there.reused()), (0, 1), "an ended login has no copies");
}

#[tokio::test]
async fn a_thief_who_renews_first_is_found_by_the_owner() {
    let (clock, _, here, there) = two();
    let mut browser = here.sign_in(7).await;
    let mut thief = browser.clone();
    for _ in 0..2 {
        clock.seconds(EXPIRED);
        assert_eq!(there.get(&mut thief, "/me").await, OK);
    }
    clock.seconds(EXPIRED);
    assert_eq!(here.get(&mut browser, "/me").await, UNAUTHORIZED);
    clock.seconds(10);
    assert_eq!(there.get(&mut thief, "/me").await, UNAUTHORIZED);
    assert_eq!(here.reused() + there.reused(), 1);
}

#[tokio::test]
async fn an_old_cookie_beside_its_successor_is_no_copy() {
    let (clock, _, here, _) = two();
    let mut browser = here.sign_in(7).await;
    let old = browser.cookies["refresh"].clone();
    for _ in 0..3 {
        clock.seconds(EXPIRED);
        assert_eq!(here.get(&mut browser, "/me").await, OK);
    }
    clock.seconds(EXPIRED);
    for order in [[0, 1], [1, 0]] {
        let tokens = [&old, &browser.cookies["refresh"]];
        let both = format!("refresh={}; refresh={}", tokens[order[0]], tokens[order[1]]);
        let reply = here.raw("/refresh", &both).await;
        assert_eq!(reply.status, OK, "{order:?}");
    }
    assert_eq!(here.reused(), 0);
}

#[tokio::test]
async fn no_renewal_begins_where_the_store_is_out_and_none_is_lost() {
    let (clock, store, here, there) = two();
    let mut browser = here.sign_in(7).await;
    here.get(&mut browser, "/me").await;
    clock.seconds(EXPIRED);
    // A store that only reads says that the login lives; its renewal is made up for.
    for (fault, status) in
        [(Fault::Out, StatusCode::SERVICE_UNAVAILABLE), (Fault::NotWriting, OK), (Fault::NotAnswering, OK)]
    {
        store.set(fault);
        let refresh = browser.cookies["refresh"].clone();
        assert_eq!(here.get(&mut browser, "/me").await, status, "{fault:?}");
        assert_eq!(browser.cookies["refresh"], refresh, "{fault:?}");
        store.set(Fault::None);
        clock.seconds(70);
        assert_eq!(there.get(&mut browser, "/me").await, OK, "{fault:?}");
        clock.seconds(EXPIRED);
    }
    assert_eq!((here.reused(), there.reused()), (0, 0));
}

#[tokio::test]
async fn a_store_without_the_login_has_ended_it() {
    let (clock, _, here, _) = two();
    let mut browser = here.sign_in(7).await;
    let (_, _, elsewhere, _) = two();
    assert_eq!(elsewhere.get(&mut browser, "/refresh").await, UNAUTHORIZED);
    clock.seconds(10);
    assert_eq!(here.get(&mut browser, "/refresh").await, OK);
}
