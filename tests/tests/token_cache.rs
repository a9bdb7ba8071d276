//! A cached token costs one hash; everything that may change between two readings takes effect at once.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookError, HookResult, KeyLookup, Read};
use unjwt::{
    JweKey, Jwk, JwsKey, RequestContext, Session, SessionHandle, SessionState, Status, Tokens, build,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe(alg = "RSA-OAEP-256"), name = "vault", max_age = "1h")]
struct Vault {
    sub: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws(alg = "ES256"), name = "watched", max_age = "1h", state = Arc<Switch>, hooks(on_read = watch))]
struct Watched {
    sub: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws(alg = "ES256"), name = "visitor", max_age = "1h", state = Arc<Keys>, read_only, hooks(key_lookup = find))]
struct Visitor {
    sub: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws(alg = "ES256"), name = "visitor", max_age = "1h")]
struct Issuer {
    sub: String,
}

#[derive(SessionState)]
struct Switch {
    watched: SessionHandle<Watched>,
    revoked: AtomicBool,
}

async fn watch(event: Read<'_, Watched>) -> HookResult {
    if event.state().revoked.load(Ordering::SeqCst) {
        event.refuse();
    }
    Ok(())
}

#[derive(SessionState)]
struct Keys {
    visitor: SessionHandle<Visitor>,
    found: Mutex<Option<JwsKey>>,
}

async fn find(event: KeyLookup<'_, Visitor>) -> Result<Option<JwsKey>, HookError> {
    Ok(event.state().found.lock().unwrap().clone())
}

fn ada<T>(make: fn(String) -> T) -> T {
    make("ada".to_owned())
}

/// The request of a client that holds this cookie.
fn request(cookie: &HeaderValue) -> HeaderMap {
    HeaderMap::from_iter([(http::header::COOKIE, cookie.clone())])
}

/// Returns whether the session is read without a worker.
fn at_once(sessions: &Tokens<Vault>, cookie: &HeaderValue) -> bool {
    sessions.__read(&request(cookie)).is_some()
}

fn vault(key: &Jwk) -> unjwt::Config<Vault> {
    Vault::config(JweKey::from_jwk(key.clone())).anyone_with_the_public_key_may_write()
}

async fn is_ada(sessions: &Tokens<Vault>, cookie: &HeaderValue) -> bool {
    let found = sessions.get(&RequestContext::new(&request(cookie))).await.unwrap();
    found.is_some_and(|current| current.data.sub == "ada")
}

#[tokio::test]
async fn the_second_reading_needs_no_worker() {
    let key = Jwk::generate("RSA-OAEP-256").unwrap();
    let sessions = vault(&key).build().unwrap();
    let cookie = sessions.cookie_header(&ada(|sub| Vault { sub })).unwrap();
    assert!(!at_once(&sessions, &cookie));
    assert!(is_ada(&sessions, &cookie).await);
    assert!(at_once(&sessions, &cookie));

    let forgetful = vault(&key).token_cache(0).build().unwrap();
    assert!(is_ada(&forgetful, &cookie).await);
    assert!(!at_once(&forgetful, &cookie), "nothing is remembered");
    assert!(is_ada(&forgetful, &cookie).await);
}

#[tokio::test]
async fn a_token_made_here_needs_no_worker_when_it_comes_back() {
    let key = Jwk::generate("RSA-OAEP-256").unwrap();
    let sessions = vault(&key).build().unwrap();
    let made = sessions.seal(&ada(|sub| Vault { sub })).await.unwrap().token;
    let cookie = HeaderValue::from_str(&format!("vault={}", made.as_str())).unwrap();
    assert!(at_once(&sessions, &cookie));
    assert!(is_ada(&sessions, &cookie).await);
    assert!(!at_once(&vault(&key).build().unwrap(), &cookie), "another process has yet to open it");
}

