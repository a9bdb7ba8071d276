//! The provider's logout: it tells this service, not the browser (OpenID Connect Back-Channel Logout 1.0).

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::sessions::{App, User};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const TYP: &str = "logout+jwt";
/// The oldest token that is taken, in seconds, whatever its `exp` says: it bounds for how long a `jti` is kept.
const MAX_AGE: u64 = 600;
/// How far the provider's clock may be ahead or behind, in seconds.
const TOLERANCE: u64 = 60;
const MAX_JTI_LEN: usize = 256;

#[derive(Deserialize)]
pub struct Request {
    logout_token: String,
}

/// The claims of a logout token (§2.4).
#[derive(Deserialize)]
pub struct Claims {
    pub iss: String,
    pub aud: Audience,
    pub iat: u64,
    pub exp: u64,
    pub jti: String,
    pub events: Map<String, Value>,
    pub sub: Option<String>,
    pub sid: Option<String>,
    /// `Some(Null)` if it is `null`: it must not be there at all.
    #[serde(default, deserialize_with = "present")]
    pub nonce: Option<Value>,
}

/// One or several (RFC 7519 §4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn contains(&self, client: &str) -> bool {
        match self {
            Self::One(one) => one == client,
            Self::Several(several) => several.iter().any(|one| one == client),
        }
    }
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Whose logins end.
#[derive(Debug, PartialEq)]
pub enum Ends {
    /// Those that began in one session at the provider.
    Session(String),
    /// All of the user.
    User(String),
}

/// Which logins a token ends whose signature is the provider's. §2.6, in its order; an error is the reason.
///
/// The absence of `nonce` and the event keep apart what the provider signs with the same key: an ID token is no logout
/// token.
pub fn check(
    typ: Option<&str>,
    claims: Claims,
    (issuer, client): (&str, &str),
    now: u64,
) -> Result<Ends, &'static str> {
    // RFC 7515 §4.1.9: compared without case, and with `application/` left out.
    let typ = typ.unwrap_or_default().to_ascii_lowercase();
    if typ.strip_prefix("application/").unwrap_or(&typ) != TYP {
        return Err("`typ` is not `logout+jwt`");
    }
    if claims.iss != issuer {
        return Err("`iss` is another provider");
    }
    if !claims.aud.contains(client) {
        return Err("`aud` is another client");
    }
    if claims.iat > now.saturating_add(TOLERANCE) {
        return Err("`iat` is in the future");
    }
    if claims.iat.saturating_add(MAX_AGE) < now {
        return Err("`iat` is too long ago");
    }
    if claims.exp.saturating_add(TOLERANCE) <= now {
        return Err("expired");
    }
    if !claims.events.get(EVENT).is_some_and(Value::is_object) {
        return Err("`events` has no back-channel logout");
    }
    if claims.nonce.is_some() {
        return Err("a `nonce`, which is an ID token's");
    }
    if claims.jti.is_empty() || claims.jti.len() > MAX_JTI_LEN {
        return Err("`jti` is empty or too long");
    }
    let given = |value: Option<String>| value.filter(|value| !value.is_empty());
    match (given(claims.sid), given(claims.sub)) {
        (Some(sid), _) => Ok(Ends::Session(sid)),
        (None, Some(sub)) => Ok(Ends::User(sub)),
        (None, None) => Err("neither `sid` nor `sub`"),
    }
}

/// 200 once the logins have ended, and 400 if the token is no good or they could not be ended (§2.8).
pub async fn log_out(
    State(app): State<Arc<App>>,
    request: Result<Form<Request>, FormRejection>,
) -> (StatusCode, [(HeaderName, &'static str); 1]) {
    let status = match request {
        Ok(Form(request)) => match end(&app, &request.logout_token).await {
            Ok(()) => StatusCode::OK,
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "a logout token was refused");
                StatusCode::BAD_REQUEST
            }
        },
        Err(_) => StatusCode::BAD_REQUEST,
    };
    (status, [(CACHE_CONTROL, "no-store")])
}

