//! Proofs and requests that are not those of a browser: refused, and never a panic, a 500 or another's session.

use std::time::Duration;

use serde_json::json;
use unjwt::testing::{TestClient, TestClock, TestStore};

use crate::browser::{Browser, Device, REFRESH, START, challenge_of, offered, post};
use crate::service::{Keys, SHORT, with_store, without_store};

fn proof_header(proof: &str) -> [(&str, &str); 1] {
    [("secure-session-response", proof)]
}

#[tokio::test]
async fn a_registration_needs_a_login_a_challenge_and_the_key_that_signs_it() {
    let clock = TestClock::new();
    let mut ada = TestClient::new(without_store(&clock, &Keys::new())).with_clock(&clock);
    let challenge = offered(&ada.post("/login").await).unwrap();
    let (device, other) = (Device::new(), Device::new());
    let header = json!({ "alg": "ES256", "typ": "dbsc+jwt", "jwk": device.jwk() });
    let refused = [
        String::new(),
        "a.b.c".to_owned(),
        "\"\"".to_owned(),
        device.register(""),
        device.register("a.b.c"),
        // The key of the header did not sign it.
        other.sign(&header, &json!({ "jti": challenge })),
        device.prove(&challenge),
        device.sign(
            &json!({ "alg": "ES256", "typ": "JWT", "jwk": device.jwk() }),
            &json!({ "jti": challenge }),
        ),
        device.sign(
            &json!({ "alg": "none", "typ": "dbsc+jwt", "jwk": device.jwk() }),
            &json!({ "jti": challenge }),
        ),
        device.sign(
            &json!({ "alg": "HS256", "typ": "dbsc+jwt", "jwk": { "kty": "oct", "k": "AAAA" } }),
            &json!({ "jti": challenge }),
        ),
        device.sign(&header, &json!({ "jti": [challenge] })),
        "x".repeat(20_000),
    ];
    for proof in &refused {
        let reply = post(&mut ada, START, &proof_header(proof)).await;
        assert_eq!((reply.status.as_u16(), reply.text()), (400, ""), "{proof}");
    }
    assert_eq!(post(&mut ada, START, &[]).await.status, 400);
    // Nobody is logged in.
    let mut eve = TestClient::new(without_store(&clock, &Keys::new()));
    assert_eq!(post(&mut eve, START, &proof_header(&device.register(&challenge))).await.status, 400);

    let reply = post(&mut ada, START, &proof_header(&device.register(&challenge))).await;
    assert_eq!(reply.status, 200, "the login is as it was");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(ada.get("/me").await.text(), "bound");
}

#[tokio::test]
async fn a_challenge_is_good_for_its_purpose_its_login_and_its_time() {
    let clock = TestClock::new();
    let store = TestStore::with_clock(&clock);
    let (router, _) = with_store(&clock, &store);
    let mut ada = TestClient::new(router.clone()).with_clock(&clock);
    let mut eve = ada.clone();
    let for_start = offered(&ada.post("/login").await).unwrap();
    let of_eve = offered(&eve.post("/login").await).unwrap();
    let device = Device::new();
    let reply = post(&mut ada, START, &proof_header(&device.register(&of_eve))).await;
    assert_eq!(reply.status, 403, "another login's");
    let asked_again = challenge_of(&reply).expect("one that is good");
    clock.advance(Duration::from_secs(601));
    let reply = post(&mut ada, START, &proof_header(&device.register(&for_start))).await;
    assert_eq!(reply.status, 403, "old");
    let reply = post(&mut ada, START, &proof_header(&device.register(&asked_again))).await;
    assert_eq!(reply.status, 403, "as old");
    let good = challenge_of(&reply).unwrap();
    assert_eq!(post(&mut ada, START, &proof_header(&device.register(&good))).await.status, 200);

    // Of another purpose, in both directions.
    let mut bob = Browser::logged_in(router, &clock).await;
    let id = bob.sessions[0].id.clone();
    let offer = offered(&bob.client.post("/login").await).unwrap();
    bob.register(&offer).await;
    let current = bob.sessions.iter().map(|session| session.id.clone()).find(|other| *other != id).unwrap();
    assert_eq!(bob.prove(REFRESH, &current, &offer).await.status, 403);
    let for_refresh =
        challenge_of(&post(&mut bob.client, REFRESH, &[("sec-secure-session-id", &current)]).await).unwrap();
    let proof = bob.device.register(&for_refresh);
    assert_eq!(post(&mut bob.client, START, &proof_header(&proof)).await.status, 403);
}

