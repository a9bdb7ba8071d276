//! Design decisions that differ from the expectation of a case.

use super::{Case, base64url};

/// A reason, and the cases that it is one for.
type Decision = (&'static str, fn(&Case) -> bool);

/// The decisions that differ from the expectation of cases, by feature and never by case.
const DECIDED_OTHERWISE: &[Decision] = &[
    ("JSON serialisations: a token lives in a cookie or a header (RFC 7515 §7.2, RFC 7516 §7.2)", |case| {
        case.form == "json"
    }),
    ("detached and unencoded payloads: a header with `b64` is refused (RFC 7797)", |case| {
        case.form == "detached" || case.header("b64").is_boolean()
    }),
    ("RSA1_5: no safe way to decrypt it (RFC 7518 §4.2, RFC 8725 §3.2)", |case| {
        case.header("alg") == "RSA1_5" || case.key["alg"] == "RSA1_5"
    }),
    ("compressed plaintext: a header with `zip` is refused (RFC 8725 §3.6)", |case| {
        !case.header("zip").is_null()
    }),
    ("ES256K, Ed448 and X448: no row of the table of algorithms (RFC 8812, RFC 8037)", |case| {
        case.header("alg") == "ES256K"
            || [&case.key, &case.header("epk")]
                .iter()
                .any(|key| ["secp256k1", "Ed448", "X448"].iter().any(|curve| key["crv"] == *curve))
    }),
    ("RSA keys under 2048 bits (RFC 7518 §3.3, §4.3)", |case| {
        let bytes = case.key["n"].as_str().map(|n| base64url(n).len());
        bytes.is_some_and(|bytes| bytes < 256)
    }),
    ("HMAC keys shorter than the hash (RFC 7518 §3.2)", |case| {
        let name = case.header("alg");
        let hash = name
            .as_str()
            .and_then(|name| name.strip_prefix("HS"))
            .and_then(|bits| bits.parse::<usize>().ok());
        let bytes = case.key["k"].as_str().map(|k| base64url(k).len());
        hash.zip(bytes).is_some_and(|(bits, bytes)| bytes < bits / 8)
    }),
    ("passwords under 16 bytes (RFC 7518 §4.8.1, §8.8)", |case| {
        let pbes2 = case.header("alg").as_str().is_some_and(|alg| alg.starts_with("PBES2"));
        pbes2 && case.key["k"].as_str().is_some_and(|k| base64url(k).len() < 16)
    }),
    ("claims: `jose` looks at none, a session does", |case| {
        case.result == "invalid" && (case.is_flagged("Claims") || case.is_flagged("Expired"))
    }),
];

/// Returns the decision that applies to a case, if any.
pub fn decided_otherwise(case: &Case) -> Option<&'static str> {
    DECIDED_OTHERWISE.iter().find(|(_, applies)| applies(case)).map(|(reason, _)| *reason)
}
