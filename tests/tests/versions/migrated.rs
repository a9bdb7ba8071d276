//! Payloads of older versions become the session's struct.

use unjwt::{ErrorKind, Status};

use crate::programs::{SECRET, finish, jwe, jws, request};
use crate::support::{Browser, TestClock, json_segment};

macro_rules! of_both {
    ($($name:ident)+) => {
        mod encrypted {
            use super::*;
            $(#[tokio::test] async fn $name() { $name!(jwe, seal, unseal_without_hooks); })+
        }
        mod signed {
            use super::*;
            $(#[tokio::test] async fn $name() { $name!(jws, sign, verify_without_hooks); })+
        }
    };
}

macro_rules! each_version_is_read_by_each_later_program {
    ($family:ident, $make:ident, $open:ident) => {
        let clock = TestClock::new();
        let (v0, v1, v2, v3) = (
            $family::v0::tokens(&clock),
            $family::v1::tokens(&clock),
            $family::v2::tokens(&clock),
            $family::v3::tokens(&clock),
        );
        for first in [
            v0.$make(&$family::v0::Login { user: 7 }).await.unwrap().token,
            v1.$make(&$family::v1::Login { user: 7 }).await.unwrap().token,
        ] {
            assert_eq!(v1.$open(&first).await.unwrap().version(), 1);
            let read = v2.$open(&first).await.unwrap();
            assert_eq!(*read.data, $family::v2::Login { user: 7, org: "of 7".to_owned() });
            assert_eq!((read.version(), &*read.token), (1, &*first));
            let read = v3.$open(&first).await.unwrap();
            assert_eq!(*read.data, $family::v3::Login { id: "7".to_owned(), org: None });
        }
        let second = v2.$make(&$family::v2::Login { user: 7, org: "acme".to_owned() }).await.unwrap().token;
        assert_eq!(v2.$open(&second).await.unwrap().version(), 2);
        let read = v3.$open(&second).await.unwrap();
        assert_eq!(*read.data, $family::v3::Login { id: "7".to_owned(), org: Some("acme".to_owned()) });
        // The same from memory, as often as it comes.
        for _ in 0..4 {
            assert_eq!(v3.$open(&second).await.unwrap().version(), 2);
        }
    };
}

macro_rules! reading_writes_nothing_and_a_write_is_of_the_new_version {
    ($family:ident, $make:ident, $open:ident) => {
        let clock = TestClock::new();
        let (v1, v3) = ($family::v1::tokens(&clock), $family::v3::tokens(&clock));
        let mut browser = Browser::with(&v1.cookie_header(&$family::v1::Login { user: 7 }).unwrap());
        let reading = request(&browser);
        assert_eq!(v3.get(&reading).await.unwrap().unwrap().version(), 1);
        assert!(finish(&reading, &mut browser).is_empty());
        let writing = request(&browser);
        let manager = v3.manager(&writing).await.unwrap();
        let id = manager.current().unwrap().id;
        let written = manager.update_with(|login| login.org = Some("acme".to_owned())).await.unwrap();
        assert_eq!((written.version(), written.id == id), (3, false));
        finish(&writing, &mut browser);
        let read = v3.get(&request(&browser)).await.unwrap().unwrap();
        assert_eq!(read.version(), 3);
        assert_eq!(*read.data, $family::v3::Login { id: "7".to_owned(), org: Some("acme".to_owned()) });
        // A patch merges into the migrated struct.
        let mut browser = Browser::with(&v1.cookie_header(&$family::v1::Login { user: 8 }).unwrap());
        let writing = request(&browser);
        let patch = $family::v3::LoginPatch { org: Some(Some("b".to_owned())), ..Default::default() };
        v3.update(&writing, patch).await.unwrap();
        finish(&writing, &mut browser);
        let read = v3.get(&request(&browser)).await.unwrap().unwrap();
        assert_eq!(*read.data, $family::v3::Login { id: "8".to_owned(), org: Some("b".to_owned()) });
    };
}

macro_rules! a_version_that_is_no_longer_read_is_refused_like_any_other_token {
    ($family:ident, $make:ident, $open:ident) => {
        let clock = TestClock::new();
        let (v1, v2) = ($family::v1::tokens(&clock), $family::v2::tokens(&clock));
        let v3 = $family::v3_without_1::tokens(&clock);
        let first = v1.$make(&$family::v1::Login { user: 7 }).await.unwrap().token;
        assert_eq!(v3.$open(&first).await.unwrap_err().kind(), ErrorKind::VersionDropped);
        let second = v2.$make(&$family::v2::Login { user: 7, org: "a".to_owned() }).await.unwrap().token;
        assert_eq!(v3.$open(&second).await.unwrap().data.id, "7");
        // Nobody will read it again, so a visitor's write may take its place.
        let mut browser = Browser::with(&v1.cookie_header(&$family::v1::Login { user: 7 }).unwrap());
        let writing = request(&browser);
        let patch = $family::v3_without_1::LoginPatch { id: Some("9".to_owned()) };
        v3.update(&writing, patch).await.unwrap();
        assert_eq!(finish(&writing, &mut browser).len(), 1);
    };
}

macro_rules! a_migration_that_fails_says_which_step_and_keeps_the_data_to_itself {
    ($family:ident, $make:ident, $open:ident) => {
        let clock = TestClock::new();
        let (v2, v3) = ($family::v2::tokens(&clock), $family::v3::tokens(&clock));
        let login = $family::v2::Login { user: 7, org: SECRET.to_owned() };
        let token = v2.$make(&login).await.unwrap().token;
        let error = v3.$open(&token).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MigrationFailed);
        assert_eq!(error.to_string(), "the session cannot be migrated: `LoginV2` did not become `Login`");
        assert!(!format!("{error:?} {error}").contains("hunter2"));
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), format!("{SECRET} is not one of ours"));
        // What has expired is nothing that anybody could read.
        clock.seconds(7 * 24 * 3600 + 1);
        assert_eq!(v3.$open(&token).await.unwrap_err().kind(), ErrorKind::Expired);
        let browser = Browser::with(&v2.cookie_header(&login).unwrap());
        let status = v3.manager(&request(&browser)).await.unwrap().status();
        assert_eq!(status, Status::Rejected);
    };
}

of_both! {
    each_version_is_read_by_each_later_program
    reading_writes_nothing_and_a_write_is_of_the_new_version
    a_version_that_is_no_longer_read_is_refused_like_any_other_token
    a_migration_that_fails_says_which_step_and_keeps_the_data_to_itself
}

#[tokio::test]
async fn the_version_is_a_claim_and_the_first_one_needs_none() {
    let clock = TestClock::new();
    let claims = |token: &str| json_segment(token, 1);
    let first = jws::v1::tokens(&clock).sign(&jws::v1::Login { user: 7 }).await.unwrap();
    assert_eq!((claims(&first.token).get("v"), claims(&first.token).get("vr")), (None, None));
    let second = jws::v2::Login { user: 7, org: String::new() };
    let second = claims(&jws::v2::tokens(&clock).sign(&second).await.unwrap().token);
    assert_eq!((&second["v"], second.get("vr")), (&2.into(), None));
    let readable = jws::v2_readable::Login { user: 7, org: String::new() };
    let readable = claims(&jws::v2_readable::tokens(&clock).sign(&readable).await.unwrap().token);
    assert_eq!((&readable["v"], &readable["vr"]), (&2.into(), &1.into()));
}