#[tokio::test]
async fn a_session_token_is_not_a_challenge_and_a_challenge_is_not_a_session() {
    let clock = TestClock::new();
    let mut ada = Browser::logged_in(without_store(&clock, &Keys::new()), &clock).await;
    ada.get("/me").await;
    let access = ada.client.cookie("__Host-access").unwrap().to_owned();
    let id = ada.sessions[0].id.clone();
    let reply = ada.prove(REFRESH, &id, &access).await;
    assert_eq!(reply.status, 403, "signed by the same key");
    let challenge = challenge_of(&reply).unwrap();
    let mut eve = TestClient::new(without_store(&clock, &Keys::new()));
    eve.plant_cookie("__Host-access", &challenge);
    assert_eq!(eve.get("/me").await.status, 401);
    ada.client.plant_cookie("__Host-access", &challenge);
    assert_eq!(ada.client.get("/me").await.status, 401);
}

#[tokio::test]
async fn a_malformed_or_misdirected_renewal_is_asked_again_or_refused() {
    let clock = TestClock::new();
    let mut ada = Browser::logged_in(with_store(&clock, &TestStore::with_clock(&clock)).0, &clock).await;
    let id = ada.sessions[0].id.clone();
    for proof in ["", "a.b.c", "\"", &"x".repeat(9000), "é"] {
        let headers = [("sec-secure-session-id", &*id), ("secure-session-response", proof)];
        let reply = post(&mut ada.client, REFRESH, &headers).await;
        assert_eq!(reply.status, 403, "{proof}");
        assert!(challenge_of(&reply).is_some());
    }
    for headers in [&[][..], &[("sec-secure-session-id", "")], &[("sec-secure-session-id", "other.AAAA")]] {
        assert_eq!(post(&mut ada.client, REFRESH, headers).await.status, 400, "{headers:?}");
    }
    let long = format!("__Host-access.{}", "a".repeat(600));
    assert_eq!(post(&mut ada.client, REFRESH, &[("sec-secure-session-id", &long)]).await.status, 400);
    let odd = "__Host-access.\\\"<x>";
    let told: serde_json::Value =
        post(&mut ada.client, REFRESH, &[("sec-secure-session-id", odd)]).await.json();
    assert_eq!((&told["session_identifier"], &told["continue"]), (&json!(odd), &json!(false)));
    // In quotes, as a string of a structured field has them.
    let quoted = format!("\"{id}\"");
    let challenge =
        challenge_of(&post(&mut ada.client, REFRESH, &[("sec-secure-session-id", &quoted)]).await).unwrap();
    assert_eq!(ada.prove(REFRESH, &quoted, &challenge).await.status, 200);
    for path in [START, REFRESH] {
        assert_eq!(ada.client.get(path).await.status, 405);
    }
    clock.advance(Duration::from_secs(SHORT + 1));
    assert_eq!(ada.get("/me").await.text(), "bound", "nothing of that ended the login");
}

#[tokio::test]
async fn other_sites_cannot_call_the_routes_with_the_visitors_cookies() {
    let clock = TestClock::new();
    let ada = Browser::logged_in(without_store(&clock, &Keys::new()), &clock).await;
    let id = ada.sessions[0].id.clone();
    let mut elsewhere = ada.client.clone().with_header("sec-fetch-site", "cross-site");
    let reply = post(&mut elsewhere, REFRESH, &[("sec-secure-session-id", &id)]).await;
    assert_eq!(reply.status, 503, "an answer after which the browser keeps its session");
}
