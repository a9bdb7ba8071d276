//! The claims of a session's token a second time, on `serde_json`'s own values.

use serde_json::Value;

use crate::material::NOW;

/// The lifetime that every session here has, in seconds.
pub const MAX_AGE: u64 = 15 * 60;
/// `clock_tolerance` of every session here.
pub const TOLERANCE: u64 = 30;
/// How far the clocks of one service may differ beyond that.
const SKEW: u64 = 60;

/// Panics if the payload is not one that the session may accept.
pub fn acceptable(payload: &str, data: &Value) {
    let claims: Value = serde_json::from_str(payload).expect("accepted claims are JSON");
    let claims = claims.as_object().expect("accepted claims are an object");
    assert!(claims["jti"].as_str().is_some_and(|id| !id.is_empty()), "{payload}");
    let iat = seconds(&claims["iat"]);
    assert!(iat <= NOW + TOLERANCE + SKEW, "{payload}");
    assert!(iat.saturating_add(MAX_AGE + TOLERANCE) > NOW, "{payload}");
    if let Some(exp) = claims.get("exp") {
        assert!(seconds(exp).saturating_add(TOLERANCE) > NOW, "{payload}");
    }
    if let Some(nbf) = claims.get("nbf") {
        assert!(seconds(nbf) <= NOW + TOLERANCE, "{payload}");
    }
    assert_eq!(claims["iss"], "https://id.example", "{payload}");
    let audience = &claims["aud"];
    assert!(["web", "app"].iter().any(|own| audience == own || holds(audience, own)), "{payload}");
    for (name, value) in data.as_object().expect("a struct is an object") {
        assert!(claims.get(name).is_none_or(|claim| claim == value), "{name}: {payload}");
    }
    assert!(claims.contains_key("scope"), "{payload}");
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
