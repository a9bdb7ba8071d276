//! A provider whose keys change, move, fail and come late.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use unjwt::keys::RemoteKeys;
use unjwt::{ErrorKind, Jwk, JwkSet, JwsKey};

use crate::support::*;

#[tokio::test]
async fn a_lone_key_is_followed_by_another() {
    let (old, new, n) = (es("old"), es("new"), Arc::default());
    let b = body(set(&[&old]));
    let keys = remote(&b, &n).cooldown(Duration::from_millis(50)).await.unwrap();
    let t = Access::config(&keys).issuer(A).build().unwrap();
    assert_eq!(kind(&t, &sign(&old, A, |_| ())).await, None);
    *b.lock().unwrap() = Ok(set(&[&new]));
    ms(100).await;
    assert_eq!(kind(&t, &sign(&new, A, |_| ())).await, None, "fetches: {}", n.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_key_beside_one_that_encrypts_is_followed_by_another() {
    let (old, new, n) = (es("old"), es("new"), Arc::default());
    let enc = Jwk::generate("ECDH-ES+A256KW").unwrap().with_kid("enc");
    let b = body(set(&[&old, &enc]));
    let keys = remote(&b, &n).cooldown(Duration::from_millis(50)).await.unwrap();
    let t = Access::config(&keys).issuer(A).build().unwrap();
    *b.lock().unwrap() = Ok(set(&[&new, &old, &enc]));
    ms(100).await;
    assert_eq!(kind(&t, &sign(&new, A, |_| ())).await, None, "fetches: {}", n.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_key_that_is_published_late_is_accepted_after_the_cooldown() {
    let (old, other, new, n) = (es("old"), es("other"), es("new"), Arc::default());
    let b = body(set(&[&old, &other]));
    let keys = remote(&b, &n).cooldown(Duration::from_millis(50)).await.unwrap();
    let t = Access::config(&keys).issuer(A).build().unwrap();
    let token = sign(&new, A, |_| ());
    assert_eq!(kind(&t, &token).await, Some(ErrorKind::KeyNotFound));
    *b.lock().unwrap() = Ok(set(&[&new, &old, &other]));
    ms(300).await;
    assert_eq!(kind(&t, &token).await, None, "fetches: {}", n.load(Ordering::SeqCst));
}

#[tokio::test]
async fn an_unknown_key_of_a_provider_that_is_out_is_an_outage() {
    let (old, other, new, n) = (es("old"), es("other"), es("new"), Arc::default());
    let b = body(set(&[&old, &other]));
    let keys = remote(&b, &n).cooldown(Duration::from_millis(700)).await.unwrap();
    let t = Access::config(&keys).issuer(A).build().unwrap();
    let token = sign(&new, A, |_| ());
    *b.lock().unwrap() = Err("down".into());
    let k = kind(&t, &token).await;
    assert_eq!(k, Some(ErrorKind::Unavailable), "unknown kid and the provider is out");
}

#[tokio::test]
async fn keys_that_move_are_followed() {
    let (old, other, new) = (es("old"), es("other"), es("new"));
    let moved = Arc::new(AtomicBool::new(false));
    let (m, s1, s2) = (moved.clone(), set(&[&old, &other]), set(&[&new, &old]));
    let keys = RemoteKeys::discover_with(A, move |url: String| {
        let moved = m.load(Ordering::SeqCst);
        let r = if url.ends_with("openid-configuration") {
            json!({"issuer": A, "jwks_uri": if moved {"https://a.example/k2"} else {"https://a.example/k1"}})
                .to_string()
        } else if url.ends_with("k1") {
            s1.clone()
        } else {
            s2.clone()
        };
        async move { Ok::<_, std::io::Error>(r) }
    })
    .cooldown(Duration::from_millis(50))
    .await
    .unwrap();
    let t = Access::config(&keys).build().unwrap();
    moved.store(true, Ordering::SeqCst);
    ms(100).await;
    assert_eq!(kind(&t, &sign(&new, A, |_| ())).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closure_that_panics_does_not_end_the_refreshes() {
    let (old, other) = (es("old"), es("other"));
    let n = Arc::new(AtomicUsize::new(0));
    let (c, s) = (n.clone(), set(&[&old, &other]));
    let keys = RemoteKeys::jwks_with("https://a.example/jwks", move |_| {
        let (i, s) = (c.fetch_add(1, Ordering::SeqCst), s.clone());
        async move {
            match i {
                0 => Ok(s),
                1 => Err(std::io::Error::other("down")),
                2 => panic!("once"),
                _ => Ok(s),
            }
        }
    })
    .cooldown(Duration::from_millis(50))
    .stale_for(Duration::from_millis(600))
    .await
    .unwrap();
    let t = Access::config(&keys).issuer(A).build().unwrap();
    let _ = kind(&t, &sign(&es("x"), A, |_| ())).await; // fetch 1 fails, the task retries: panics
    ms(1500).await;
    let k = kind(&t, &sign(&old, A, |_| ())).await;
    assert_eq!(k, None, "fetches {} health {:?}", n.load(Ordering::SeqCst), keys.health());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_fetch_is_repeated_soon() {
    let (old, other, new, n) = (es("old"), es("other"), es("new"), Arc::new(AtomicUsize::new(0)));
    let b = body(set(&[&old, &other]));
    let keys = remote(&b, &n).cooldown(Duration::from_millis(100)).await.unwrap();
    let t = Access::config(&keys).issuer(A).build().unwrap();
    *b.lock().unwrap() = Err("down".into());
    let _ = kind(&t, &sign(&new, A, |_| ())).await;
    assert!(keys.health().failure.is_some());
    *b.lock().unwrap() = Ok(set(&[&old, &other, &new]));
    // By the documentation after one cooldown, in the background.
    ms(1000).await;
    assert_eq!((n.load(Ordering::SeqCst), keys.health().failure), (3, None));
}

#[tokio::test]
async fn a_published_secret_is_not_a_key() {
    let k = Jwk::generate("HS256").unwrap().with_kid("s");
    let b = body(serde_json::to_string(&JwkSet::from(k.clone())).unwrap());
    let Ok(keys) = remote(&b, &Arc::default()).await else { return };
    let Ok(t) = Hs::config(&keys).issuer(A).build() else { return };
    // Whoever reads the public set can do this:
    let c = json!({"iss": A, "aud": "api", "sub": "admin", "exp": now() + 600});
    let token = unjwt::jose::sign(c.to_string().as_bytes(), &JwsKey::from_jwk(k)).unwrap();
    assert!(t.verify_without_hooks(&token).await.is_err());
}

#[tokio::test]
async fn a_set_that_turns_into_secrets_is_not_taken() {
    // No pin, a set that turns from public to secret at runtime.
    let (p, k) = (es("p"), Jwk::generate("HS256").unwrap().with_kid("s"));
    let b = body(set(&[&p, &es("q")]));
    let keys = remote(&b, &Arc::default()).cooldown(Duration::from_millis(20)).await.unwrap();
    let t = Access::config(&keys).issuer(A).build().unwrap();
    *b.lock().unwrap() = Ok(serde_json::to_string(&JwkSet::from(k.clone())).unwrap());
    ms(50).await;
    let c = json!({"iss": A, "aud": "api", "sub": "admin", "exp": now() + 600});
    let token = unjwt::jose::sign(c.to_string().as_bytes(), &JwsKey::from_jwk(k)).unwrap();
    assert!(t.verify_without_hooks(&token).await.is_err());
}

#[tokio::test]
async fn a_session_does_not_keep_a_withdrawn_key_for_the_others() {
    let (k, ed) = (es("k"), Jwk::generate("Ed25519").unwrap().with_kid("ed"));
    let b = body(set(&[&k, &ed]));
    let keys = remote(&b, &Arc::default()).cooldown(Duration::from_millis(50)).await.unwrap();
    let all = Access::config(&keys).issuer(A).build().unwrap();
    let _only = OnlyEs::config(&keys).issuer(A).build().unwrap();
    let token = sign(&k, A, |_| ());
    assert_eq!(kind(&all, &token).await, None);
    // `k` leaked: the provider withdraws it.
    *b.lock().unwrap() = Ok(set(&[&ed]));
    ms(100).await;
    let _ = kind(&all, &sign(&es("x"), A, |_| ())).await;
    assert!(kind(&all, &token).await.is_some(), "{:?}", keys.health());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cooldown_is_not_a_storm() {
    let (k, k2, n) = (es("k"), es("k2"), Arc::new(AtomicUsize::new(0)));
    let b = body(set(&[&k, &k2]));
    let keys = remote(&b, &n).cooldown(Duration::ZERO).await.unwrap();
    let t = Access::config(&keys).issuer(A).build().unwrap();
    *b.lock().unwrap() = Err("down".into());
    let _ = kind(&t, &sign(&es("x"), A, |_| ())).await;
    ms(300).await;
    assert!(n.load(Ordering::SeqCst) < 20, "{} fetches", n.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_leave_do_not_flood_the_provider() {
    let (k, k2) = (es("k"), es("k2"));
    let (started, s) = (Arc::new(AtomicUsize::new(0)), set(&[&k, &k2]));
    let c = started.clone();
    let keys = RemoteKeys::jwks_with("https://a.example/jwks", move |_| {
        let (first, s) = (c.fetch_add(1, Ordering::SeqCst) == 0, s.clone());
        async move {
            if !first {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Ok::<_, std::io::Error>(s)
        }
    })
    .await
    .unwrap();
    let t = Access::config(&keys).issuer(A).build().unwrap();
    let stranger = es("x");
    for i in 0..50 {
        // The client hangs up, or a `TimeoutLayer` drops the request.
        let token = sign(&stranger.clone().with_kid(format!("x{i}")), A, |_| ());
        let left = tokio::time::timeout(Duration::from_millis(5), t.verify_without_hooks(&token)).await;
        assert!(left.is_err() || left.is_ok_and(|refused| refused.is_err()));
    }
    let n = started.load(Ordering::SeqCst) - 1;
    assert!(n <= 1, "{n} fetches within one cooldown of 30 s");
}

#[test]
fn keys_of_a_runtime_that_is_gone_recover() {
    let (k, k2) = (es("k"), es("k2"));
    let b = body(set(&[&k, &k2]));
    let rt = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let first = rt();
    let n = Arc::default();
    let keys = first.block_on(async {
        remote(&b, &n)
            .cooldown(Duration::from_millis(20))
            .stale_for(Duration::from_millis(100))
            .await
            .unwrap()
    });
    drop(first);
    rt().block_on(async {
        let t = Access::config(&keys).issuer(A).build().unwrap();
        ms(300).await;
        assert_eq!(kind(&t, &sign(&k, A, |_| ())).await, None, "fetches {}", n.load(Ordering::SeqCst));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_again_before_they_are_too_old() {
    let (k, k2, n) = (es("k"), es("k2"), Arc::default());
    let b = body(set(&[&k, &k2]));
    let keys = remote(&b, &n)
        .cooldown(Duration::from_millis(50))
        .stale_for(Duration::from_millis(500))
        .await
        .unwrap();
    let t = Access::config(&keys).issuer(A).build().unwrap();
    ms(1500).await;
    assert_eq!(
        kind(&t, &sign(&k, A, |_| ())).await,
        None,
        "fetches {}, {:?}",
        n.load(Ordering::SeqCst),
        keys.health()
    );
}