async fn end(app: &App, token: &str) -> anyhow::Result<()> {
    let verified = app.provider.verify(token).await?;
    let claims: Claims = serde_json::from_slice(&verified.payload)?;
    let (jti, until) = (claims.jti.clone(), claims.iat.saturating_add(MAX_AGE + 1));
    let now = app.user.now().as_secs();
    let expected = (app.provider.issuer(), app.provider.client_id());
    let ends = check(verified.header.typ.as_deref(), claims, expected, now).map_err(anyhow::Error::msg)?;
    anyhow::ensure!(app.seen.claim(&jti, until, now), "`jti` was seen before");
    let logins = app.user.logins();
    let ended = match ends {
        Ends::Session(sid) => logins.end_by(User::by_provider_sid(&sid)).await,
        Ends::User(sub) => logins.end_by(User::by_sub(&sub)).await,
    };
    if ended.is_err() {
        // The provider may send it again.
        app.seen.release(&jti);
    }
    Ok(ended?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://login.example.com";
    const NOW: u64 = 1_000_000;

    fn claims() -> Value {
        json!({
            "iss": ISSUER, "aud": "web", "iat": NOW, "exp": NOW + 120, "jti": "j",
            "events": { EVENT: {} }, "sub": "ada", "sid": "s",
        })
    }

    /// With members changed, and removed where they are `null` in `change`.
    fn changed(change: Value) -> Result<Ends, &'static str> {
        let mut claims = claims();
        for (name, value) in change.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        let claims = serde_json::from_value(claims).map_err(|_| "no logout token")?;
        check(Some(TYP), claims, (ISSUER, "web"), NOW)
    }

    #[test]
    fn a_token_ends_the_session_that_it_names_or_else_the_user() {
        assert_eq!(changed(json!({})), Ok(Ends::Session("s".to_owned())));
        assert_eq!(changed(json!({ "sub": null })), Ok(Ends::Session("s".to_owned())));
        assert_eq!(changed(json!({ "sid": null })), Ok(Ends::User("ada".to_owned())));
        assert_eq!(changed(json!({ "aud": ["api", "web"] })), Ok(Ends::Session("s".to_owned())));
        for iat in [NOW - MAX_AGE, NOW + TOLERANCE] {
            assert_eq!(changed(json!({ "iat": iat })), Ok(Ends::Session("s".to_owned())));
        }
        assert_eq!(changed(json!({ "exp": NOW - TOLERANCE + 1 })), Ok(Ends::Session("s".to_owned())));
    }

    #[test]
    fn every_check_of_section_2_6_refuses() {
        let refused = [
            (json!({ "iss": "https://evil.example" }), "`iss` is another provider"),
            (json!({ "aud": "api" }), "`aud` is another client"),
            (json!({ "aud": [] }), "`aud` is another client"),
            (json!({ "iat": NOW + TOLERANCE + 1 }), "`iat` is in the future"),
            (json!({ "iat": u64::MAX }), "`iat` is in the future"),
            (json!({ "iat": NOW - MAX_AGE - 1 }), "`iat` is too long ago"),
            (json!({ "exp": NOW - TOLERANCE }), "expired"),
            (json!({ "events": {} }), "`events` has no back-channel logout"),
            (json!({ "events": { EVENT: true } }), "`events` has no back-channel logout"),
            (json!({ "nonce": "n" }), "a `nonce`, which is an ID token's"),
            (json!({ "jti": "" }), "`jti` is empty or too long"),
            (json!({ "jti": "j".repeat(MAX_JTI_LEN + 1) }), "`jti` is empty or too long"),
            (json!({ "sub": null, "sid": null }), "neither `sid` nor `sub`"),
            (json!({ "sub": "", "sid": "" }), "neither `sid` nor `sub`"),
        ];
        for (change, reason) in refused {
            assert_eq!(changed(change.clone()), Err(reason), "{change}");
        }
        for missing in ["iss", "aud", "iat", "exp", "jti", "events"] {
            assert_eq!(changed(json!({ missing: null })), Err("no logout token"), "{missing}");
        }
        for (name, value) in [("iat", json!("1")), ("sub", json!(1)), ("events", json!([EVENT]))] {
            assert_eq!(changed(json!({ name: value })), Err("no logout token"), "{name}");
        }
    }

    #[test]
    fn a_nonce_of_null_is_one() {
        let mut claims = claims();
        claims["nonce"] = Value::Null;
        let claims = serde_json::from_value(claims).unwrap();
        let refused = check(Some(TYP), claims, (ISSUER, "web"), NOW);
        assert_eq!(refused, Err("a `nonce`, which is an ID token's"));
    }

    #[test]
    fn the_type_is_a_logout_tokens() {
        let check = |typ| {
            let claims = serde_json::from_value(claims()).unwrap();
            check(typ, claims, (ISSUER, "web"), NOW).is_ok()
        };
        assert!(check(Some("logout+jwt")) && check(Some("application/Logout+JWT")));
        for typ in [
            None,
            Some(""),
            Some("JWT"),
            Some("at+jwt"),
            Some("logout"),
            Some("application/application/logout+jwt"),
        ] {
            assert!(!check(typ), "{typ:?}");
        }
    }
}
