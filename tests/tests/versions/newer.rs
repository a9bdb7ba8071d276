//! Payloads of a newer version than the program's.

use unjwt::{ErrorKind, Status};

use crate::programs::{finish, jwe, jws, request};
use crate::support::{Browser, TestClock};

#[tokio::test]
async fn one_that_this_program_does_not_understand_is_kept() {
    let clock = TestClock::new();
    let (v1, v2) = (jwe::v1::tokens(&clock), jwe::v2::tokens(&clock));
    let login = jwe::v2::Login { user: 7, org: "acme".to_owned() };
    let mut browser = Browser::with(&v2.cookie_header(&login).unwrap());
    // From memory as well.
    for _ in 0..3 {
        let reading = request(&browser);
        let manager = v1.manager(&reading).await.unwrap();
        assert_eq!((manager.status(), manager.current().is_some()), (Status::Rejected, false));
        let error = manager.update_with(|login| login.user = 8).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NewerVersion);
        assert_eq!(
            error.to_string(),
            "the session is of a newer version: version 2, and this program knows up to 1"
        );
        let patch = jwe::v1::LoginPatch { user: Some(8) };
        assert_eq!(manager.update(patch).await.unwrap_err().kind(), ErrorKind::NewerVersion);
        assert_eq!(manager.rotate().await.unwrap_err().kind(), ErrorKind::NewerVersion);
        assert!(finish(&reading, &mut browser).is_empty());
    }
    assert_eq!(*v2.get(&request(&browser)).await.unwrap().unwrap().data, login);
}

#[tokio::test]
async fn a_login_takes_its_place_and_a_logout_removes_it() {
    let clock = TestClock::new();
    let (v1, v2) = (jws::v1::tokens(&clock), jws::v2::tokens(&clock));
    let cookie = v2.cookie_header(&jws::v2::Login { user: 7, org: "acme".to_owned() }).unwrap();
    let mut browser = Browser::with(&cookie);
    let writing = request(&browser);
    let manager = v1.manager(&writing).await.unwrap();
    manager.replace(jws::v1::Login { user: 9 }).await.unwrap();
    // From then on it is a session like any other.
    manager.update_with(|login| login.user += 1).await.unwrap();
    manager.rotate().await.unwrap();
    assert_eq!(finish(&writing, &mut browser).len(), 1);
    assert_eq!(v1.get(&request(&browser)).await.unwrap().unwrap().data.user, 10);
    assert_eq!(v2.get(&request(&browser)).await.unwrap().unwrap().data.org, "of 10");

    let mut browser = Browser::with(&cookie);
    let writing = request(&browser);
    v1.clear(&writing).await.unwrap();
    finish(&writing, &mut browser);
    assert!(browser.cookies.is_empty());

    // After a logout nothing is left that a visitor's session could take the place of.
    let mut browser = Browser::with(&cookie);
    let writing = request(&browser);
    let manager = v1.manager(&writing).await.unwrap();
    manager.clear().await.unwrap();
    manager.update(jws::v1::LoginPatch { user: Some(1) }).await.unwrap();
    finish(&writing, &mut browser);
    assert_eq!(v1.get(&request(&browser)).await.unwrap().unwrap().data.user, 1);
}

#[tokio::test]
async fn one_that_this_program_understands_is_read_and_not_written() {
    let clock = TestClock::new();
    let (v1, v2) = (jwe::v1::tokens(&clock), jwe::v2_readable::tokens(&clock));
    let login = jwe::v2_readable::Login { user: 7, org: "acme".to_owned() };
    let mut browser = Browser::with(&v2.cookie_header(&login).unwrap());
    for _ in 0..3 {
        let reading = request(&browser);
        let manager = v1.manager(&reading).await.unwrap();
        let current = manager.require().unwrap();
        assert_eq!((current.data.user, current.version()), (7, 2));
        for error in [
            manager.update_with(|login| login.user = 8).await.unwrap_err(),
            manager.update(jwe::v1::LoginPatch::default()).await.unwrap_err(),
            manager.rotate().await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::NewerVersion, "{error}");
        }
        assert!(finish(&reading, &mut browser).is_empty());
        assert_eq!(manager.current().unwrap().data.user, 7);
    }
    assert_eq!(*v2.get(&request(&browser)).await.unwrap().unwrap().data, login);
    let writing = request(&browser);
    v1.replace(&writing, jwe::v1::Login { user: 9 }).await.unwrap();
    finish(&writing, &mut browser);
    assert_eq!(v2.get(&request(&browser)).await.unwrap().unwrap().version(), 1);
}

