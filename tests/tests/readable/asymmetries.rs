//! Every way in which serde's two directions can disagree, met at the write.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unjwt::bounds::{Encrypted, NoLogin, NoState, Writable};
use unjwt::{Config, ErrorKind, JweKey, RequestContext, Session};

use crate::support::{Browser, set_cookies};

const NOT_READ_BACK: &str = "it could not be read back: ";

fn key() -> JweKey {
    JweKey::secret([7; 32])
}

/// Checks that, with a valid session, the bad write fails for this reason, and the session and its cookie
/// stay.
async fn refused<T>(config: Config<T>, good: T, bad: T, reason: &str)
where
    T: Session<State = NoState, Login = NoLogin> + Clone + Encrypted + Writable,
{
    let sessions = config.build().unwrap();
    let browser = Browser::with(&sessions.cookie_header(&good).unwrap());
    let context = RequestContext::new(&browser.request_headers());
    let manager = sessions.manager(&context).await.unwrap();
    let before = manager.token().unwrap();

    let error = manager.replace(bad.clone()).await.expect_err(reason);
    assert_eq!(error.kind(), ErrorKind::Unserializable);
    assert_eq!(error.to_string(), format!("the session's data cannot become claims: {reason}"));
    assert_eq!(manager.token().unwrap(), before);
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    assert!(set_cookies(&headers).is_empty(), "the old cookie stays: {headers:?}");

    // Without a session, none begins.
    let context = RequestContext::new(&HeaderMap::new());
    assert_eq!(sessions.replace(&context, bad.clone()).await.unwrap_err(), error);
    assert!(sessions.get(&context).await.unwrap().is_none());
    assert_eq!(sessions.cookie_header(&bad).unwrap_err(), error);
    assert_eq!(sessions.seal(&bad).await.unwrap_err(), error);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Price {
    price: f64,
}

#[tokio::test]
async fn a_number_that_json_does_not_have() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let reason = format!("{NOT_READ_BACK}`price`: invalid type: null, expected f64");
        refused(Price::config(key()), Price { price: 1.5 }, Price { price: bad }, &reason).await;
    }
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Cart {
    items: Vec<Item>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Item {
    price: f32,
}

#[tokio::test]
async fn the_path_leads_into_lists_and_structs() {
    let cart = |prices: &[f32]| Cart { items: prices.iter().map(|&price| Item { price }).collect() };
    let reason = format!("{NOT_READ_BACK}`items[1].price`: invalid type: null, expected f32");
    refused(Cart::config(key()), cart(&[]), cart(&[1.0, f32::NAN]), &reason).await;
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Board {
    shape: Shape,
    other: Untagged,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Shape {
    Dot,
    Grid { cells: BTreeMap<u32, u8> },
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Grid { cells: BTreeMap<u32, u8> },
    Name(String),
}

#[tokio::test]
async fn numeric_keys_in_an_enum() {
    let good = Board { shape: Shape::Dot, other: Untagged::Name("ada".into()) };
    let tagged = Board { shape: Shape::Grid { cells: [(1, 2)].into() }, ..good.clone() };
    let reason = format!("{NOT_READ_BACK}`shape`: invalid type: a string, expected u32");
    refused(Board::config(key()), good.clone(), tagged, &reason).await;
    let untagged = Board { other: Untagged::Grid { cells: [(1, 2)].into() }, ..good.clone() };
    let reason = format!("{NOT_READ_BACK}`other`: the value fits no variant of its untagged enum");
    refused(Board::config(key()), good, untagged, &reason).await;
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Flat {
    n: u8,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Rest {
    cells: BTreeMap<u32, u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price: Option<Item>,
}

#[tokio::test]
async fn numeric_keys_in_a_flattened_struct() {
    let with = |cells| Flat { n: 1, rest: Rest { cells, price: None } };
    let reason = format!("{NOT_READ_BACK}invalid type: a string, expected u32");
    refused(Flat::config(key()), with([].into()), with([(1, 2)].into()), &reason).await;
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Large {
    #[serde(flatten)]
    rest: Number,
}

#[derive(Clone, Serialize, Deserialize)]
struct Number {
    number: u128,
}

#[tokio::test]
async fn a_128_bit_number_in_a_flattened_struct() {
    let with = |number| Large { rest: Number { number } };
    let sessions = Large::config(key()).build().unwrap();
    let written = sessions.seal(&with(u128::MAX)).await;
    assert_eq!(written.unwrap_err().kind(), ErrorKind::Unserializable);
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Text {
    #[serde(serialize_with = "as_text")]
    number: u32,
    #[serde(deserialize_with = "even")]
    even: u32,
}

fn as_text<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    // The control of the test is a number that is written as one.
    if *number == 0 { serializer.serialize_u32(0) } else { serializer.collect_str(number) }
}

fn even<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let number = u32::deserialize(deserializer)?;
    if number % 2 == 0 { Ok(number) } else { Err(serde::de::Error::custom(format_args!("{number} is odd"))) }
}

#[tokio::test]
async fn functions_that_do_not_fit_each_other() {
    let good = Text { number: 0, even: 0 };
    let reason = format!("{NOT_READ_BACK}`number`: invalid type: a string, expected u32");
    refused(Text::config(key()), good.clone(), Text { number: 7, ..good }, &reason).await;
    let good = Text { number: 0, even: 0 };
    let reason = format!("{NOT_READ_BACK}`even`: the value is refused by its type's `Deserialize`");
    refused(Text::config(key()), good.clone(), Text { even: 7, ..good }, &reason).await;
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Signup {
    user: Option<User>,
    team: Option<Team>,
}

#[derive(Clone, Serialize, Deserialize)]
struct User {
    #[serde(skip_serializing)]
    #[allow(dead_code)]
    email: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Team {
    #[serde(rename(serialize = "teamName", deserialize = "team_name"))]
    name: String,
}

#[tokio::test]
async fn members_that_are_written_under_no_or_another_name() {
    let good = Signup { user: None, team: None };
    let user = Signup { user: Some(User { email: "ada@example.com".into() }), ..good.clone() };
    let reason = format!("{NOT_READ_BACK}`user`: missing field `email`");
    refused(Signup::config(key()), good.clone(), user, &reason).await;
    let team = Signup { team: Some(Team { name: "red".into() }), ..good.clone() };
    let reason = format!("{NOT_READ_BACK}`team`: missing field `team_name`");
    refused(Signup::config(key()), good, team, &reason).await;
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Seats {
    seats: BTreeMap<(u8, u8), bool>,
}

#[tokio::test]
async fn keys_that_are_no_strings() {
    let seats = Seats { seats: [((1, 2), true)].into() };
    let reason = "`seats`: a map's key is not a string";
    refused(Seats::config(key()), Seats { seats: [].into() }, seats, reason).await;
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, required_claims("tenant"))]
struct Tenant {
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
}

#[tokio::test]
async fn a_claim_that_the_session_itself_requires() {
    let reason = "the session would refuse its own token: a required claim is missing: `tenant`, which `required_claims` names";
    let good = Tenant { tenant: Some("a".into()) };
    refused(Tenant::config(key()), good, Tenant { tenant: None }, reason).await;
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, required_claims("iss"))]
struct Issued {
    n: u8,
}

#[tokio::test]
async fn a_required_claim_that_the_deployment_did_not_set() {
    let sessions = Issued::config(key()).issuer("https://id.example").build().unwrap();
    assert!(sessions.seal(&Issued { n: 1 }).await.is_ok());
    let sessions = Issued::config(key()).build().unwrap();
    let error = sessions.seal(&Issued { n: 1 }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unserializable);
}

#[derive(Clone, Session)]
#[session(jwe)]
struct ByHand {
    age: u32,
}

impl Serialize for ByHand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("ByHand", 1)?;
        if self.age < 100 {
            members.serialize_field("age", &self.age)?;
        } else {
            members.serialize_field("age", &self.age.to_string())?;
        }
        members.end()
    }
}

impl<'de> Deserialize<'de> for ByHand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "ByHand")]
        struct Raw {
            age: u32,
        }
        let Raw { age } = Raw::deserialize(deserializer)?;
        if age < 18 { Err(serde::de::Error::custom("too young")) } else { Ok(Self { age }) }
    }
}

