//! Keys with one `kid`, keys that are in a set twice, and sets that are large.

use serde_json::{Value, json};
use unjwt::{Jwk, JwkSet, JwsKey};

use super::ground::{Ground, alg, logged, public, refusal, set, verify};

fn pair(name: &str, kid: &str) -> (Jwk, String, String) {
    let on = Ground::new(
        ["RS256", "PS512", "ES256", "ES384", "EdDSA"].into_iter().find(|alg| *alg == name).unwrap(),
        false,
        "kids",
    );
    let private = on.good.with_kid(kid);
    let token = on.token(&private);
    let member = public(&private).to_string();
    (private, member, token)
}

#[test]
fn one_kid_is_enough_for_keys_of_different_algorithms() {
    let algs = ["RS256", "PS512", "ES256", "ES384", "EdDSA"];
    let keys = algs.map(|alg| pair(alg, "shared"));
    let members: Vec<_> = keys.iter().map(|(_, member, _)| member.as_str()).collect();
    let others = JwsKey::verify_only(set(&members));
    for (private, _, token) in &keys {
        verify(&others, token).unwrap();
        verify(&JwsKey::from_pair(private.clone(), set(&members)), token).unwrap();
    }
    // A pinned algorithm takes its own of them.
    for (name, (_, _, token)) in algs.iter().zip(&keys).skip(2) {
        let pinned = JwsKey::verify_only(set(&members)).algorithm(alg(name));
        assert!(
            keys.iter().all(|(_, _, other)| verify(&pinned, other).is_ok() == (other == token)),
            "{name}"
        );
    }
}

#[test]
fn the_second_of_two_keys_with_one_kid_and_one_algorithm_is_passed_over() {
    for name in ["ES256", "ES384", "EdDSA"] {
        let kid = format!("twins {name}");
        let [one, two] = [(); 2].map(|()| pair(name, &kid));
        for [first, second] in [[&one, &two], [&two, &one]] {
            let key = JwsKey::verify_only(set(&[&first.1, &second.1]));
            verify(&key, &first.2).unwrap();
            assert!(verify(&key, &second.2).is_err());
            let own = JwsKey::from_pair(first.0.clone(), set(&[&first.1, &second.1]));
            let refusal = refusal(&own);
            assert!(
                refusal.contains(&format!("have the `kid` `{kid}` and the algorithm `{name}`")),
                "{refusal}"
            );
        }
    }
}

#[test]
fn a_key_that_is_in_a_set_twice_is_used_once() {
    for name in ["RS256", "ES256", "EdDSA"] {
        let (private, member, token) = pair(name, &format!("twice {name}"));
        let same = set(&[&member, &member]);
        let lines = logged(|| verify(&JwsKey::verify_only(same.clone()), &token).unwrap());
        assert!(
            lines.len() == 1 && lines[0].contains(" INFO ") && lines[0].contains("is in the set twice"),
            "{lines:?}"
        );
        verify(&JwsKey::from_pair(private.clone(), same), &token).unwrap();
        // Under two names it is found by both.
        let renamed = private.with_kid("another name");
        let both = JwsKey::verify_only(set(&[&member, &public(&renamed).to_string(), "1"]));
        verify(&both, &token).unwrap();
        verify(&both, &unjwt::jose::sign(b"payload", &JwsKey::from_jwk(renamed)).unwrap()).unwrap();
    }
}

#[test]
fn a_member_that_repeats_a_name_is_no_jwk() {
    let (private, member, token) = pair("ES256", "good");
    for repeated in [r#""kid":"again""#, r#""x":"AA""#, r#""kty":"EC""#, r#""alg":"none""#] {
        let broken = format!("{},{repeated}}}", member.trim_end_matches('}'));
        verify(&JwsKey::verify_only(set(&[&broken, &member])), &token).unwrap();
        verify(&JwsKey::verify_only(set(&[&member, &broken])), &token).unwrap();
        for text in [
            refusal(&JwsKey::verify_only(set(&[&broken]))),
            refusal(&JwsKey::from_pair(private.clone(), set(&[&member, &broken]))),
        ] {
            assert!(text.contains("a JWK must have each member only once"), "{text}");
        }
    }
}

#[test]
fn no_published_secret_verifies_beside_what_may_be_a_public_key() {
    let secret = Jwk::generate("HS256").unwrap();
    let token = unjwt::jose::sign(b"payload", &JwsKey::from_jwk(secret.clone())).unwrap();
    let member = serde_json::to_value(&secret).unwrap().to_string();
    verify(&JwsKey::verify_only(set(&[&member])), &token).unwrap();
    let broken = r#"{"kty":"RSA","n":"AQ","e":"AQAB","alg":"RS256"}"#;
    for other in [broken, "{}", "1", r#"{"kty":"XYZ"}"#] {
        let refusal = refusal(&JwsKey::verify_only(set(&[&member, other])));
        assert!(refusal.contains("is symmetric and has no public half"), "{refusal}");
    }
    // Secrets are shared by those who trust each other, and none of them is broken.
    let short = r#"{"kty":"oct","k":"AAAA","alg":"HS256","kid":"short"}"#;
    let refusal = refusal(&JwsKey::verify_only(set(&[&member, short])));
    assert!(refusal.contains("at least 32 random ones"), "{refusal}");
}

#[test]
fn a_large_set_is_bounded_in_what_it_says() {
    let (_, good, token) = pair("ES256", "good");
    let weak = |number: usize| {
        let kid = format!("{number}{}", "\u{1b}[2J".repeat(5000));
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "alg": "ES256", "kid": kid}).to_string()
    };
    let members: Vec<_> = (0..1000).map(weak).collect();
    let mut texts: Vec<_> = members.iter().map(String::as_str).collect();
    let refusal = refusal(&JwsKey::verify_only(set(&texts)));
    assert!(refusal.ends_with("and 984 more") && refusal.len() < 10_000, "{}", refusal.len());
    assert!(!refusal.contains('\u{1b}'));
    texts.push(&good);
    let lines = logged(|| verify(&JwsKey::verify_only(set(&texts)), &token).unwrap());
    assert_eq!(lines.len(), 17, "{lines:?}");
    assert!(lines[16].contains("count=984"), "{}", lines[16]);
    assert!(lines.iter().all(|line| line.len() < 1500 && !line.contains('\u{1b}')), "{lines:?}");
}

#[test]
fn an_empty_set_is_told_from_one_of_which_nothing_is_left() {
    for empty in [JwkSet::default(), set(&[])] {
        assert!(refusal(&JwsKey::verify_only(empty)).ends_with("the set of public keys is empty"));
    }
    let members = [Value::Null, json!([]), json!({"kty": "XYZ"})].map(|member| member.to_string());
    let members: Vec<_> = members.iter().map(String::as_str).collect();
    let refusal = refusal(&JwsKey::verify_only(set(&members)));
    let expected = "no key of the set can verify: key 1 of the set: a JWK must be a JSON object; key 2 of the set: a JWK \
                    must be a JSON object; key 3 of the set: the key has the unknown type `XYZ`";
    assert!(refusal.ends_with(expected), "{refusal}");
}
