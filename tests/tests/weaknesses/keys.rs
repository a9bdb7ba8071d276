//! The capabilities of keys, and the cost that a stranger can cause.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::routing::get;
use http::header::RETRY_AFTER;
use http::{Request, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use unjwt::{
    ConfigError, ErrorKind, JweKey, Jwk, JwkSet, JwsKey, RequestContext, Session, SessionHandle,
    SessionState, Tokens,
};

use super::craft::{encode, forged_for_a_password, oct, password_bytes, sealed_with};
use super::support::{Browser, START, TestClock, json_segment, reply};
use super::{User, cookie_request, user};

const PASSWORD: &str = "correct horse battery staple!!!!";

/// The threads that derive keys serve the whole process: tests that need them, or fill their queue, take
/// turns.
static DERIVATIONS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// The first poll of a future: ready if it needed no other thread.
fn first_poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn with_password(iterations: u32) -> Tokens<User> {
    User::config(JweKey::password(PASSWORD).iterations(iterations)).build().unwrap()
}

#[tokio::test]
async fn w18_a_stranger_chooses_neither_the_algorithm_nor_the_count_and_no_reader_derives_twice() {
    let _turn = DERIVATIONS.lock().await;
    let sessions = with_password(100_000);
    let refusals = [
        ("PBES2-HS256+A128KW", 1_000_000, ErrorKind::JweInvalid),
        ("PBES2-HS256+A128KW", 99_999, ErrorKind::JweInvalid),
        ("PBES2-HS256+A128KW", u64::from(u32::MAX), ErrorKind::JweInvalid),
        ("PBES2-HS384+A192KW", 100_000, ErrorKind::JweAlgorithmNotAllowed),
        ("PBES2-HS512+A256KW", 100_000, ErrorKind::JweAlgorithmNotAllowed),
    ];
    for (alg, count, kind) in refusals {
        let Poll::Ready(refused) =
            first_poll(sessions.unseal_without_hooks(&forged_for_a_password(alg, count, 1)))
        else {
            panic!("{alg} with {count} iterations is derived")
        };
        assert_eq!(refused.unwrap_err().kind(), kind, "{alg} {count}");
    }
    let forged = forged_for_a_password("PBES2-HS256+A128KW", 100_000, 1);
    assert!(
        first_poll(sessions.unseal_without_hooks(&forged)).is_pending(),
        "the control: this one is derived"
    );

    let token = with_password(100_000).seal(&user("ada")).await.unwrap().token;
    assert!(first_poll(sessions.unseal_without_hooks(&token)).is_pending());
    assert_eq!(*sessions.unseal_without_hooks(&token).await.unwrap().data, user("ada"));
    assert!(
        first_poll(sessions.unseal_without_hooks(&token)).is_ready(),
        "once a token is genuine its key is kept"
    );
    assert_eq!(
        sessions.unseal_without_hooks(&forged).await.unwrap_err().kind(),
        ErrorKind::JweDecryptionFailed
    );
    assert!(first_poll(sessions.unseal_without_hooks(&forged)).is_pending(), "a stranger's is not");
}

#[tokio::test]
async fn w19_one_key_serves_one_algorithm_and_a_weak_password_none() {
    let _turn = DERIVATIONS.lock().await;
    let clock = TestClock::new();
    let claims = json!({"sub": "ada", "jti": "x", "iat": START}).to_string();
    let dir = json!({"alg": "dir", "enc": "A256GCM", "typ": "user+jwt"});
    let direct = sealed_with(&super::craft::CONTENT_KEY, &dir, &claims);
    let sessions = |key: JweKey| User::config(key).clock(clock.read()).build();

    assert!(
        sessions(JweKey::from_jwk(oct("dir"))).unwrap().unseal_without_hooks(&direct).await.is_ok(),
        "the control"
    );
    for alg in ["A256KW", "A256GCMKW"] {
        let sessions = sessions(JweKey::from_jwk(oct(alg))).unwrap();
        let refused = sessions.unseal_without_hooks(&direct).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::JweAlgorithmNotAllowed, "{alg} is no content key");
        assert_eq!(json_segment(&sessions.seal(&user("ada")).await.unwrap().token, 0)["enc"], "A256GCM");
    }
    let password = sessions(JweKey::password(PASSWORD).iterations(1_000)).unwrap();
    for key in [PASSWORD.as_bytes(), &password_bytes(PASSWORD)] {
        let token = sealed_with(key, &dir, &claims);
        let refused = password.unseal_without_hooks(&token).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::JweAlgorithmNotAllowed);
    }
    for weak in ["", "secret", "fifteen letters"] {
        assert!(matches!(sessions(JweKey::password(weak)), Err(ConfigError::Key { .. })), "{weak:?}");
    }
    assert!(matches!(sessions(JweKey::secret([1; 31])), Err(ConfigError::Key { .. })));
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "signed")]
struct Signed {
    n: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "sealed")]
struct Sealed {
    n: u32,
}

