use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use unjwt::{JweKey, Jwk, JwsKey, jose};

use super::*;

const NOW: NumericDate = NumericDate::from_secs(1_796_083_200);

fn signed(jwk: &Jwk, payload: &str) -> String {
    jose::sign(payload.as_bytes(), &JwsKey::from_jwk(jwk.clone())).unwrap()
}

fn keys(text: &str) -> Keys {
    Keys::parse(text).unwrap()
}

fn shown(text: &str, keys: Option<&Keys>) -> (String, u8) {
    let report = inspect(text, keys, NOW, false).unwrap();
    (report.out, report.code)
}

#[test]
fn a_signed_token_is_verified_with_every_form_of_its_key() {
    let jwk = Jwk::generate("ES256").unwrap().with_kid("a");
    let token = signed(&jwk, r#"{"sub":"ada"}"#);
    let (out, code) = shown(&token, None);
    assert!(out.contains("not verified") && code == 0, "{out}");
    let public = jwk.public().unwrap().to_json();
    for file in [
        jwk.to_json(),
        public.clone(),
        format!(r#"{{"keys":[{public}]}}"#),
        jwk.to_pem().unwrap(),
        jwk.to_public_pem().unwrap(),
    ] {
        let (out, code) = shown(&token, Some(&keys(&file)));
        assert!(out.contains("\nverified with the key ") && code == 0, "{out}");
    }
    let other = Jwk::generate("ES256").unwrap().with_kid("a").to_json();
    let (out, code) = shown(&token, Some(&keys(&other)));
    assert!(out.contains("refused: the signature does not verify") && code == 1, "{out}");
    let named = Jwk::generate("ES256").unwrap().with_kid("b").to_json();
    let (out, _) = shown(&token, Some(&keys(&named)));
    assert!(out.contains("no key of the file is its key `a`: there is `b`"), "{out}");
    let (out, _) = shown(&token, Some(&keys(&Jwk::generate("A256GCM").unwrap().to_json())));
    assert!(out.contains("the file has no key that verifies"), "{out}");
}

#[test]
fn an_encrypted_token_shows_its_claims_to_the_holder_of_the_key() {
    for alg in ["A256GCM", "A128KW", "A256GCMKW", "ECDH-ES"] {
        let jwk = Jwk::generate(alg).unwrap();
        let token = jose::encrypt(br#"{"sub":"ada","exp":1}"#, &JweKey::from_jwk(jwk.clone())).unwrap();
        let (out, code) = shown(&token, None);
        assert!(out.contains("encrypted:") && !out.contains("ada") && code == 0, "{out}");
        let (out, code) = shown(&token, Some(&keys(&jwk.to_json())));
        assert!(
            out.contains("\"ada\"") && out.contains("decrypted with") && out.contains("\nexpired"),
            "{out}"
        );
        assert_eq!(code, 1, "it has expired");
        // No part but the header, which is decoded, and no value that it hides.
        for part in token.split('.').filter(|part| part.len() > 8) {
            assert!(!out.contains(part), "{out}");
        }
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        for hidden in [&header["iv"], &header["tag"], &header["epk"]["x"]] {
            assert!(hidden.as_str().is_none_or(|hidden| !out.contains(hidden)), "{out}");
        }
    }
}

#[test]
fn a_retired_key_opens_nothing_that_is_accepted() {
    let jwk = Jwk::generate("HS256").unwrap().with_kid("a").to_json();
    let ring = format!(r#"{{"keys":[{},"retire_at":1796083200}}]}}"#, jwk.trim_end_matches('}'));
    let token = signed(&Jwk::from_json(&jwk).unwrap(), "{}");
    let (out, code) = shown(&token, Some(&keys(&ring)));
    assert!(out.contains("refused: its key retired 2026-12-01 00:00:00 UTC (now)") && code == 1, "{out}");
    let broken = ring.replace("\"kid\"", "\"no\"");
    assert!(Keys::parse(&broken).unwrap_err().contains("`kid`"));
}

#[test]
fn what_is_not_a_file_of_keys_is_refused_and_not_quoted() {
    for text in ["", "s3cr3t", "{", r#"{"k":"s3cr3t"}"#, r#"{"keys":["s3cr3t"]}"#, "[]"] {
        let reason = Keys::parse(text).unwrap_err();
        assert!(!reason.is_empty() && !reason.contains("s3cr3t"), "{reason}");
    }
}

#[test]
fn a_public_key_is_no_secret_of_hmac() {
    let jwk = Jwk::generate("RS256").unwrap();
    let pem = jwk.to_public_pem().unwrap();
    let secret = URL_SAFE_NO_PAD.encode(&pem);
    let forger = Jwk::from_json(&format!(r#"{{"kty":"oct","alg":"HS256","k":"{secret}"}}"#)).unwrap();
    let (out, code) = shown(&signed(&forger, "{}"), Some(&keys(&pem)));
    assert!(out.contains("refused") && code == 1, "{out}");
}

#[test]
fn what_is_no_token_is_said() {
    assert!(matches!(inspect("", None, NOW, false), Err(Failure::Usage(_))));
    assert!(matches!(inspect("Cookie: a=b", None, NOW, false), Err(Failure::Usage(_))));
    for text in ["x", "a.b.c", "e30.*.", "eyJhIjoxLCJhIjoxfQ.e30.", &".".repeat(5)] {
        let (out, code) = shown(text, None);
        assert!(out.contains("refused: it is not a token") && code == 1, "{text}: {out}");
    }
    let (out, _) = shown(&"x".repeat(300_000), None);
    assert!(out.contains("has 300000 characters"), "{out}");
}

#[test]
fn dates_out_of_range_are_no_panic() {
    let jwk = Jwk::generate("HS256").unwrap();
    for exp in ["18446744073709551615", "-5", "1e300", "-1e300", "0.5", "\"x\"", "null", "{}"] {
        let token = signed(&jwk, &format!(r#"{{"exp":{exp},"nbf":{exp},"iat":{exp}}}"#));
        shown(&token, None);
    }
}

/// Texts that are tokens by half, with what a terminal would act on.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("eyJhbGciOiJIUzI1NiJ9".to_owned()),
        Just("__chunked__2".to_owned()),
        ".{0,12}",
        "(Cookie|Set-Cookie|Authorization|sid|sid\\.1|sid\\.2|__Host-a)[:=; .]{0,2}",
        ".{0,40}".prop_map(|text| {
            let header = serde_json::json!({ "alg": "HS256", "kid": text, &text: [text] });
            URL_SAFE_NO_PAD.encode(header.to_string())
        }),
        Just(".".to_owned()),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_reaches_the_terminal_as_it_is(text in hostile(), kid in ".{1,20}", as_json: bool) {
        let secret = "tUQRvDlH2UvMQA6y5nbFDA2Yk5ZqTHjZrqYvTyqdcRU";
        let jwk = Jwk::from_json(&format!(r#"{{"kty":"oct","alg":"HS256","k":"{secret}"}}"#)).unwrap().with_kid(kid);
        let keys = keys(&jwk.to_json());
        let claims = serde_json::json!({ &text: text, "sub": "\u{1b}[2J\u{9b}\u{202e}" }).to_string();
        for input in [text.clone(), signed(&jwk, &claims), format!("{}\u{1b}", signed(&jwk, &claims))] {
            for keys in [None, Some(&keys)] {
                let out = match inspect(&input, keys, NOW, as_json) {
                    Ok(report) => report.out,
                    Err(failure) => crate::terminal::printable(&failure.to_string()),
                };
                let is_safe = |char: char| char == '\n' || !char.is_control() && !('\u{202a}'..='\u{202e}').contains(&char);
                prop_assert!(out.chars().all(is_safe), "{out:?}");
                prop_assert!(!out.contains(secret));
                if as_json && out.starts_with('{') {
                    prop_assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{out}");
                }
            }
        }
    }
}
