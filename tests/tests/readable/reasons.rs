//! Why a token of this service is refused, to its developer: the path and the reason, and nothing that the
//! token says.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use unjwt::{Error, ErrorKind, Jwk, JwsKey, Session};

#[path = "../weaknesses/craft.rs"]
#[allow(dead_code)]
mod craft;

use crate::support::START;
use craft::{HMAC_KEY, signed};

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "note", issuer = "me", subject = "them", required_claims("tenant"))]
struct Note {
    tenant: String,
    user: User,
    #[serde(default)]
    tags: Vec<(u8, Level)>,
    #[serde(default)]
    limits: BTreeMap<u32, User>,
    #[serde(default)]
    shape: Option<Shape>,
    #[serde(default, rename = "typed")]
    any: Option<Typed>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    age: u8,
    email: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Level {
    Low,
    High,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Shape {
    Circle { radius: u16 },
    Line(u16, u16),
    Named(Name),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name.is_empty() { Ok(Self(name)) } else { Err(format!("no name: {name}")) }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "t")]
enum Typed {
    A { n: u8, deep: Vec<User> },
    B(BTreeMap<String, i16>),
}

async fn read(payload: &Value) -> Error {
    let sessions = Note::config(JwsKey::secret(HMAC_KEY)).clock(crate::support::TestClock::new().read());
    let token = signed(&json!({"alg": "HS256", "typ": "note+jwt"}), payload.to_string().as_bytes());
    sessions.build().unwrap().verify_without_hooks(&token).await.unwrap_err()
}

/// The payload of a good token, with these members over it.
fn note(over: Value) -> Value {
    let mut note = json!({
        "jti": "x", "iat": START, "iss": "me", "sub": "them",
        "tenant": "t", "user": {"age": 1, "email": "e"},
    });
    for (name, value) in over.as_object().unwrap() {
        note[name] = value.clone();
    }
    note
}

#[tokio::test]
async fn a_reason_names_the_path_and_no_value() {
    for (over, reason) in [
        (json!({"user": {"age": "41", "email": "e"}}), "`user.age`: invalid type: a string, expected u8"),
        (json!({"user": {"age": 300, "email": "e"}}), "`user.age`: invalid value: an integer, expected u8"),
        (json!({"user": {"age": -1, "email": "e"}}), "`user.age`: invalid value: an integer, expected u8"),
        (json!({"user": {"age": 1.5, "email": "e"}}), "`user.age`: invalid type: a fraction, expected u8"),
        (json!({"user": {"age": null, "email": "e"}}), "`user.age`: invalid type: null, expected u8"),
        (json!({"user": {"age": [1], "email": "e"}}), "`user.age`: invalid type: an array, expected u8"),
        (
            json!({"user": {"age": 1, "email": {}}}),
            "`user.email`: invalid type: an object, expected a string",
        ),
        (json!({"user": {"age": 1}}), "`user`: missing field `email`"),
        (
            json!({"user": {"age": 1, "email": "e", "x": 1}}),
            "`user`: unknown field, expected `age` or `email`",
        ),
        (json!({"user": "ada"}), "`user`: invalid type: a string, expected struct User"),
        (json!({"user": [1]}), "`user`: the array is too short or too long"),
        (json!({"user": null}), "`user`: invalid type: null, expected struct User"),
        (json!({"tags": {"a": 1}}), "`tags`: invalid type: an object, expected an array"),
        (json!({"tags": [[1, "Low"], [1]]}), "`tags[1]`: the array is too short or too long"),
        (json!({"tags": [[1, "Low"], [true, "Low"]]}), "`tags[1][0]`: invalid type: a boolean, expected u8"),
        (json!({"tags": [[1, "low"]]}), "`tags[0][1]`: unknown variant, expected `Low` or `High`"),
        (json!({"tags": [[1, 2]]}), "`tags[0][1]`: it is not an enum"),
        (json!({"limits": {"one": {"age": 1, "email": "e"}}}), "`limits{key}`: a key has the wrong type"),
        (
            json!({"limits": {"1": {"age": true, "email": "e"}}}),
            "`limits{..}.age`: invalid type: a boolean, expected u8",
        ),
        (
            json!({"shape": {"Circle": {"radius": "r"}}}),
            "`shape.Circle.radius`: invalid type: a string, expected u16",
        ),
        (json!({"shape": {"Line": [1, "y"]}}), "`shape.Line[1]`: invalid type: a string, expected u16"),
        (json!({"shape": {"Named": "x"}}), "`shape.Named`: the value is refused by its type's `Deserialize`"),
        (json!({"typed": {"t": "A", "n": "x", "deep": []}}), "`typed`: invalid type: a string, expected u8"),
        (json!({"typed": {"t": "C"}}), "`typed{..}`: unknown variant, expected `A` or `B`"),
        (json!({"typed": {}}), "`typed`: missing field `t`"),
    ] {
        let error = read(&note(over.clone())).await;
        assert_eq!(error.kind(), ErrorKind::PayloadInvalid, "{over}");
        assert_eq!(error.to_string(), format!("the payload does not fit the session: {reason}"), "{over}");
    }
}

#[tokio::test]
async fn a_missing_member_of_the_session_itself() {
    let mut payload = note(json!({}));
    payload.as_object_mut().unwrap().remove("user");
    assert_eq!(
        read(&payload).await.to_string(),
        "the payload does not fit the session: missing field `user`"
    );
}

#[tokio::test]
async fn claims_are_named_where_they_are_missing() {
    for (name, reason) in [
        ("iss", "`iss`"),
        ("sub", "`sub`"),
        ("tenant", "`tenant`, which `required_claims` names"),
        ("jti", "`jti`"),
        ("iat", "`iat`"),
    ] {
        let mut payload = note(json!({}));
        payload.as_object_mut().unwrap().remove(name);
        let error = read(&payload).await;
        assert_eq!(error.kind(), ErrorKind::ClaimMissing, "{name}");
        assert_eq!(error.to_string(), format!("a required claim is missing: {reason}"));
    }
    for name in ["iss", "sub"] {
        let error = read(&note(json!({name: "other"}))).await;
        assert_eq!(
            error.to_string(),
            format!("a claim is not what the session requires: `{name}` is another")
        );
    }
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "strange-id", id = no_id)]
struct WithoutId {
    n: u32,
}

