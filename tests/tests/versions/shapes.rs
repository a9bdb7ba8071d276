//! Versions beside everything else that a struct can be: generic, flattened, with required claims, in chunks, and as
//! another runtime writes it.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use unjwt::{ErrorKind, JwsKey, Session, Tokens};

use crate::programs::{finish, request};
use crate::support::{Browser, json_segment};

fn key() -> JwsKey {
    JwsKey::secret([7; 32])
}

/// Signs claims as any other program would.
fn signed(typ: &str, mut claims: Value) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    claims["jti"] = json!("1");
    claims["iat"] = json!(now);
    let payload = serde_json::to_vec(&claims).unwrap();
    let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#));
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, version = 2, migrate(WrappedV1<T>), readable_by = 1)]
struct Wrapped<T: Default> {
    inner: T,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct WrappedV1<T> {
    only: T,
}

impl<T: Default> From<WrappedV1<T>> for Wrapped<T> {
    fn from(old: WrappedV1<T>) -> Self {
        Self { inner: old.only, rest: BTreeMap::new() }
    }
}

impl<T: Default> From<Wrapped<T>> for WrappedV1<T> {
    fn from(new: Wrapped<T>) -> Self {
        Self { only: new.inner }
    }
}

async fn round_trip<T>(inner: T)
where
    T: Clone + Default + PartialEq + std::fmt::Debug + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    let tokens: Tokens<Wrapped<T>> = Wrapped::config(key()).build().unwrap();
    let old = signed("wrapped+jwt", json!({ "only": inner }));
    assert_eq!(
        *tokens.verify_without_hooks(&old).await.unwrap().data,
        Wrapped { inner: inner.clone(), rest: BTreeMap::new() }
    );
    let rest = BTreeMap::from([("other".to_owned(), json!([1]))]);
    let new = Wrapped { inner, rest };
    let token = tokens.sign(&new).await.unwrap().token;
    assert_eq!(*tokens.verify_without_hooks(&token).await.unwrap().data, new);
    let claims = json_segment(&token, 1);
    assert_eq!((&claims["v"], &claims["vr"]), (&json!(2), &json!(1)));
    // The flattened map does not receive the version, and must not write one.
    for name in ["v", "vr"] {
        let rest = BTreeMap::from([(name.to_owned(), json!(1))]);
        let error = tokens.sign(&Wrapped { inner: new.inner.clone(), rest }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unserializable, "{name}");
    }
    let old = Wrapped::<T>::config(key()).writes_version::<WrappedV1<T>>().build().unwrap();
    let token = old.sign(&new).await.unwrap().token;
    assert!(json_segment(&token, 1).get("v").is_none());
}

#[tokio::test]
async fn a_generic_struct_and_a_flattened_one() {
    round_trip(7u64).await;
    round_trip(vec!["a".to_owned()]).await;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "member", version = 2, migrate(MemberV1), required_claims("org", "iat", "nonce"))]
struct Member {
    user: u64,
    org: Option<String>,
    nonce: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberV1 {
    user: u64,
    #[serde(rename = "tenant", alias = "org_name", default = "nobody")]
    org: String,
}

fn nobody() -> String {
    "nobody".to_owned()
}

impl From<MemberV1> for Member {
    fn from(old: MemberV1) -> Self {
        Self { user: old.user, org: Some(old.org), nonce: None }
    }
}

async fn read(claims: Value) -> Result<Member, ErrorKind> {
    let tokens = Member::config(key()).build().unwrap();
    let read = tokens.verify_without_hooks(&signed("member+jwt", claims)).await;
    read.map(|read| (*read.data).clone()).map_err(|error| error.kind())
}

#[tokio::test]
async fn a_required_member_is_asked_of_its_own_version_alone() {
    let member = |org: &str| Ok(Member { user: 7, org: Some(org.to_owned()), nonce: None });
    assert_eq!(read(json!({ "user": 7 })).await, member("nobody"));
    assert_eq!(read(json!({ "user": 7, "org_name": "a" })).await, member("a"));
    assert_eq!(read(json!({ "user": 7, "tenant": "b", "v": 1 })).await, member("b"));
    assert_eq!(read(json!({ "user": 7, "org": "a", "v": 2 })).await, Err(ErrorKind::ClaimMissing));
    // The older struct decides what it takes, and no other one is tried.
    assert_eq!(read(json!({ "user": 7, "org": "a" })).await, Err(ErrorKind::MigrationFailed));
    assert_eq!(read(json!({ "user": 7, "v": 2, "org": "a", "nonce": 1 })).await.unwrap().nonce, Some(1));
    assert_eq!(read(json!({ "user": 7, "v": 3 })).await, Err(ErrorKind::NewerVersion));
    assert_eq!(
        read(json!({ "user": 7, "v": 3, "vr": 2, "org": "a", "nonce": 1 })).await.unwrap().nonce,
        Some(1)
    );
    assert_eq!(read(json!({ "user": 7, "v": 3, "vr": 2, "nonce": 1 })).await, Err(ErrorKind::ClaimMissing));
    for wrong in [json!(0), json!(-1), json!("2"), json!(1.5), json!(null), json!([2]), json!({ "v": 2 })] {
        assert_eq!(read(json!({ "user": 7, "v": wrong })).await, Err(ErrorKind::ClaimInvalid));
        assert_eq!(read(json!({ "user": 7, "v": 3, "vr": wrong })).await, Err(ErrorKind::ClaimInvalid));
    }
    assert_eq!(read(json!({ "user": 7, "v": u64::MAX })).await, Err(ErrorKind::NewerVersion));
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "flat", version = 2, migrate(FlatV1), required_claims("org"))]
struct Flat {
    user: u64,
    #[serde(flatten)]
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    org: Option<u64>,
}