#[tokio::test]
async fn the_older_program_does_not_renew_it() {
    // The programs of one version know when a token is due; here each plays the other's part.
    let clock = TestClock::new();
    let v2 = jwe::v2_readable::tokens(&clock);
    let login = jwe::v2_readable::Login { user: 7, org: "acme".to_owned() };
    let mut browser = Browser::with(&v2.cookie_header(&login).unwrap());
    clock.seconds(4 * 24 * 3600);
    let older = jwe_of_1_with_renewal(&clock);
    let reading = request(&browser);
    assert_eq!(older.get(&reading).await.unwrap().unwrap().version(), 2);
    reading.renew(&http::HeaderMap::new()).await;
    assert!(finish(&reading, &mut browser).is_empty());
    let reading = request(&browser);
    assert!(v2.get(&reading).await.unwrap().is_some());
    reading.renew(&http::HeaderMap::new()).await;
    assert_eq!(finish(&reading, &mut browser).len(), 1, "its own program does");
}

fn jwe_of_1_with_renewal(clock: &TestClock) -> unjwt::Tokens<Sliding> {
    Sliding::config(unjwt::JweKey::secret([7; 32])).clock(clock.read()).build().unwrap()
}

#[derive(Clone, serde::Serialize, serde::Deserialize, unjwt::Session)]
#[session(jwe, name = "login", max_age = "7D", renew_after = "half", version = 1)]
struct Sliding {
    user: u64,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, unjwt::Session)]
#[session(jwe, name = "login", max_age = "30D", version = 2, migrate(_))]
struct Long {
    user: u64,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, unjwt::Session)]
#[session(jwe, name = "login", max_age = "30D", version = 2, migrate(_), readable_by = 1)]
struct LongReadable {
    user: u64,
}

#[tokio::test]
async fn one_of_a_longer_lifetime_is_kept_until_its_own_end() {
    let clock = TestClock::new();
    let older = jwe_of_1_with_renewal(&clock);
    let newer = Long::config(unjwt::JweKey::secret([7; 32])).clock(clock.read()).build().unwrap();
    let mut browser = Browser::with(&newer.cookie_header(&Long { user: 7 }).unwrap());
    clock.seconds(8 * 24 * 3600);
    let reading = request(&browser);
    let manager = older.manager(&reading).await.unwrap();
    assert_eq!((manager.status(), manager.current().is_some()), (Status::Rejected, false));
    let error = manager.update(SlidingPatch { user: Some(1) }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerVersion);
    reading.renew(&http::HeaderMap::new()).await;
    assert!(finish(&reading, &mut browser).is_empty());
    assert!(newer.get(&request(&browser)).await.unwrap().is_some());
    // Then nobody reads it, and a visitor's session takes its place.
    clock.seconds(23 * 24 * 3600);
    let writing = request(&browser);
    older.update(&writing, SlidingPatch { user: Some(1) }).await.unwrap();
    assert_eq!(finish(&writing, &mut browser).len(), 1);
}

#[tokio::test]
async fn one_of_a_longer_lifetime_that_this_program_understands_is_served_until_its_own_end() {
    let clock = TestClock::new();
    let older = jwe_of_1_with_renewal(&clock);
    let newer = LongReadable::config(unjwt::JweKey::secret([7; 32])).clock(clock.read()).build().unwrap();
    let mut browser = Browser::with(&newer.cookie_header(&LongReadable { user: 7 }).unwrap());
    clock.seconds(8 * 24 * 3600);
    for _ in 0..3 {
        let reading = request(&browser);
        assert_eq!(older.get(&reading).await.unwrap().unwrap().data.user, 7);
        reading.renew(&http::HeaderMap::new()).await;
        assert!(finish(&reading, &mut browser).is_empty());
    }
    clock.seconds(23 * 24 * 3600);
    assert_eq!(older.manager(&request(&browser)).await.unwrap().status(), Status::Expired);
}

/// A program from before versions knows of none: it reads what fits its struct, and its writes are of the first one.
#[tokio::test]
async fn a_program_without_versions_reads_what_fits_it() {
    let clock = TestClock::new();
    let (v0, v2) = (jwe::v0::tokens(&clock), jwe::v2::tokens(&clock));
    let login = jwe::v2::Login { user: 7, org: "acme".to_owned() };
    let mut browser = Browser::with(&v2.cookie_header(&login).unwrap());
    let writing = request(&browser);
    v0.update(&writing, jwe::v0::LoginPatch::default()).await.unwrap();
    finish(&writing, &mut browser);
    let read = v2.get(&request(&browser)).await.unwrap().unwrap();
    assert_eq!((read.version(), &*read.data.org), (1, "of 7"));
}