#[tokio::test]
async fn w24_no_key_that_is_promised_fails_and_none_that_is_wrong_waits_for_a_request() {
    for alg in ["ES512", "ES384", "RS256", "PS512", "Ed25519", "EdDSA", "HS512"] {
        let private = Jwk::generate(alg).unwrap();
        let mut keys = vec![JwsKey::from_jwk(private.clone())];
        if let Some(public) = private.public() {
            keys.push(JwsKey::from_pair(private, public));
        }
        for key in keys {
            let sessions = Signed::config(key).build().unwrap();
            let token = sessions.sign(&Signed { n: 1 }).await.unwrap().token;
            assert_eq!(sessions.verify_without_hooks(&token).await.unwrap().data.n, 1, "{alg}");
        }
    }
    let pair = ["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW"];
    let oct = ["A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512", "A256KW", "A192GCMKW", "dir"];
    for alg in oct.iter().chain(&pair) {
        let private = Jwk::generate(alg).unwrap();
        let key =
            if pair.contains(alg) { JweKey::from_pair(private, None) } else { JweKey::from_jwk(private) };
        let sessions = Sealed::config(key).anyone_with_the_public_key_may_write().build().unwrap();
        let token = sessions.seal(&Sealed { n: 1 }).await.unwrap().token;
        assert_eq!(sessions.unseal_without_hooks(&token).await.unwrap().data.n, 1, "{alg}");
    }

    let (signing, other) = (Jwk::generate("ES256").unwrap(), Jwk::generate("ES256").unwrap());
    let public = signing.public().unwrap();
    let short =
        Jwk::from_json(&format!(r#"{{"kty":"oct","alg":"HS256","k":"{}"}}"#, encode([1; 31]))).unwrap();
    for (what, key) in [
        ("a public key that should sign", JwsKey::from_jwk(public.clone())),
        ("a verify-only key that should sign", JwsKey::verify_only(public)),
        ("halves of two keys", JwsKey::from_pair(signing.clone(), other.public().unwrap())),
        ("an empty set", JwsKey::from_pair(signing.clone(), JwkSet::default())),
        ("a short secret", JwsKey::secret([1; 31])),
        ("a short key", JwsKey::from_jwk(short)),
        ("a key for encryption", JwsKey::from_jwk(Jwk::generate("A256KW").unwrap())),
    ] {
        assert!(matches!(Signed::config(key).build(), Err(ConfigError::Key { .. })), "{what}");
    }
    let encrypting = Jwk::generate("RSA-OAEP-256").unwrap();
    for (what, key) in [
        ("a public key that should decrypt", JweKey::from_jwk(encrypting.public().unwrap())),
        ("a key for signing", JweKey::from_jwk(signing)),
        ("a secret for signing", JweKey::from_jwk(Jwk::generate("HS256").unwrap())),
    ] {
        let config = Sealed::config(key).anyone_with_the_public_key_may_write();
        assert!(matches!(config.build(), Err(ConfigError::Key { .. })), "{what}");
    }
    let refused = User::config(JweKey::secret([1; 32])).cookie_domain("exa mple.org").build();
    assert!(matches!(refused, Err(ConfigError::Cookie { .. })));
}

#[derive(SessionState, Clone)]
struct Both {
    user: SessionHandle<User>,
    signed: SessionHandle<Signed>,
}

fn forged_cookie(salt: u8) -> String {
    format!("user={}", forged_for_a_password("PBES2-HS256+A128KW", 400_000, salt))
}

#[tokio::test]
async fn w37_forged_passwords_do_not_starve_the_process() {
    let _turn = DERIVATIONS.lock().await;
    let sessions = with_password(400_000);
    let signed = || Signed::config(JwsKey::secret([1; 32]));
    let router = unjwt::install(
        (User::config(JweKey::password(PASSWORD).iterations(400_000)), signed()),
        |(user, signed)| {
            let routes = Router::new()
                .route(
                    "/user",
                    get(async |user: Option<User>| user.map_or("nobody".to_owned(), |user| user.sub)),
                )
                .route("/signed", get(async |signed: Signed| signed.n.to_string()));
            (routes, Both { user, signed })
        },
    )
    .unwrap();
    let good = signed().build().unwrap().cookie_header(&Signed { n: 7 }).unwrap();

    // While a forgery is derived elsewhere, this thread goes on: another route answers at its first poll.
    let context = RequestContext::new(&cookie_request(&forged_cookie(0)));
    let mut derivation = pin!(sessions.get(&context));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(derivation.as_mut().poll(&mut cx).is_pending(), "no derivation runs on an async thread");
    let other = reply(&router, Request::get("/signed").header("cookie", &good));
    let Poll::Ready(other) = first_poll(other) else { panic!("a signed session waits for a password's") };
    assert_eq!(other.body, "7");
    assert!(derivation.await.unwrap().is_none());

    // Many at once: a bounded number waits, the others are asked to come back, and nobody is logged out.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let flood: Vec<_> = (0..cores * 16 + 100)
        .map(|salt| {
            let (router, cookie) = (router.clone(), forged_cookie((salt % 256) as u8));
            tokio::spawn(async move { reply(&router, Request::get("/user").header("cookie", cookie)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    let (mut later, mut waiting) = (0, Vec::new());
    for client in flood {
        tokio::task::yield_now().await;
        if client.is_finished() {
            let reply = client.await.unwrap();
            assert!(reply.set_cookies().is_empty());
            if reply.status == StatusCode::SERVICE_UNAVAILABLE {
                assert!(reply.headers.contains_key(RETRY_AFTER));
                later += 1;
            }
        } else {
            waiting.push(client);
        }
    }
    assert!(later > 0, "the queue is bounded");

    // Clients that disconnect do not block others.
    for client in &waiting {
        client.abort();
    }
    let real = Browser::with(&sessions.cookie_header(&user("ada")).unwrap()).header().unwrap();
    loop {
        let asked = reply(&router, Request::get("/user").header("cookie", &real)).await;
        if asked.status != StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(asked.body, "ada");
            return;
        }
    }
}