fn no_id() -> String {
    String::new()
}

#[tokio::test]
async fn an_id_function_that_returns_nothing_is_the_services_fault() {
    let key = Jwk::generate("HS256").unwrap();
    let sessions = WithoutId::config(JwsKey::from_jwk(key)).build().unwrap();
    let error = sessions.sign(&WithoutId { n: 1 }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unserializable);
    assert_eq!(
        error.to_string(),
        "the session's data cannot become claims: the `id` function returned an empty string"
    );
}

/// A type that holds itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Node {
    #[serde(default)]
    child: Option<Box<Node>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "deep")]
struct Deep {
    root: Node,
}

fn deep(depth: usize, innermost: &str) -> String {
    let (open, close) = ("{\"child\":".repeat(depth), "}".repeat(depth));
    format!(r#"{{"jti":"x","iat":{START},"root":{open}{innermost}{close}}}"#)
}

/// On less stack than any thread has by default.
#[test]
fn no_depth_of_a_type_that_holds_itself_exhausts_the_stack() {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let clock = crate::support::TestClock::new();
            let sessions = Deep::config(JwsKey::secret(HMAC_KEY)).clock(clock.read()).build().unwrap();
            for (depth, reason) in [
                (0, "`root`: invalid type: a boolean, expected struct Node"),
                (3, "`root.child.child.child`: invalid type: a boolean, expected struct Node"),
                (40, "`root.child.child.child.child.child.child.child.child.child.child.child.child.child.child.child..`: invalid type: a boolean"),
                (300, "`root.child.child.child.child.child.child.child.child.child.child.child.child.child.child.child..`: the value is nested too deeply"),
            ] {
                let payload = deep(depth, "true");
                let token = signed(&json!({"alg": "HS256", "typ": "deep+jwt"}), payload.as_bytes());
                let error = sessions.verify_without_hooks(&token).await.unwrap_err();
                let expected = format!("the payload does not fit the session: {reason}");
                assert_eq!(error.to_string(), expected, "{depth}");
            }
        });
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap();
}

