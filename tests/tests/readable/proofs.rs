//! Sessions of which every write can be read are not read back; all others are.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};

use http::HeaderMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unjwt::bounds::{Encrypted, NoLogin, NoState, Writable};
use unjwt::{JweKey, RequestContext, Session, Tokens};

fn tokens<T: Session<State = NoState, Login = NoLogin, Key = JweKey>>(config: unjwt::Config<T>) -> Tokens<T> {
    config.build().unwrap()
}

/// Reads back every one of these.
async fn round_trip<T>(sessions: &Tokens<T>, all: impl IntoIterator<Item = T>)
where
    T: Session<State = NoState, Login = NoLogin> + Encrypted + Writable + PartialEq + std::fmt::Debug,
{
    for data in all {
        let token = sessions.seal(&data).await.unwrap().token;
        assert_eq!(*sessions.unseal_without_hooks(&token).await.unwrap().data, data);
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1h", required_claims("userId", "exp"))]
#[serde(rename_all = "camelCase")]
struct Proven {
    user_id: String,
    #[serde(rename = "s")]
    scope: Vec<Option<String>>,
    counts: HashMap<u64, (i8, bool)>,
    r#type: char,
    nothing: (),
}

#[tokio::test]
async fn what_cannot_fail_is_proven() {
    const { assert!(Proven::SPEC.symmetric) };
    let proven = Proven {
        user_id: "\u{0}\"\\\u{1f600}\u{2028}".into(),
        scope: vec![None, Some(String::new())],
        counts: [(u64::MAX, (i8::MIN, true)), (0, (0, false))].into(),
        r#type: '\u{10ffff}',
        nothing: (),
    };
    round_trip(&tokens(Proven::config(JweKey::secret([7; 32]))), [proven]).await;
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Empty {}

/// Not what its name says.
mod mine {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Default, Serialize)]
    pub struct String(pub f64);

    pub static READ: AtomicUsize = AtomicUsize::new(0);

    impl<'de> Deserialize<'de> for String {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            READ.fetch_add(1, Ordering::SeqCst);
            f64::deserialize(deserializer).map(Self)
        }
    }

    #[allow(non_camel_case_types)]
    pub type u8 = f64;
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Shadowed {
    name: mine::String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Alias {
    name: mine::u8,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Generic<T> {
    name: T,
    more: Vec<T>,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Defaulted {
    #[serde(default)]
    name: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Aliased {
    #[serde(rename = "a", alias = "b")]
    name: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
#[serde(deny_unknown_fields)]
struct Strict {
    name: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, required_claims("iss"))]
struct Requiring {
    name: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Mapped {
    names: BTreeMap<(u8, u8), u8>,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Nested {
    inner: Inner,
}

#[derive(Clone, Serialize, Deserialize)]
struct Inner {
    name: String,
}

#[test]
fn nothing_else_is_proven() {
    const { assert!(Empty::SPEC.symmetric) };
    for (name, spec) in [
        ("Shadowed", Shadowed::SPEC),
        ("Alias", Alias::SPEC),
        ("Generic", Generic::<String>::SPEC),
        ("Defaulted", Defaulted::SPEC),
        ("Aliased", Aliased::SPEC),
        ("Strict", Strict::SPEC),
        ("Requiring", Requiring::SPEC),
        ("Mapped", Mapped::SPEC),
        ("Nested", Nested::SPEC),
    ] {
        assert!(!spec.symmetric, "{name}");
    }
}

#[tokio::test]
async fn a_write_without_a_proof_is_read_back_once() {
    let sessions = tokens(Shadowed::config(JweKey::secret([7; 32])));
    let context = RequestContext::new(&HeaderMap::new());
    let name = mine::String(1.5);
    for writes in 1..4 {
        sessions.replace(&context, Shadowed { name: name.clone() }).await.unwrap();
        assert_eq!(mine::READ.load(Ordering::SeqCst), writes);
    }
}

/// Every map that is read begins with one of these, and no copy of a map does.
#[derive(Clone)]
struct Counting(RandomState);

static MADE: AtomicUsize = AtomicUsize::new(0);

impl Default for Counting {
    fn default() -> Self {
        MADE.fetch_add(1, Ordering::SeqCst);
        Self(RandomState::new())
    }
}

impl BuildHasher for Counting {
    type Hasher = <RandomState as BuildHasher>::Hasher;

    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Counted {
    counts: HashMap<String, u8, Counting>,
}

#[tokio::test]
async fn a_write_with_a_proof_is_not_read_back() {
    const { assert!(Counted::SPEC.symmetric) };
    let sessions = tokens(Counted::config(JweKey::secret([7; 32])));
    let mut counts = HashMap::with_hasher(Counting(RandomState::new()));
    counts.insert("a".to_owned(), 1);
    let data = Counted { counts };
    let context = RequestContext::new(&HeaderMap::new());
    sessions.replace(&context, data.clone()).await.unwrap();
    let token = sessions.seal(&data).await.unwrap().token;
    assert_eq!(MADE.load(Ordering::SeqCst), 0);
    sessions.unseal_without_hooks(&token).await.unwrap();
    assert_eq!(MADE.load(Ordering::SeqCst), 1, "the control: a reading makes one");
}

#[derive(Clone, Deserialize, Session)]
#[session(jwe)]
struct Swapped {
    a: u8,
    b: u8,
}

impl Serialize for Swapped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut members = serializer.serialize_struct("Swapped", 2)?;
        members.serialize_field("a", &self.b)?;
        members.serialize_field("b", &u16::from(self.a).saturating_mul(2))?;
        members.end()
    }
}

#[tokio::test]
async fn impls_by_hand_are_not_taken_for_derived_ones() {
    let sessions = tokens(Swapped::config(JweKey::secret([7; 32])));
    assert!(sessions.seal(&Swapped { a: 1, b: 2 }).await.is_ok());
    let error = sessions.seal(&Swapped { a: 200, b: 2 }).await.unwrap_err();
    assert!(error.to_string().ends_with("`b`: invalid value: an integer, expected u8"), "{error}");
}
