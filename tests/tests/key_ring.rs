//! The own keys of a service over time: reloads, retirements, and the public set.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};
use tower::ServiceExt as _;
use unjwt::keys::{KeyRing, RingKey, RingKeys, jwks_router};
use unjwt::{ErrorKind, JweKey, Jwk, NumericDate, Session, SessionHandle, Tokens};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "user", max_age = "1h")]
struct User {
    id: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "signed", max_age = "1h")]
struct Signed {
    id: u64,
}

const DAY: u64 = 24 * 60 * 60;

fn now() -> u64 {
    NumericDate::from(SystemTime::now()).as_secs()
}

fn at(secs: u64) -> NumericDate {
    NumericDate::from_secs(secs)
}

fn key(alg: &str, kid: &str) -> RingKey {
    RingKey::new(Jwk::generate(alg).unwrap().with_kid(kid))
}

fn ring(keys: impl IntoIterator<Item = RingKey>) -> RingKeys {
    RingKeys::new(keys).unwrap()
}

fn kid_of(token: &str) -> String {
    use base64::Engine as _;
    let header = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// A clock that a test turns.
fn clock(secs: &Arc<AtomicU64>) -> impl Fn() -> SystemTime + Send + Sync + 'static + use<> {
    let secs = Arc::clone(secs);
    move || UNIX_EPOCH + Duration::from_secs(secs.load(Ordering::Relaxed))
}

#[tokio::test]
async fn the_writer_follows_the_time_and_old_sessions_are_sealed_anew() {
    let start = now();
    let time = Arc::new(AtomicU64::new(start));
    let keys = ring([
        key("A256KW", "old").retire_at(at(start + 2 * DAY)),
        key("A256KW", "new").activate_at(at(start + DAY)),
    ]);
    let users = User::config(KeyRing::new(keys)).clock(clock(&time)).build().unwrap();
    let first = users.seal(&User { id: 7 }).await.unwrap();
    assert_eq!(kid_of(&first.token), "old");

    time.store(start + DAY - 60, Ordering::Relaxed);
    let last = users.seal(&User { id: 8 }).await.unwrap();
    assert_eq!(kid_of(&last.token), "old");
    time.store(start + DAY, Ordering::Relaxed);
    // Read, and sealed with the new one by the next write.
    let read = users.unseal_without_hooks(&last.token).await.unwrap();
    let again = users.seal(&read.data).await.unwrap();
    assert_eq!(kid_of(&again.token), "new");
    assert_eq!(users.unseal_without_hooks(&again.token).await.unwrap().data.id, 8);

    time.store(start + 2 * DAY, Ordering::Relaxed);
    let error = users.unseal_without_hooks(&first.token).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::JweDecryptionFailed, "{error}");
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sliding", max_age = "1h", renew_after = "half")]
struct Sliding {
    id: u64,
}

/// By a request that only reads, too: the response carries the token under the new key.
#[tokio::test]
async fn a_renewal_seals_with_the_new_key() {
    let start = now();
    let time = Arc::new(AtomicU64::new(start));
    let keys = ring([key("A256KW", "old"), key("A256KW", "new").activate_at(at(start + 60))]);
    let config = Sliding::config(KeyRing::new(keys)).clock(clock(&time));
    let (router, sessions) = unjwt::install_returning_state(config, |sessions: SessionHandle<Sliding>| {
        (Router::new().route("/", get(async |session: Sliding| session.id.to_string())), sessions)
    })
    .unwrap();
    let cookie = sessions.cookie_header(&Sliding { id: 7 }).unwrap();
    let visit = || {
        let request = Request::get("/").header("cookie", cookie.clone()).body(Body::empty()).unwrap();
        router.clone().oneshot(request)
    };
    time.store(start + 61, Ordering::Relaxed);
    let response = visit().await.unwrap();
    assert_eq!((response.status(), response.headers().get("set-cookie")), (StatusCode::OK, None));
    time.store(start + 1801, Ordering::Relaxed);
    let response = visit().await.unwrap();
    let line = response.headers()["set-cookie"].to_str().unwrap();
    let renewed = line.strip_prefix("sliding=").unwrap().split(';').next().unwrap();
    assert_eq!(kid_of(renewed), "new");
    assert_eq!(kid_of(cookie.to_str().unwrap().strip_prefix("sliding=").unwrap()), "old");
}

#[tokio::test]
async fn a_process_with_a_slower_clock_reads_what_a_faster_one_writes() {
    let start = now();
    let keys = ring([key("HS256", "old"), key("HS256", "new").activate_at(at(start + 10))]);
    let tokens = |offset: u64| {
        let time = Arc::new(AtomicU64::new(start + offset));
        Signed::config(KeyRing::new(keys.clone())).clock(clock(&time)).build().unwrap()
    };
    let (slow, fast) = (tokens(5), tokens(12));
    let written = fast.sign(&Signed { id: 1 }).await.unwrap();
    assert_eq!(kid_of(&written.token), "new");
    assert_eq!(slow.verify_without_hooks(&written.token).await.unwrap().data.id, 1);
}