#[derive(Deserialize)]
struct FlatV1 {
    user: u64,
}

impl From<FlatV1> for Flat {
    fn from(old: FlatV1) -> Self {
        Self { user: old.user, place: Place { org: Some(1) } }
    }
}

#[tokio::test]
async fn a_required_member_that_is_flattened_is_asked_of_its_own_version_alone() {
    let tokens = Flat::config(key()).build().unwrap();
    let read = async |claims: Value| {
        let read = tokens.verify_without_hooks(&signed("flat+jwt", claims)).await;
        read.map(|read| read.data.place.org).map_err(|error| error.kind())
    };
    assert_eq!(read(json!({ "user": 7 })).await, Ok(Some(1)));
    assert_eq!(read(json!({ "user": 7, "v": 2, "org": 2 })).await, Ok(Some(2)));
    assert_eq!(read(json!({ "user": 7, "v": 2 })).await, Err(ErrorKind::ClaimMissing));
    assert_eq!(read(json!({ "user": 7, "v": 3, "vr": 2 })).await, Err(ErrorKind::ClaimMissing));
}

#[tokio::test]
async fn a_payload_that_does_not_fit_says_which_version_and_where() {
    let tokens = Member::config(key()).build().unwrap();
    let token = signed("member+jwt", json!({ "user": "hunter2" }));
    let error = tokens.verify_without_hooks(&token).await.unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("the session cannot be migrated: version 1 is not a `MemberV1`: "), "{said}");
    assert!(!said.contains("hunter2") && said.contains("user"), "{said}");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "large", version = 2, migrate(LargeV1))]
struct Large {
    text: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jwe, name = "large")]
struct LargeV1 {
    text: String,
}

impl From<LargeV1> for Large {
    fn from(old: LargeV1) -> Self {
        Self { text: vec![old.text] }
    }
}

/// A session may be a session's older version.
#[tokio::test]
async fn chunks_are_migrated_and_their_number_follows() {
    let key = || unjwt::JweKey::secret([7; 32]);
    let (old, new) = (LargeV1::config(key()).build().unwrap(), Large::config(key()).build().unwrap());
    let text = "x".repeat(6000);
    let mut browser = Browser::with(&old.cookie_header(&LargeV1 { text: text.clone() }).unwrap());
    assert!(browser.cookies.len() > 2);
    for _ in 0..3 {
        assert_eq!(
            new.get(&request(&browser)).await.unwrap().unwrap().data.text,
            std::slice::from_ref(&text)
        );
    }
    let writing = request(&browser);
    new.manager(&writing).await.unwrap().update_with(|large| large.text.clear()).await.unwrap();
    finish(&writing, &mut browser);
    assert_eq!(browser.cookies.len(), 1);
    // A newer one is kept in all its chunks.
    let large = Large { text: vec![text] };
    let mut browser = Browser::with(&new.cookie_header(&large).unwrap());
    let older = LargeBefore::config(key()).build().unwrap();
    let writing = request(&browser);
    let error = older.update(&writing, LargeBeforePatch { text: Some(String::new()) }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerVersion);
    assert!(finish(&writing, &mut browser).is_empty());
    assert_eq!(*new.get(&request(&browser)).await.unwrap().unwrap().data, large);
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jwe, name = "large", version = 1)]
struct LargeBefore {
    text: String,
}
