//! The provider's tokens. The library verifies them with the provider's keys: the signature, the type, `iss`, `aud`,
//! `exp` and `iat`. What OpenID Connect asks for beyond that is here.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use unjwt::Session;

use crate::sessions::User;

/// Who has signed in (OpenID Connect Core §2). Most providers give it no `typ`, or `JWT`.
#[derive(Clone, Deserialize, Session)]
#[session(
    jws,
    read_only,
    issued_elsewhere(typ = "JWT", untyped),
    clock_tolerance = "1m",
    required_claims("iat"),
    cookie = false,
    header = false,
    extract = false
)]
pub struct IdToken {
    sub: String,
    nonce: Option<String>,
    azp: Option<String>,
    sid: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
}

/// Who has signed out (Back-Channel Logout 1.0 §2.4). `max_age` bounds for how long a `jti` is kept.
#[derive(Clone, Deserialize, Session)]
#[session(
    jws,
    read_only,
    issued_elsewhere(typ = "logout+jwt"),
    max_age = "10m",
    clock_tolerance = "1m",
    required_claims("exp", "jti"),
    cookie = false,
    header = false,
    extract = false
)]
pub struct LogoutToken {
    events: Map<String, Value>,
    sub: Option<String>,
    sid: Option<String>,
    /// `Some(Null)` if it is `null`: it must not be there at all.
    #[serde(default, deserialize_with = "present")]
    nonce: Option<Value>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The user of a verified ID token, if it is the answer to this request of this client. An error is the reason
/// (Core §3.1.3.7).
pub fn user(token: &IdToken, nonce: &str, client: &str) -> Result<User, &'static str> {
    if token.nonce.as_deref() != Some(nonce) {
        return Err("`nonce` is another sign-in's");
    }
    if token.azp.as_deref().is_some_and(|azp| azp != client) {
        return Err("`azp` is another client");
    }
    // An address that nobody has verified is not the user's.
    let email = token.email.clone().filter(|_| token.email_verified);
    Ok(User { sub: token.sub.clone(), provider_sid: token.sid.clone(), email })
}

/// Whose logins end.
#[derive(Debug, PartialEq)]
pub enum Ends {
    /// Those that began in one session at the provider.
    Session(String),
    /// All of the user.
    User(String),
}

/// Which logins a verified logout token ends. An error is the reason (Back-Channel Logout 1.0 §2.6).
///
/// The event and the absence of `nonce` keep apart what the provider signs with the same key: an ID token is no logout
/// token.
pub fn ends(token: &LogoutToken) -> Result<Ends, &'static str> {
    const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
    if !token.events.get(EVENT).is_some_and(Value::is_object) {
        return Err("`events` has no back-channel logout");
    }
    if token.nonce.is_some() {
        return Err("a `nonce`, which is an ID token's");
    }
    let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    match (given(&token.sid), given(&token.sub)) {
        (Some(sid), _) => Ok(Ends::Session(sid)),
        (None, Some(sub)) => Ok(Ends::User(sub)),
        (None, None) => Err("neither `sid` nor `sub`"),
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;

    /// The claims with members changed, and removed where they are `null` in `change`.
    fn token<T: DeserializeOwned>(mut claims: Value, change: &Value) -> T {
        let members = claims.as_object_mut().unwrap();
        members.extend(change.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        serde_json::from_value(claims).unwrap()
    }

    fn signed_in(change: &Value) -> Result<User, &'static str> {
        let claims = json!({
            "sub": "ada", "nonce": "n", "sid": "s", "email": "ada@example.com", "email_verified": true,
        });
        user(&token(claims, change), "n", "web")
    }

    fn signed_out(change: &Value) -> Result<Ends, &'static str> {
        let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
        ends(&token(json!({ "events": events, "sub": "ada", "sid": "s" }), change))
    }

    #[test]
    fn an_id_token_names_the_user_and_the_session() {
        let user = signed_in(&json!({ "azp": "web" })).ok().unwrap();
        let email = Some("ada@example.com".to_owned());
        assert_eq!((user.sub.as_str(), user.provider_sid, user.email), ("ada", Some("s".to_owned()), email));
        assert_eq!(signed_in(&json!({ "sid": null })).ok().unwrap().provider_sid, None);
        for unverified in [json!({ "email_verified": false }), json!({ "email_verified": null })] {
            assert_eq!(signed_in(&unverified).ok().unwrap().email, None, "{unverified}");
        }
    }

    #[test]
    fn an_id_token_of_another_sign_in_or_client_is_refused() {
        for nonce in [json!(null), json!(""), json!("N"), json!("nn")] {
            let refused = signed_in(&json!({ "nonce": nonce })).err();
            assert_eq!(refused, Some("`nonce` is another sign-in's"), "{nonce}");
        }
        assert_eq!(signed_in(&json!({ "azp": "machine" })).err(), Some("`azp` is another client"));
    }

    #[test]
    fn a_logout_token_ends_the_session_that_it_names_or_else_the_user() {
        assert_eq!(signed_out(&json!({})), Ok(Ends::Session("s".to_owned())));
        assert_eq!(signed_out(&json!({ "sub": null })), Ok(Ends::Session("s".to_owned())));
        for sid in [json!(null), json!("")] {
            assert_eq!(signed_out(&json!({ "sid": sid })), Ok(Ends::User("ada".to_owned())));
        }
    }

    #[test]
    fn what_is_no_logout_token_is_refused() {
        let refused = [
            (json!({ "events": {} }), "`events` has no back-channel logout"),
            (
                json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": true } }),
                "`events` has no back-channel logout",
            ),
            (json!({ "nonce": "n" }), "a `nonce`, which is an ID token's"),
            (json!({ "sub": null, "sid": null }), "neither `sid` nor `sub`"),
            (json!({ "sub": "", "sid": "" }), "neither `sid` nor `sub`"),
        ];
        for (change, reason) in refused {
            assert_eq!(signed_out(&change), Err(reason), "{change}");
        }
        for none in [json!({}), json!({ "events": ["x"] }), json!({ "events": {}, "sub": 1 })] {
            assert!(serde_json::from_value::<LogoutToken>(none.clone()).is_err(), "{none}");
        }
        let null = json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": {} }, "sub": "ada", "nonce": null });
        let null = serde_json::from_value(null).unwrap();
        assert_eq!(ends(&null), Err("a `nonce`, which is an ID token's"), "also if it is `null`");
    }
}
