//! The claims of a session's token a second time, on `serde_json`'s own values.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::material::NOW;

/// The lifetime that every session here has, in seconds.
pub const MAX_AGE: u64 = 15 * 60;
/// `clock_tolerance` of every session here.
pub const TOLERANCE: u64 = 30;
/// How far the clocks of one service may differ beyond that.
const SKEW: u64 = 60;

/// Panics if the payload is not one that the session may accept.
pub fn acceptable(payload: &str, data: &Value) {
    // A member that nobody asks for may hold what is JSON and no `Value`: half a surrogate pair, or `1e999`.
    let members: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(payload).expect("accepted claims are a JSON object");
    let claim = |name: &str| -> Option<Value> {
        let text = members.get(name)?.get();
        Some(serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}: {payload}")))
    };
    assert!(claim("jti").is_some_and(|id| id.as_str().is_some_and(|id| !id.is_empty())), "{payload}");
    let iat = seconds(&claim("iat").expect("`iat` is required"));
    assert!(iat <= NOW + TOLERANCE + SKEW, "{payload}");
    assert!(iat.saturating_add(MAX_AGE + TOLERANCE) > NOW, "{payload}");
    if let Some(exp) = claim("exp") {
        assert!(seconds(&exp).saturating_add(TOLERANCE) > NOW, "{payload}");
    }
    if let Some(nbf) = claim("nbf") {
        assert!(seconds(&nbf) <= NOW + TOLERANCE, "{payload}");
    }
    assert_eq!(claim("iss").expect("`iss` is required"), "https://id.example", "{payload}");
    let audience = claim("aud").expect("`aud` is required");
    assert!(["web", "app"].iter().any(|own| audience == *own || holds(&audience, own)), "{payload}");
    for (name, value) in data.as_object().expect("a struct is an object") {
        assert!(claim(name).is_none_or(|claim| claim == *value), "{name}: {payload}");
    }
    assert!(members.contains_key("scope"), "{payload}");
}

fn holds(audience: &Value, own: &str) -> bool {
    audience.as_array().is_some_and(|recipients| recipients.iter().any(|recipient| recipient == own))
}

/// A NumericDate, rounded down and not before the epoch.
fn seconds(date: &Value) -> u64 {
    assert!(date.is_number(), "{date}");
    date.as_u64().unwrap_or_else(|| date.as_f64().map_or(0, |seconds| seconds as u64))
}

/// Claims that every session here accepts.
#[cfg(test)]
pub const GOOD: &str = r#"{"sub":"ada","scope":["read"],"level":3,"jti":"a","iat":1767225600,"exp":1767226500,"iss":"https://id.example","aud":"web"}"#;