/// A session does not write data that it cannot read itself.
#[tokio::test]
async fn data_deeper_than_json_is_read_is_not_written() {
    let mut root = Node::default();
    for _ in 0..200 {
        root = Node { child: Some(Box::new(root)) };
    }
    let sessions = Deep::config(JwsKey::secret(HMAC_KEY)).build().unwrap();
    let error = sessions.sign(&Deep { root }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unserializable);
}

#[tokio::test]
async fn a_reason_is_short_whatever_the_struct_is_called() {
    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "long")]
    struct Long {
        kind: Kind,
    }
    macro_rules! kinds {
        ($($variant:ident)*) => {
            #[derive(Clone, Debug, Serialize, Deserialize)]
            enum Kind { $($variant),* }
        };
    }
    kinds! {
        AVeryLongNameOfAVariantOne AVeryLongNameOfAVariantTwo AVeryLongNameOfAVariantThree AVeryLongNameOfAVariantFour
        AVeryLongNameOfAVariantFive AVeryLongNameOfAVariantSix AVeryLongNameOfAVariantSeven AVeryLongNameOfAVariant8
        AVeryLongNameOfAVariantNine AVeryLongNameOfAVariantTen AVeryLongNameOfAVariantEleven AVeryLongNameOfAVariant12
    }
    let clock = crate::support::TestClock::new();
    let sessions = Long::config(JwsKey::secret(HMAC_KEY)).clock(clock.read()).build().unwrap();
    let payload = format!(r#"{{"jti":"x","iat":{START},"kind":"x"}}"#);
    let token = signed(&json!({"alg": "HS256", "typ": "long+jwt"}), payload.as_bytes());
    let text = sessions.verify_without_hooks(&token).await.unwrap_err().to_string();
    assert!(text.starts_with(
        "the payload does not fit the session: `kind`: unknown variant, expected one of `AVery"
    ));
    assert!(text.len() < 350 && text.ends_with(".."), "{text}");
}

/// In every string and every key of a payload; nothing of ours has it in its name.
const MARKER: &str = "qzxw";

fn values() -> impl Strategy<Value = Value> {
    let text = "[a-z0-9]{0,4}".prop_map(|text| format!("{text}{MARKER}"));
    let names = prop_oneof![
        Just("user"),
        Just("age"),
        Just("email"),
        Just("tags"),
        Just("limits"),
        Just("shape"),
        Just("typed"),
        Just("t"),
        Just("n"),
        Just("deep"),
        Just("Circle"),
        Just("radius"),
        Just("Line"),
        Just("Named"),
        Just("1"),
    ]
    .prop_map(str::to_owned);
    let name = prop_oneof![3 => names, 1 => text.clone()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        // No length, index or type is as large as any of these.
        (700_000_000_u64..799_999_999).prop_map(Value::from),
        (-799_999_999_i64..-700_000_000).prop_map(Value::from),
        Just(json!(1)),
        Just(json!("A")),
        Just(json!("B")),
        (7e300..7.9e300).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn no_payload_shows_in_its_reason(
        user in values(), tags in values(), limits in values(), shape in values(), any in values(), more in values(),
    ) {
        let mut payload = note(json!({
            "user": user, "tags": tags, "limits": limits, "shape": shape, "typed": any, "aqzxw": more,
            "tenant": MARKER,
        }));
        // Half of them with a sound user, so that the others have their turn.
        if payload["shape"].is_object() {
            payload["user"] = json!({"age": 1, "email": MARKER});
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sessions = Note::config(JwsKey::secret(HMAC_KEY)).clock(crate::support::TestClock::new().read());
        let token = signed(&json!({"alg": "HS256", "typ": "note+jwt"}), payload.to_string().as_bytes());
        if let Err(error) = runtime.block_on(async { sessions.build().unwrap().verify_without_hooks(&token).await }) {
            let told = format!("{error} {error:?}");
            prop_assert!(!told.contains(MARKER), "{told}");
            prop_assert!(!told.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 3), "{told}");
            prop_assert!(told.len() < 800, "{told}");
        }
    }
}