#[tokio::test]
async fn a_changed_copy_of_a_remembered_token_is_refused() {
    let sessions = vault(&Jwk::generate("RSA-OAEP-256").unwrap()).build().unwrap();
    let cookie = sessions.cookie_header(&ada(|sub| Vault { sub })).unwrap();
    assert!(is_ada(&sessions, &cookie).await);
    let good = cookie.to_str().unwrap();
    for at in ("vault=".len()..good.len()).step_by(7) {
        let mut changed = good.as_bytes().to_vec();
        changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
        assert!(!is_ada(&sessions, &HeaderValue::from_bytes(&changed).unwrap()).await, "{at}");
    }
    assert!(is_ada(&sessions, &cookie).await);
}

#[tokio::test]
async fn a_remembered_token_ends_when_it_ends() {
    const START: u64 = 1_700_000_000;
    let now = Arc::new(AtomicU64::new(START));
    let clock = Arc::clone(&now);
    let sessions = vault(&Jwk::generate("RSA-OAEP-256").unwrap())
        .clock(move || -> SystemTime { UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst)) })
        .build()
        .unwrap();
    let cookie = sessions.cookie_header(&ada(|sub| Vault { sub })).unwrap();
    assert!(is_ada(&sessions, &cookie).await);
    now.store(START + 3599, Ordering::SeqCst);
    assert!(is_ada(&sessions, &cookie).await);
    now.store(START + 3600, Ordering::SeqCst);
    let expired = sessions.manager(&RequestContext::new(&request(&cookie))).await.unwrap();
    assert_eq!(expired.status(), Status::Expired);
}

#[tokio::test]
async fn a_revocation_counts_at_once() {
    let key = JwsKey::from_jwk(Jwk::generate("ES256").unwrap());
    let switch =
        build(Watched::config(key), |watched| Arc::new(Switch { watched, revoked: AtomicBool::new(false) }))
            .unwrap();
    let cookie = switch.watched.cookie_header(&ada(|sub| Watched { sub })).unwrap();
    for revoked in [false, false, true, true, false] {
        switch.revoked.store(revoked, Ordering::SeqCst);
        let context = RequestContext::with_state(&request(&cookie), Arc::clone(&switch));
        let found = switch.watched.get(&context).await.unwrap();
        assert_eq!(found.is_none(), revoked);
    }
}

#[tokio::test]
async fn another_looked_up_key_counts_at_once() {
    let [one, other] = [(); 2].map(|()| Jwk::generate("ES256").unwrap().with_kid("k"));
    let key = |jwk: &Jwk| JwsKey::verify_only(jwk.public().unwrap());
    let cookie = Issuer::config(JwsKey::from_jwk(one.clone()))
        .build()
        .unwrap()
        .cookie_header(&ada(|sub| Issuer { sub }))
        .unwrap();

    let keys =
        build(Visitor::config(key(&other)), |visitor| Arc::new(Keys { visitor, found: Mutex::new(None) }))
            .unwrap();
    let [good, bad] = [&one, &other].map(key);
    for (found, expected) in
        [(Some(&good), true), (Some(&good), true), (Some(&bad), false), (None, false), (Some(&good), true)]
    {
        *keys.found.lock().unwrap() = found.cloned();
        let context = RequestContext::with_state(&request(&cookie), Arc::clone(&keys));
        assert_eq!(keys.visitor.get(&context).await.unwrap().is_some(), expected, "{found:?}");
    }
}

static MADE: AtomicU64 = AtomicU64::new(0);

fn made() -> u64 {
    MADE.fetch_add(1, Ordering::SeqCst)
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "RSA-OAEP-256"), name = "stamped", max_age = "1h")]
struct Stamped {
    #[serde(skip_serializing, default = "made")]
    at: u64,
}

#[tokio::test]
async fn a_token_with_a_member_that_is_made_anew_needs_no_worker_again_either() {
    let key = JweKey::from_jwk(Jwk::generate("RSA-OAEP-256").unwrap());
    let sessions = Stamped::config(key).anyone_with_the_public_key_may_write().build().unwrap();
    let cookie = sessions.cookie_header(&Stamped { at: 0 }).unwrap();
    let at_once = || sessions.__read(&request(&cookie)).map(|stamped| stamped.at);
    assert_eq!(at_once(), None);
    assert!(sessions.get(&RequestContext::new(&request(&cookie))).await.unwrap().is_some());
    let (one, two) = (at_once().unwrap(), at_once().unwrap());
    assert_ne!(one, two);
}
