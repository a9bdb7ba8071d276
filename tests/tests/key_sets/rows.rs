//! Members that stand beside a good key, and what becomes of it.

use Fate::{Broken, LeftOut, NotMeant, Used};
use serde_json::{Value, json};

use super::ground::{Ground, public};

/// What becomes of a member of a stranger's set. In a set of our own, the last two are errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    Used,
    /// Passed over, for this reason.
    NotMeant(&'static str),
    Broken(&'static str),
    /// No JWK at all.
    LeftOut(&'static str),
}

impl Fate {
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Used => None,
            NotMeant(reason) | Broken(reason) | LeftOut(reason) => Some(reason),
        }
    }
}

/// The sets that a row is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum For {
    All,
    /// Those whose keys name their algorithm.
    Named,
    /// Those without, for a pinned one.
    Pinned,
}

pub struct Row {
    pub name: &'static str,
    /// The types of keys, by `kty`.
    pub types: &'static [&'static str],
    pub sets: For,
    pub member: fn(&Ground) -> Value,
    pub fate: Fate,
}

const ANY: &[&str] = &["RSA", "EC", "OKP"];
const RSA: &[&str] = &["RSA"];
const EC: &[&str] = &["EC"];
const OKP: &[&str] = &["OKP"];
const ON_CURVES: &[&str] = &["EC", "OKP"];

const fn row(
    name: &'static str,
    types: &'static [&'static str],
    member: fn(&Ground) -> Value,
    fate: Fate,
) -> Row {
    Row { name, types, sets: For::All, member, fate }
}

const fn only(sets: For, row: Row) -> Row {
    Row { sets, ..row }
}

const NO_TEXT: &str = "of a JWK must be strings";
const NO_OPS: &str = "`key_ops` of a JWK must be an array of strings";
const NO_KTY: &str = "a JWK must have a string `kty` that is not empty";
const NO_OBJECT: &str = "a JWK must be a JSON object";