#[test]
fn a_ring_that_would_sign_users_out_does_not_start() {
    let start = now();
    let refusal = |keys: RingKeys| match User::config(KeyRing::new(keys)).build() {
        Ok(_) => panic!("it starts"),
        Err(error) => error.to_string(),
    };
    let early = ring([
        key("A256KW", "old").retire_at(at(start + DAY + 3599)),
        key("A256KW", "new").activate_at(at(start + DAY)),
    ]);
    let error = refusal(early);
    assert!(
        error.contains("the key `old` retires at")
            && error.contains(&format!("retire it at {}", start + DAY + 3600)),
        "{error}"
    );
    assert!(
        refusal(ring([key("A256KW", "later").activate_at(at(start + DAY))]))
            .contains("no key of the ring is active")
    );
    assert!(
        refusal(ring([key("A256KW", "only").retire_at(at(start + DAY))]))
            .contains("no key of the ring is active")
    );
    assert!(refusal(ring([key("HS256", "signs")])).contains("`HS256`"));
    // The one that writes later is looked at as well.
    assert!(
        refusal(ring([key("A256KW", "now"), key("ES256", "then").activate_at(at(start + DAY))]))
            .contains("ES256")
    );
    // A key that was retired at once was meant to be.
    let leaked = ring([key("A256KW", "leaked").retire_at(at(start - 1)), key("A256KW", "new")]);
    assert!(User::config(KeyRing::new(leaked)).build().is_ok());
    let never_read =
        User::config(JweKey::secret([7; 32])).also_reads(KeyRing::new(ring([key("A256KW", "a")]))).build();
    assert!(never_read.unwrap_err().to_string().contains("pass them to `config(..)`"));
}

#[tokio::test]
async fn a_key_that_leaked_is_refused_at_once() {
    let keys = KeyRing::new(ring([key("HS256", "leaked")]));
    let tokens = Signed::config(&keys).build().unwrap();
    let stolen = tokens.sign(&Signed { id: 1 }).await.unwrap();
    // Twice, so that it is remembered.
    for _ in 0..3 {
        assert!(tokens.verify_without_hooks(&stolen.token).await.is_ok());
    }
    keys.replace(ring([key("HS256", "new")])).unwrap();
    let error = tokens.verify_without_hooks(&stolen.token).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::KeyNotFound | ErrorKind::JwsSignatureInvalid), "{error}");
}

#[tokio::test]
async fn a_reload_that_a_session_could_not_use_changes_nothing() {
    let keys = KeyRing::new(ring([key("A256KW", "a")]));
    let users = User::config(&keys).build().unwrap();
    for (wrong, reason) in [
        (ring([key("HS256", "b")]), "HS256"),
        (ring([key("A256KW", "b").activate_at(at(now() + DAY))]), "no key of the ring is active"),
        (ring([key("A256KW", "b"), key("HS256", "c").activate_at(at(now() + DAY))]), "HS256"),
    ] {
        let error = keys.replace(wrong).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert_eq!(kid_of(&users.seal(&User { id: 1 }).await.unwrap().token), "a");
    }
    // Without the session nobody objects.
    drop(users);
    keys.replace(ring([key("HS256", "b")])).unwrap();
}

fn write(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(&new, path).unwrap();
}

