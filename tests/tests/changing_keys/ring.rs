//! The sources of a ring, and what it asks of a session.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use unjwt::keys::{KeyRing, RingKey, RingKeys};
use unjwt::{Jwk, NumericDate};

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_closure_that_panics_does_not_end_the_reloads() {
    let (k1, k2) = (es("k1"), es("k2"));
    let n = Arc::new(AtomicUsize::new(0));
    let c = n.clone();
    let ring = KeyRing::from_source(move || {
        let i = c.fetch_add(1, Ordering::SeqCst);
        let ring = RingKeys::new([RingKey::new(if i < 2 { k1.clone() } else { k2.clone() })]);
        async move {
            assert!(i != 1, "once");
            ring
        }
    })
    .reload_every(Duration::from_millis(20))
    .await
    .unwrap();
    ms(400).await;
    assert_eq!(
        ring.keys().keys()[0].kid(),
        "k2",
        "loads {}, health {:?}",
        n.load(Ordering::SeqCst),
        ring.health()
    );
}

#[test]
fn a_variable_that_is_not_text_is_not_shown() {
    use std::os::unix::ffi::OsStrExt as _;
    if std::env::var_os("UNJWT_TEST_CHILD").is_some() {
        let e = KeyRing::from_env("UNJWT_TEST_RING").unwrap_err();
        println!("ERR {e}");
        return;
    }
    let ring = [br#"{"keys":[{"kty":"oct","alg":"HS256","kid":"a","k":"SECRETSECRETSECRETSECRETSECRETSECRETSECRETS"}]}"#.as_slice(), b"\xff"].concat();
    let out = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["ring::a_variable_that_is_not_text_is_not_shown", "--exact", "--nocapture"])
        .env("UNJWT_TEST_CHILD", "1")
        .env("UNJWT_TEST_RING", std::ffi::OsStr::from_bytes(&ring))
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.contains("ERR"), "{out}");
    assert!(!out.contains("SECRETSECRET"), "{out}");
}

#[test]
fn stray_times_of_a_jwk_do_not_count() {
    let json = es("k").to_json();
    let json = json.replacen('{', r#"{"retire_at":1,"#, 1);
    let ring = RingKeys::new([RingKey::new(Jwk::from_json(&json).unwrap())]).unwrap();
    let again = RingKeys::from_json(&ring.to_json()).unwrap();
    assert_eq!(
        ring.writer(NumericDate::from_secs(5)).is_some(),
        again.writer(NumericDate::from_secs(5)).is_some()
    );
}

#[tokio::test]
async fn a_service_that_only_reads_takes_any_lifetimes() {
    let ring = KeyRing::new(
        RingKeys::new([
            RingKey::new(es("old")).retire_at(NumericDate::from_secs(now() + 1000)),
            RingKey::new(es("new")).activate_at(NumericDate::from_secs(now() + 500)),
        ])
        .unwrap(),
    );
    let own = OwnRead::config(&ring).build().map(drop);
    let foreign = Access::config(&ring).issuer(A).build().map(drop);
    assert!(own.is_ok() && foreign.is_ok(), "{own:?} {foreign:?}");
}

/// A key that leaked has to go, and a mistake has to be seen.
#[tokio::test]
async fn a_reload_that_signs_users_out_is_a_warning() {
    let (old, new) = (RingKey::new(es("old")), RingKey::new(es("new")));
    let ring = KeyRing::new(RingKeys::new([old.clone()]).unwrap());
    let tokens = OwnJwt::config(&ring).build().unwrap();
    assert!(ring.health().is_healthy());
    let early = old.clone().retire_at(NumericDate::from_secs(now() + 900));
    let next = new.activate_at(NumericDate::from_secs(now() + 600));
    ring.replace(RingKeys::new([early, next.clone()]).unwrap()).unwrap();
    let warning = ring.health().warning.unwrap();
    assert!(warning.contains("`old` retires at") && !ring.health().is_healthy(), "{warning}");
    ring.replace(RingKeys::new([old, next]).unwrap()).unwrap();
    assert!(ring.health().is_healthy());
    drop(tokens);
}