#[derive(Clone, Deserialize, Session)]
#[session(jwe)]
struct WrittenByHand {
    age: u32,
}

impl Serialize for WrittenByHand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("WrittenByHand", 1)?;
        members.serialize_field("age", &self.age.to_string())?;
        members.end()
    }
}

#[tokio::test]
async fn impls_that_the_derive_does_not_see() {
    let young = format!("{NOT_READ_BACK}the value is refused by its type's `Deserialize`");
    refused(ByHand::config(key()), ByHand { age: 18 }, ByHand { age: 17 }, &young).await;
    let old = format!("{NOT_READ_BACK}`age`: invalid type: a string, expected u32");
    refused(ByHand::config(key()), ByHand { age: 18 }, ByHand { age: 100 }, &old).await;
    let sessions = WrittenByHand::config(key()).build().unwrap();
    let error = sessions.seal(&WrittenByHand { age: 1 }).await.unwrap_err();
    assert_eq!(error.to_string(), format!("the session's data cannot become claims: {old}"));
}

/// The value can be read, but not as the same value: JSON represents both as `null`.
#[tokio::test]
async fn a_value_that_becomes_none_is_written() {
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe)]
    struct Rate {
        rate: Option<f64>,
    }
    let sessions = Rate::config(key()).build().unwrap();
    let token = sessions.seal(&Rate { rate: Some(f64::NAN) }).await.unwrap().token;
    assert_eq!(sessions.unseal_without_hooks(&token).await.unwrap().data.rate, None);
}