async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..400 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what} did not happen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_watched_and_a_bad_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    assert!(KeyRing::from_file(&path).await.unwrap_err().to_string().contains("keys.json"));
    write(&path, &ring([key("A256KW", "a")]).to_json());
    let keys = KeyRing::from_file(&path).reload_every(Duration::from_millis(20)).await.unwrap();
    let users = User::config(&keys).build().unwrap();
    let sealed = users.seal(&User { id: 1 }).await.unwrap();

    let secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA";
    for (wrong, reason) in [
        ("{".to_owned(), "not JSON"),
        (r#"{"keys":[]}"#.to_owned(), "is empty"),
        (format!(r#"{{"keys":[{{"kty":"oct","k":"{secret}"}}]}}"#), "no `kid`"),
        (ring([key("HS256", "b")]).to_json(), "HS256"),
    ] {
        write(&path, &wrong);
        eventually(reason, || keys.health().failure.is_some_and(|failure| failure.contains(reason))).await;
        assert!(!keys.health().failure.unwrap().contains(secret));
        assert!(users.unseal_without_hooks(&sealed.token).await.is_ok());
    }
    fs::remove_file(&path).unwrap();
    eventually("the file is gone", || {
        keys.health().failure.is_some_and(|failure| failure.contains("keys.json"))
    })
    .await;
    let next = ring([keys.keys().keys()[0].clone(), key("A256KW", "b").activate_at(at(now()))]);
    write(&path, &next.to_json());
    eventually("the next key", || keys.health().is_healthy() && keys.keys().keys().len() == 2).await;
    assert_eq!(kid_of(&users.seal(&User { id: 1 }).await.unwrap().token), "b");
    assert!(users.unseal_without_hooks(&sealed.token).await.is_ok());
}

/// A mounted secret is a link to a folder of this moment, which is replaced by renaming another link over it.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn kubernetes_swaps_a_symbolic_link() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let publish = |version: &str, keys: &RingKeys| {
        fs::create_dir(root.join(version)).unwrap();
        fs::write(root.join(version).join("keys.json"), keys.to_json()).unwrap();
        symlink(version, root.join("..data_tmp")).unwrap();
        fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
    };
    let first = ring([key("A256KW", "a")]);
    publish("..1", &first);
    symlink("..data/keys.json", root.join("keys.json")).unwrap();
    let keys =
        KeyRing::from_file(root.join("keys.json")).reload_every(Duration::from_millis(20)).await.unwrap();
    publish("..2", &ring([first.keys()[0].clone(), key("A256KW", "b")]));
    fs::remove_dir_all(root.join("..1")).unwrap();
    eventually("the new folder", || keys.keys().keys().len() == 2).await;
    assert!(keys.health().is_healthy());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_is_reloaded_under_load_without_one_refused_session() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let mut held = vec![key("A256KW", "0")];
    write(&path, &ring(held.clone()).to_json());
    let keys = KeyRing::from_file(&path).reload_every(Duration::from_millis(10)).await.unwrap();
    let users: Tokens<User> = User::config(&keys).build().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let clients = (0..4).map(|id| {
        let (users, stop) = (users.clone(), Arc::clone(&stop));
        tokio::spawn(async move {
            let (mut requests, mut refused, mut kids) = (0_u64, 0_u64, std::collections::BTreeSet::new());
            let mut token = users.seal(&User { id }).await.unwrap().token;
            while !stop.load(Ordering::Relaxed) {
                match users.unseal_without_hooks(&token).await {
                    Ok(current) => assert_eq!(current.data.id, id),
                    Err(_) => refused += 1,
                }
                requests += 1;
                if requests % 16 == 0 {
                    token = users.seal(&User { id }).await.unwrap().token;
                    kids.insert(kid_of(&token));
                    tokio::task::yield_now().await;
                }
            }
            (requests, refused, kids.len())
        })
    });
    let clients: Vec<_> = clients.collect();
    for round in 1..=20 {
        held.push(key("A256KW", &round.to_string()).activate_at(at(now())));
        // Two stay: the one that wrote until now, and the one that writes.
        let from = held.len().saturating_sub(3);
        held.drain(..from);
        write(&path, &ring(held.clone()).to_json());
        eventually("the reload", || {
            keys.keys().writer(at(now())).is_some_and(|key| key.kid() == round.to_string())
        })
        .await;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        let (requests, refused, kids) = client.await.unwrap();
        assert_eq!(refused, 0, "of {requests}");
        assert!(kids > 5, "{kids} keys in {requests} requests");
    }
}

#[tokio::test]
async fn keys_come_from_the_environment_or_a_closure() {
    let error = KeyRing::from_env("UNJWT_TEST_NO_SUCH_RING").unwrap_err().to_string();
    assert!(error.contains("UNJWT_TEST_NO_SUCH_RING"), "{error}");
    let loads = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&loads);
    let fixed = ring([key("A256KW", "a")]);
    let keys = KeyRing::from_source(move || {
        let (load, fixed) = (counted.fetch_add(1, Ordering::Relaxed), fixed.clone());
        async move { if load == 2 { Err("the service is out") } else { Ok(fixed) } }
    })
    .reload_every(Duration::from_secs(3600))
    .await
    .unwrap();
    assert!(!keys.reload().await.unwrap(), "they are the same");
    assert!(keys.reload().await.unwrap_err().to_string().contains("the service is out"));
    assert!(!keys.health().is_healthy());
    assert!(!keys.reload().await.unwrap());
    assert!(keys.health().is_healthy());
}

#[tokio::test]
async fn the_public_set_is_published() {
    let start = now();
    let keys = ring([
        key("ES256", "retired").retire_at(at(start - 1)),
        key("ES256", "active"),
        key("RS256", "pending").activate_at(at(start + DAY)),
        key("HS256", "secret"),
    ]);
    let router: Router = jwks_router(&KeyRing::new(keys)).unwrap();
    let get = |etag: Option<&str>| {
        let mut request = Request::get("/.well-known/jwks.json");
        if let Some(etag) = etag {
            request = request.header("if-none-match", etag);
        }
        router.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    let response = get(None).await.unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        (response.status(), header("cache-control")),
        (StatusCode::OK, "public, max-age=300".to_owned())
    );
    assert_eq!(header("content-type"), "application/jwk-set+json");
    let etag = header("etag");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let set: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let kids: Vec<_> =
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(kids, ["active", "pending"]);
    for private in ["\"d\"", "\"k\"", "\"p\"", "activate_at"] {
        assert!(!String::from_utf8_lossy(&body).contains(private), "{private}");
    }
    for known in [etag.clone(), format!("\"x\", {etag}"), format!("W/{etag}"), "*".to_owned()] {
        let response = get(Some(&known)).await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert!(response.headers().contains_key("cache-control"));
    }
    assert_eq!(get(Some("\"other\"")).await.unwrap().status(), StatusCode::OK);
    let symmetric = jwks_router::<()>(&KeyRing::new(ring([key("HS256", "a")])));
    assert!(symmetric.unwrap_err().to_string().contains("nothing to publish"));
}