pub const ROWS: &[Row] = &[
    // As .NET and others write what is not there.
    row("a key as good", ANY, |on| public(&on.other), Used),
    only(For::Pinned, row("alg null", ANY, |on| on.with("alg", Value::Null), Used)),
    only(For::Pinned, row("alg empty", ANY, |on| on.with("alg", json!("")), Used)),
    row("use null", ANY, |on| on.with("use", Value::Null), Used),
    row("use empty", ANY, |on| on.with("use", json!("")), Used),
    row("kid null", ANY, |on| on.with("kid", Value::Null), Used),
    row("kid empty", ANY, |on| on.with("kid", json!("")), Used),
    row("kid absent", ANY, |on| on.with("kid", None), Used),
    row("key_ops null", ANY, |on| on.with("key_ops", Value::Null), Used),
    row("key_ops empty", ANY, |on| on.with("key_ops", json!([])), Used),
    row("key_ops verify", ANY, |on| on.with("key_ops", json!(["encrypt", "verify"])), Used),
    row("d null", ANY, |on| on.with("d", Value::Null), Used),
    row("d empty", ANY, |on| on.with("d", json!("")), Used),
    row("k null", ANY, |on| on.with("k", Value::Null), Used),
    row("oth null", ANY, |on| on.with("oth", Value::Null), Used),
    row("oth empty", ANY, |on| on.with("oth", json!([])), Used),
    row("x5c empty", ANY, |on| on.with("x5c", json!([])), Used),
    row("crv null", RSA, |on| on.with("crv", Value::Null), Used),
    row("y empty", OKP, |on| on.with("y", json!("")), Used),
    row("n null", ON_CURVES, |on| on.with("n", Value::Null), Used),
    row("a third prime", RSA, |on| on.with("oth", json!([{"r": "AQ", "d": "AQ", "t": "AQ"}])), Used),
    row("a huge x5c", ANY, |on| on.with("x5c", json!(["A".repeat(200_000)])), Used),
    row("an unknown member", ANY, |on| on.with("issued", json!({"by": [1, null, {}]})), Used),
    row("the private half", ANY, |on| serde_json::to_value(&on.other).unwrap(), Used),
    // For something else.
    row("use enc", ANY, |on| on.with("use", json!("enc")), NotMeant("has `\"use\": \"enc\"`")),
    row("use svid", ANY, |on| on.with("use", json!("x509-svid")), NotMeant("has `\"use\": \"x509-svid\"`")),
    row(
        "key_ops sign",
        ANY,
        |on| on.with("key_ops", json!(["sign"])),
        NotMeant("lacks `verify` in its `key_ops`"),
    ),
    row("key_ops wrapKey", ANY, |on| on.with("key_ops", json!(["wrapKey"])), NotMeant("lacks `verify`")),
    row("alg of encryption", ANY, |on| on.with("alg", json!("ECDH-ES")), NotMeant("an encryption algorithm")),
    row("alg unknown", ANY, |on| on.with("alg", json!("ES521")), NotMeant("not a known signature algorithm")),
    row("alg none", ANY, |on| on.with("alg", json!("none")), NotMeant("not a known signature algorithm")),
    row("alg in lower case", ANY, |on| on.with("alg", json!(on.alg.to_lowercase())), NotMeant("not a known")),
    row("alg HS256", ANY, |on| on.with("alg", json!("HS256")), NotMeant("HS256")),
    row("alg of another type", RSA, |on| on.with("alg", json!("ES256")), NotMeant("ES256")),
    row("alg of another type", ON_CURVES, |on| on.with("alg", json!("RS256")), NotMeant("RS256")),
    only(
        For::Pinned,
        row("alg that is not pinned", RSA, |on| on.with("alg", json!("RS384")), NotMeant("`RS384`")),
    ),
    only(For::Named, row("alg absent", RSA, |on| on.with("alg", None), NotMeant("names no algorithm"))),
    row("kty unknown", ANY, |on| on.with("kty", json!("XYZ")), NotMeant("type `XYZ`")),
    row("kty AKP", ANY, |_| json!({"kty": "AKP", "pub": "AAAA"}), NotMeant("type `AKP`")),
    row("kty in lower case", ANY, |on| on.with("kty", json!(on.kty().to_lowercase())), NotMeant("type `")),
    only(
        For::Named,
        row("secp256k1", ANY, |_| curve("EC", "secp256k1"), NotMeant("on the curve `secp256k1`")),
    ),
    only(For::Pinned, row("secp256k1", ANY, |_| curve("EC", "secp256k1"), NotMeant("needs `"))),
    only(For::Named, row("X25519", ANY, |_| curve("OKP", "X25519"), NotMeant("on the curve `X25519`"))),
    only(For::Pinned, row("X25519", ANY, |_| curve("OKP", "X25519"), NotMeant("needs `"))),
    only(For::Named, row("Ed448", ANY, |_| curve("OKP", "Ed448"), NotMeant("on the curve `Ed448`"))),
    only(For::Pinned, row("Ed448", ANY, |_| curve("OKP", "Ed448"), NotMeant("needs `"))),
    only(
        For::Pinned,
        row("another curve", ON_CURVES, |on| on.with("crv", another(on)), NotMeant("is on the curve")),
    ),
    // Broken.
    only(
        For::Named,
        row("another curve", ON_CURVES, |on| on.with("crv", another(on)), Broken("is on the curve")),
    ),
    only(For::Named, row("no curve", ON_CURVES, |on| on.with("crv", None), Broken("has no `crv`"))),
    only(For::Named, row("curve null", ON_CURVES, |on| on.with("crv", Value::Null), Broken("has no `crv`"))),
    only(For::Pinned, row("no curve", ON_CURVES, |on| on.with("crv", None), Broken("has no `crv`"))),
    row("number absent", ANY, |on| on.with(on.number(), None), Broken("has no string `")),
    row("number null", ANY, |on| on.with(on.number(), Value::Null), Broken("has no string `")),
    row("number of a wrong type", ANY, |on| on.with(on.number(), json!(65_537)), Broken("has no string `")),
    row("number in an array", ANY, |on| on.with(on.number(), json!(["AQAB"])), Broken("has no string `")),
    row("number in other base64", ANY, |on| on.with(on.number(), json!("+/+/")), Broken("is not base64url")),
    row("number with padding", ANY, |on| on.with(on.number(), json!("AQ==")), Broken("is not base64url")),
    row(
        "number with white space",
        ANY,
        |on| on.with(on.number(), json!("AQ AB")),
        Broken("is not base64url"),
    ),
    row("number empty", RSA, |on| on.with("n", json!("")), Broken("is an RSA key of 0 bits")),
    row("number empty", ON_CURVES, |on| on.with("x", json!("")), Broken("has 0 bytes instead of")),
    row("number short", RSA, |on| on.with("n", bytes(128)), Broken("is an RSA key of 1024 bits")),
    row("number short by a bit", RSA, |on| on.with("n", bytes(255)), Broken("is an RSA key of 2040 bits")),
    row("number long", RSA, |on| on.with("n", bytes(1025)), Broken("is an RSA key of 8200 bits")),
    row("number huge", RSA, |on| on.with("n", bytes(100_000)), Broken("is an RSA key of 800000 bits")),
    row(
        "number even",
        RSA,
        |on| on.with("n", json!("_".repeat(340) + "-A")),
        Broken("is not an RSA modulus"),
    ),
    row("number short", ON_CURVES, |on| on.with("x", bytes(31)), Broken("has 31 bytes instead of")),
    row("number long", ON_CURVES, |on| on.with("x", bytes(67)), Broken("has 67 bytes instead of")),
    row("number huge", ON_CURVES, |on| on.with("x", bytes(100_000)), Broken("has 100000 bytes instead of")),
    row("y absent", EC, |on| on.with("y", None), Broken("has no string `y`")),
    row("y empty", EC, |on| on.with("y", json!("")), Broken("`y` of")),
    row(
        "off the curve",
        EC,
        |on| on.with("y", public(&on.other)["x"].clone()),
        Broken("is no public key for"),
    ),
    row("small order", OKP, |on| on.with("x", json!("A".repeat(43))), Broken("a point of small order")),
    row("e absent", RSA, |on| on.with("e", None), Broken("has no string `e`")),
    row("e empty", RSA, |on| on.with("e", json!("")), Broken("is not a valid RSA exponent")),
    row("e of one", RSA, |on| on.with("e", json!("AQ")), Broken("is not a valid RSA exponent")),
    row("e even", RSA, |on| on.with("e", json!("AQAA")), Broken("is not a valid RSA exponent")),
    row("e huge", RSA, |on| on.with("e", bytes(5)), Broken("is not a valid RSA exponent")),
    // No JWK.
    row("a number", ANY, |_| json!(1), LeftOut(NO_OBJECT)),
    row("a string", ANY, |_| json!("key"), LeftOut(NO_OBJECT)),
    row("null", ANY, |_| Value::Null, LeftOut(NO_OBJECT)),
    row("an array of keys", ANY, |on| json!([public(&on.other)]), LeftOut(NO_OBJECT)),
    row("an empty object", ANY, |_| json!({}), LeftOut(NO_KTY)),
    row("names in another case", ANY, |_| json!({"Kty": "RSA", "N": "AQ"}), LeftOut(NO_KTY)),
    row("kty absent", ANY, |on| on.with("kty", None), LeftOut(NO_KTY)),
    row("kty null", ANY, |on| on.with("kty", Value::Null), LeftOut(NO_KTY)),
    row("kty empty", ANY, |on| on.with("kty", json!("")), LeftOut(NO_KTY)),
    row("kty a number", ANY, |on| on.with("kty", json!(2)), LeftOut(NO_KTY)),
    row("kid a number", ANY, |on| on.with("kid", json!(7)), LeftOut(NO_TEXT)),
    row("alg in an array", ANY, |on| on.with("alg", json!([on.alg])), LeftOut(NO_TEXT)),
    row("use true", ANY, |on| on.with("use", json!(true)), LeftOut(NO_TEXT)),
    row("crv an object", ANY, |on| on.with("crv", json!({})), LeftOut(NO_TEXT)),
    row("key_ops a string", ANY, |on| on.with("key_ops", json!("verify")), LeftOut(NO_OPS)),
    row("key_ops of numbers", ANY, |on| on.with("key_ops", json!([1])), LeftOut(NO_OPS)),
];

fn curve(kty: &str, crv: &str) -> Value {
    json!({"kty": kty, "crv": crv, "x": bytes(32), "y": bytes(32)})
}

fn another(on: &Ground) -> Value {
    json!(match on.alg {
        "ES256" => "P-384",
        "EdDSA" => "X25519",
        _ => "P-256",
    })
}

/// A number of so many bytes, each of them 0xff.
fn bytes(len: usize) -> Value {
    base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, vec![0xff; len]).into()
}
