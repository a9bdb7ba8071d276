//! The claims of a token about its login, and tokens from before they were written.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use unjwt::{ErrorKind, JwsKey, LoginId, Session, Tokens};
use unjwt_store::MemoryStore;

use crate::support::{Browser, START, TestClock, json_segment};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "sid", typ = "JWT", max_age = "7D", revocable(by(user)))]
struct Login {
    user: u64,
}

fn key() -> JwsKey {
    JwsKey::secret([7; 32])
}

fn logins(clock: &TestClock, store: &MemoryStore) -> Tokens<Login> {
    Login::config(key()).clock(clock.read()).store(store.clone()).build().unwrap()
}

fn store(clock: &TestClock) -> MemoryStore {
    MemoryStore::with_clock(clock.read())
}

/// A token with these claims, as another program makes it.
fn foreign(claims: serde_json::Value) -> String {
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let input = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag))
}

#[tokio::test]
async fn a_login_is_named_and_dated_and_epochs_cost_nothing_until_there_are_some() {
    let clock = TestClock::new();
    let logins = logins(&clock, &store(&clock));
    let current = logins.sign(&Login { user: 7 }).await.unwrap();
    let claims = json_segment(&current.token, 1);
    assert_eq!(claims["sid"], current.login_id().to_string());
    assert_eq!(claims["auth_time"], START);
    assert!(claims.get("ep").is_none());
    logins.logins().end_by(Login::by_user(&7)).await.unwrap();
    let later = logins.sign(&Login { user: 7 }).await.unwrap();
    assert_eq!(json_segment(&later.token, 1)["ep"], json!({ "user": START * 1000 }));
    assert!(logins.verify_without_hooks(&later.token).await.is_ok());
    let error = logins.verify_without_hooks(&current.token).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Ended, "ERR_SESSION_ENDED"));
}

#[tokio::test]
async fn a_token_without_a_sid_is_a_login_of_its_own() {
    let clock = TestClock::new();
    let store = store(&clock);
    let logins = logins(&clock, &store);
    let claims = |jti: &str| json!({ "user": 7, "jti": jti, "iat": START, "exp": START + 1000 });
    let (one, two) = (foreign(claims("one")), foreign(claims("two")));
    let adopted = logins.verify_without_hooks(&one).await.unwrap();
    assert_eq!(adopted.auth_time().as_secs(), START);
    assert_ne!(adopted.login_id(), logins.verify_without_hooks(&two).await.unwrap().login_id());
    // It gets its `sid` with the next write, and keeps its name.
    let mut browser = Browser::default();
    browser.cookies.insert("sid".to_owned(), one.clone());
    let context = unjwt::RequestContext::new(&browser.request_headers());
    let written = logins.manager(&context).await.unwrap().rotate().await.unwrap();
    assert_eq!(json_segment(&written.token, 1)["sid"], adopted.login_id().to_string());
    // So whatever ends one copy ends all.
    logins.logins().end(adopted.login_id()).await.unwrap();
    for token in [one, written.token.to_string()] {
        assert_eq!(logins.verify_without_hooks(&token).await.unwrap_err().kind(), ErrorKind::Ended);
    }
    assert!(logins.verify_without_hooks(&two).await.is_ok());
    logins.logins().end_by(Login::by_user(&7)).await.unwrap();
    assert_eq!(logins.verify_without_hooks(&two).await.unwrap_err().kind(), ErrorKind::Ended);
}

#[tokio::test]
async fn claims_of_another_form_are_refused() {
    let clock = TestClock::new();
    let logins = logins(&clock, &store(&clock));
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = json!({ "user": 7, "jti": "1", "iat": START, "exp": START + 1000 });
        claims[name] = value;
        foreign(claims)
    };
    for (name, value) in [
        ("sid", json!(7)),
        ("sid", json!("")),
        ("sid", json!(null)),
        ("sid", json!(["a"])),
        ("auth_time", json!("now")),
        ("auth_time", json!(null)),
        ("ep", json!([1, 2])),
        ("ep", json!("1")),
        ("ep", json!({ "user": "1" })),
        ("ep", json!({ "user": null })),
    ] {
        let error = logins.verify_without_hooks(&with(name, value.clone())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ClaimInvalid, "{name} = {value}");
    }
    let error = logins.verify_without_hooks(&with("auth_time", json!(START + 3600))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotYetValid);
    // A name that another program gave is as good as ours, and groups of another version are left out.
    let named = logins.verify_without_hooks(&with("sid", json!("session-1"))).await.unwrap();
    assert_eq!(named.login_id().to_string().parse::<LoginId>().unwrap(), named.login_id());
    assert!(logins.verify_without_hooks(&with("ep", json!({ "tenant": 5, "user": 0 }))).await.is_ok());
    let many: serde_json::Map<_, _> = (0..40).map(|n| (n.to_string(), json!(n))).collect();
    assert!(logins.verify_without_hooks(&with("ep", many.into())).await.is_err(), "bounded");
}

#[tokio::test]
async fn a_store_that_is_shared_by_two_sessions_keeps_their_groups_apart() {
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jws, name = "admin", max_age = "7D", revocable(by(user)))]
    struct Admin {
        user: u64,
    }
    let clock = TestClock::new();
    let store = store(&clock);
    let logins = logins(&clock, &store);
    let admins = Admin::config(key()).clock(clock.read()).store(store).build().unwrap();
    let login = logins.sign(&Login { user: 7 }).await.unwrap();
    let admin = admins.sign(&Admin { user: 7 }).await.unwrap();
    logins.logins().end_by(Login::by_user(&7)).await.unwrap();
    clock.seconds(10);
    assert!(logins.verify_without_hooks(&login.token).await.is_err());
    assert!(admins.verify_without_hooks(&admin.token).await.is_ok());
}
