//! The cases whose claims decide, through a session that lives at their time.

use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use unjwt::{Error, ErrorKind, JweKey, Jwk, JwsKey, Session};
use unjwt_tests::told;

use super::craft::{sealed_with, signed_with};
use super::interop::{Case, base64url, files};
use super::support::START;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "signed", typ = "JWT")]
struct Signed {}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sealed", typ = "JWT")]
struct Sealed {}

/// Reads the token as a session at that time.
async fn read(case: &Case, token: &str, now: u64) -> Result<(), Error> {
    let clock = move || UNIX_EPOCH + Duration::from_secs(now);
    let name = case.header("alg").as_str().unwrap_or_default().to_owned();
    let jwk: Jwk = serde_json::from_value(case.key.clone()).unwrap();
    let jwk = if jwk.alg().is_some() { jwk } else { jwk.with_alg(name) };
    if case.encrypted {
        let sessions = Sealed::config(JweKey::from_jwk(jwk)).clock(clock).build().unwrap();
        sessions.unseal_without_hooks(token).await.map(drop)
    } else {
        let sessions = Signed::config(JwsKey::from_jwk(jwk)).clock(clock).build().unwrap();
        sessions.verify_without_hooks(token).await.map(drop)
    }
}

/// The token again with these claims, where the key is one that we can write under.
fn rewritten(case: &Case, claims: &Value) -> Option<String> {
    let key = base64url(case.key["k"].as_str()?);
    let mut header = json!({"alg": case.header("alg"), "typ": "JWT"});
    match (case.header("alg").as_str()?, case.header("enc").as_str()) {
        ("HS256", None) => Some(signed_with(&key, &header, claims.to_string())),
        ("dir", Some(enc @ ("A128GCM" | "A256GCM"))) => {
            header["enc"] = enc.into();
            Some(sealed_with(&key, &header, claims.to_string()))
        }
        _ => None,
    }
}

/// A session's token has an id and a time, which these cases lack: as they are, none of them is one.
/// Completed, their own claims decide.
#[tokio::test]
async fn claims_decide_at_the_time_of_the_case() {
    let (mut held, mut out_of_reach) = (0, 0);
    for case in files().into_iter().flat_map(|(_, cases)| cases) {
        let expired = case.is_flagged("Expired");
        if !case.is_flagged("Claims") && !expired || case.form != "compact" {
            continue;
        }
        let Ok(accepted) = case.attempt() else { continue };
        let Ok(mut claims) = serde_json::from_slice::<Value>(&accepted.payload) else { continue };
        let now = case.now.unwrap_or(START);
        if !claims.is_object() {
            out_of_reach += 1;
            continue;
        }
        claims["jti"] = json!("a");
        if claims["iat"].is_null() {
            claims["iat"] = json!(now - 10);
        }
        let Some(token) = rewritten(&case, &claims) else {
            out_of_reach += 1;
            continue;
        };
        if case.result == "invalid" || expired {
            assert!(read(&case, &case.token, now).await.is_err(), "{}", case.name);
        }
        let kinds = [ErrorKind::Expired, ErrorKind::NotYetValid, ErrorKind::ClaimInvalid];
        let outcome = read(&case, &token, now).await.map_err(|error| error.kind());
        match case.result.as_str() {
            _ if expired => assert_eq!(outcome, Err(ErrorKind::Expired), "{}", case.name),
            "invalid" => {
                assert!(outcome.is_err_and(|kind| kinds.contains(&kind)), "{} {outcome:?}", case.name)
            }
            "valid" => assert_eq!(outcome, Ok(()), "{}", case.name),
            _ => {
                assert!(outcome.is_ok() || outcome.is_err_and(|kind| kinds.contains(&kind)), "{}", case.name)
            }
        }
        // The control: it is these claims and nothing else that decided.
        let others = claims.as_object_mut().unwrap();
        others.retain(|name, _| !["exp", "nbf"].contains(&name.as_str()));
        others.insert("iat".to_owned(), json!(now));
        let control = rewritten(&case, &claims).unwrap();
        assert_eq!(read(&case, &control, now).await, Ok(()), "{}", case.name);
        held += 1;
    }
    told!(
        "claims: held {held}; {out_of_reach} others hold no object, or are under keys that this test does not write with"
    );
}
