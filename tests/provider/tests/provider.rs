//! The provider does what the tests that use it rely on.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failure is the test's")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use unjwt_test_provider::{Document, Fault, Fetches, Provider};
use ureq::http::Response;

fn get(url: &str) -> Response<String> {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
    let mut answer = ureq::Agent::from(config).get(url).call().unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    let (parts, _) = answer.into_parts();
    Response::from_parts(parts, body)
}

/// The middle or first part of a token, unverified.
fn part(token: &str, nth: usize) -> Value {
    let part = token.split('.').nth(nth).unwrap();
    let sextet = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for chunk in part.as_bytes().chunks(4) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 6 | u32::from(sextet(*byte)));
        let bits = bits << (6 * (4 - chunk.len()));
        bytes.extend(&bits.to_be_bytes()[1..chunk.len()]);
    }
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn an_access_token_is_one_of_rfc_9068() {
    let Some(provider) = Provider::start() else { return };
    let token = provider.access_token("https://api.example.com", "read");
    assert_eq!((&part(&token, 0)["typ"], &part(&token, 0)["alg"]), (&json!("at+jwt"), &json!("RS256")));
    let claims = part(&token, 1);
    assert_eq!(claims["iss"], provider.url());
    assert_eq!(claims["aud"], "https://api.example.com");
    assert_eq!((&claims["sub"], &claims["scope"]), (&json!("machine"), &json!("read")));

    provider.set_access_tokens("ES256", Duration::from_secs(5));
    let token = provider.access_token("https://api.example.com", "read write");
    assert_eq!(part(&token, 0)["alg"], "ES256");
    let claims = part(&token, 1);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 5);
}

#[test]
fn tokens_are_made_to_order() {
    let Some(provider) = Provider::start() else { return };
    let claims = part(&provider.id_token("ada", &json!({ "nonce": "n" })), 1);
    assert_eq!(
        (&claims["aud"], &claims["sub"], &claims["nonce"]),
        (&json!("web"), &json!("ada"), &json!("n"))
    );
    let token = provider.sign(&json!({ "typ": "logout+jwt" }), &json!({ "iss": 1 }));
    assert_eq!((&part(&token, 0)["typ"], part(&token, 1)), (&json!("logout+jwt"), json!({ "iss": 1 })));
}

#[test]
fn keys_rotate_and_fetches_are_counted() {
    let Some(provider) = Provider::start() else { return };
    let kids = |provider: &Provider| {
        let set: Value = serde_json::from_str(get(&format!("{}/jwks", provider.url())).body()).unwrap();
        let keys = set["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = kids(&provider);
    let both = provider.rotate(true);
    assert!(both.len() == 2 * first.len() && both.ends_with(&first));
    assert_eq!(kids(&provider), both);
    assert_eq!(part(&provider.id_token("ada", &json!({})), 0)["kid"], json!(both[0]));
    let last = provider.rotate(false);
    assert_eq!(kids(&provider), last);
    assert!(both.iter().all(|kid| !last.contains(kid)));
    assert_eq!(provider.fetches(), Fetches { jwks: 3, discovery: 0 });
    provider.reset();
    assert_eq!(provider.fetches(), Fetches { jwks: 0, discovery: 0 });
    assert_eq!(kids(&provider), last);
}

#[test]
fn documents_can_be_wrong() {
    let Some(provider) = Provider::start() else { return };
    let jwks = format!("{}/jwks", provider.url());
    let right = get(&jwks).into_body();
    let wrong = |fault| {
        provider.fault(Document::Jwks, &fault);
        get(&jwks)
    };
    assert_eq!(wrong(Fault::Status(500)).status().as_u16(), 500);
    assert_eq!(wrong(Fault::Body("{".to_owned())).body(), "{");
    assert_eq!(wrong(Fault::Bytes(3_000_000)).body().len(), 3_000_000);
    let redirect = wrong(Fault::Redirect("http://127.0.0.1:9/".to_owned()));
    assert_eq!(
        (redirect.status().as_u16(), &redirect.headers()["location"]),
        (302, &"http://127.0.0.1:9/".parse().unwrap())
    );
    let begun = Instant::now();
    assert_eq!(wrong(Fault::Delay(Duration::from_millis(300))).body(), &right);
    assert!(begun.elapsed() >= Duration::from_millis(300));
    let discovery = format!("{}/.well-known/openid-configuration", provider.url());
    assert_eq!(get(&discovery).status().as_u16(), 200, "which has no fault");
    provider.recover();
    assert_eq!(get(&jwks).body(), &right);
}

/// With a code for the client, or an error.
#[test]
fn a_user_signs_in_without_a_browser() {
    let Some(provider) = Provider::start() else { return };
    let callback = "http://127.0.0.1:8/callback";
    provider.set_client("web", &json!({ "redirect_uris": [callback] }));
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let request = format!(
        "{}/auth?client_id=web&response_type=code&scope=openid&redirect_uri={callback}&state=s&nonce=n\
         &code_challenge_method=S256&code_challenge=",
        provider.url()
    );
    let to = provider.sign_in(&format!("{request}{challenge}"), "ada");
    assert!(to.starts_with(&format!("{callback}?code=")) && to.contains("&state=s&iss="), "{to}");
    let to = provider.sign_in(&request, "ada");
    assert!(to.starts_with(&format!("{callback}?error=invalid_request")), "{to}");
}
