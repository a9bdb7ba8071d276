//! Names and paths of cookies that a deployment sets instead of the attribute.

use std::time::SystemTime;

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use unjwt::{ConfigError, JweKey, RequestContext, Session, SessionConfigs, Tokens};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h", header = false)]
struct Sid {
    note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-strict", max_age = "1h", header = false)]
struct Strict {
    note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "api", max_age = "1h", cookie = false)]
struct Api {
    note: String,
}

fn key() -> JweKey {
    JweKey::secret([7; 32])
}

fn sid(length: usize) -> Sid {
    Sid { note: "x".repeat(length) }
}

/// The lines that store a session of this length.
async fn lines(sessions: &Tokens<Sid>, length: usize) -> Vec<String> {
    let context = RequestContext::new(&HeaderMap::new());
    sessions.replace(&context, sid(length)).await.unwrap();
    let mut response = HeaderMap::new();
    context.finish(&mut response);
    response.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap().to_owned()).collect()
}

fn request(lines: &[String]) -> RequestContext {
    let pairs: Vec<_> = lines.iter().map(|line| line.split(';').next().unwrap()).collect();
    RequestContext::new(&HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&pairs.join("; ")).unwrap())]))
}

#[tokio::test]
async fn the_cookie_is_called_what_the_deployment_says() {
    let staging = Sid::config(key()).cookie_name("staging_sid").cookie_path("/staging").build().unwrap();
    let whole = lines(&staging, 10).await;
    assert_eq!(whole.len(), 1);
    assert!(whole[0].starts_with("staging_sid=") && whole[0].contains("; Path=/staging;"), "{whole:?}");
    assert_eq!(*staging.get(&request(&whole)).await.unwrap().unwrap().data, sid(10));
    assert_eq!(staging.name(), "sid");

    let chunked = lines(&staging, 5_000).await;
    assert!(chunked[0].starts_with("staging_sid=__chunked__"), "{chunked:?}");
    assert!(chunked[1].starts_with("staging_sid.1=") && chunked.iter().all(|line| line.len() <= 4096));
    assert_eq!(*staging.get(&request(&chunked)).await.unwrap().unwrap().data, sid(5_000));
}

/// A cookie of one name is not read under another, though the token is the same session's.
#[tokio::test]
async fn two_deployments_of_one_host_have_sessions_of_their_own() {
    let live = Sid::config(key()).build().unwrap();
    let staging = Sid::config(key()).cookie_name("staging_sid").build().unwrap();
    let (at_live, at_staging) = (lines(&live, 1).await, lines(&staging, 2).await);
    assert!(staging.get(&request(&at_live)).await.unwrap().is_none());
    let both = request(&[at_live, at_staging].concat());
    assert_eq!(*live.get(&both).await.unwrap().unwrap().data, sid(1));
    assert_eq!(*staging.get(&both).await.unwrap().unwrap().data, sid(2));
}

#[tokio::test]
async fn a_session_is_removed_where_it_was_stored() {
    let staging = Sid::config(key()).cookie_name("staging_sid").cookie_path("/staging").build().unwrap();
    let context = request(&lines(&staging, 5_000).await);
    staging.clear(&context).await.unwrap();
    let mut response = HeaderMap::new();
    context.finish(&mut response);
    let removed: Vec<_> = response.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect();
    assert!(removed.len() > 1);
    for line in removed {
        assert!(
            line.starts_with("staging_sid") && line.contains("Path=/staging") && line.contains("Max-Age=0"),
            "{line}"
        );
    }
}

#[test]
fn what_no_browser_stores_is_an_error_of_the_start() {
    let message = |built: Result<Tokens<Sid>, ConfigError>| built.err().unwrap().to_string();
    assert_eq!(
        message(Sid::config(key()).cookie_name("my sid").build()),
        "Sid: cookie name `my sid`: a cookie's name cannot contain a space; use letters, digits, `-`, `_` and `.`"
    );
    assert_eq!(
        message(Sid::config(key()).cookie_path("app").build()),
        "Sid: cookie Path `app`: a cookie's path must begin with `/`: browsers ignore any other; write \
         `.cookie_path(\"/app\")`"
    );
    // The rules of a prefix count for the name that the cookie gets.
    assert!(Sid::config(key()).cookie_name("__Host-sid").cookie_path("/app").build().is_err());
    assert!(Sid::config(key()).cookie_name("__Host-sid").build().is_ok());
    assert!(Strict::config(key()).cookie_path("/app").build().is_err());
    for error in [
        Api::config(key()).cookie_name("x").build().err(),
        Api::config(key()).cookie_path("/x").build().err(),
    ] {
        assert!(error.unwrap().to_string().contains("has no effect with `cookie = false`"));
    }
}

#[test]
fn two_sessions_of_a_service_share_no_name() {
    let clash = (Sid::config(key()).cookie_name("__Host-strict"), Strict::config(key())).build();
    assert!(matches!(clash.err().unwrap(), ConfigError::Clash { value, .. } if value == "__Host-strict"));
    let chunk = (Sid::config(key()).cookie_name("__Host-strict.2"), Strict::config(key())).build();
    assert!(matches!(chunk.err().unwrap(), ConfigError::Clash { .. }));
    // The name of the attribute is free then.
    assert!(
        (Sid::config(key()).cookie_name("other"), Strict::config(key()).cookie_name("sid")).build().is_ok()
    );
}

#[tokio::test]
async fn a_path_for_all_leaves_out_those_that_can_have_none() {
    let configs = (Sid::config(key()), Strict::config(key()), Api::config(key()));
    let (sid, strict, _) = configs.cookie_path("/app").clock(SystemTime::now).build().unwrap();
    assert!(lines(&sid, 1).await[0].contains("; Path=/app;"));
    let strict = strict.cookie_header(&Strict { note: String::new() }).unwrap();
    assert!(strict.to_str().unwrap().starts_with("__Host-strict="));
}
