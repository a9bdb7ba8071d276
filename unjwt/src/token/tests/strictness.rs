use super::*;
use crate::util::base64;

fn b64(text: &str) -> String {
    base64::encode(text.as_bytes())
}

/// A token signed with HS256 whatever its header says.
fn hs256(header: &str, payload: &str) -> String {
    let input = format!("{header}.{payload}");
    let signature =
        crate::crypto::SigningKey::hmac(crate::alg::Hash::Sha256, &[1; 32]).sign(input.as_bytes()).unwrap();
    format!("{input}.{}", base64::encode(signature.as_ref()))
}

#[test]
fn signed_tokens_are_refused_by_structure() {
    let codec = JwsKey::secret([1; 32]).prepare(&[], &untyped()).unwrap();
    let payload = base64::encode(PAYLOAD);
    let good = hs256(&b64(r#"{"alg":"HS256"}"#), &payload);
    assert_eq!(open(&codec, &good).unwrap(), PAYLOAD);
    let [header, _, signature] = [0, 1, 2].map(|n| good.split('.').nth(n).unwrap());

    for token in [
        String::new(),
        ".".into(),
        "..".into(),
        format!("{header}.{payload}"),
        format!("{good}."),
        format!("{good}.x"),
        format!(".{good}"),
        format!("{good}="),
        format!("{good} "),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}==.{signature}"),
        format!("é{header}.{payload}.{signature}"),
        format!(".{payload}.{signature}"),
        "a".repeat(20_000),
        format!("{header}.{}.{signature}", "A".repeat(20_000)),
        format!("{header}.{payload}.{}", "A".repeat(2000)),
    ] {
        assert_eq!(refusal(&codec, &token), ErrorKind::JwsInvalid, "{token}");
    }
    // A signature that another text would decode to as well.
    let last = signature.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = alphabet.chars().nth(alphabet.find(last).unwrap() + 1).unwrap();
    let loose = format!("{header}.{payload}.{}{next}", &signature[..signature.len() - 1]);
    assert_eq!(refusal(&codec, &loose), ErrorKind::JwsInvalid);

    for header in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","b64":false}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","zip":"DEF"}"#,
        r#"{"typ":"JWT"}"#,
        r#"["HS256"]"#,
        "null",
        "",
    ] {
        assert_eq!(refusal(&codec, &hs256(&b64(header), &payload)), ErrorKind::JwsInvalid, "{header}");
    }
    // Signed by the key's owner, and still not base64url.
    for payload in ["QR", "Q Q", "QQ==", "+/8"] {
        assert_eq!(refusal(&codec, &hs256(header, payload)), ErrorKind::JwsInvalid, "{payload}");
    }
}

#[test]
fn signed_tokens_are_refused_by_algorithm() {
    let codec = JwsKey::secret([1; 32]).prepare(&[], &untyped()).unwrap();
    for alg in ["none", "None", "", "hs256", "HS384", "HS512", "RS256", "ES256", "EdDSA", "dir", "HS256 "] {
        let token = hs256(&b64(&format!(r#"{{"alg":"{alg}"}}"#)), &base64::encode(PAYLOAD));
        assert_eq!(refusal(&codec, &token), ErrorKind::JwsAlgorithmNotAllowed, "{alg}");
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert_eq!(refusal(&codec, &unsigned), ErrorKind::JwsAlgorithmNotAllowed, "{alg}");
    }
}

#[test]
fn a_public_key_is_never_an_hmac_secret() {
    let jwk = Jwk::generate("RS256").unwrap();
    let codec = JwsKey::from_jwk(jwk.clone()).prepare(&[], &untyped()).unwrap();
    for secret in [
        serde_json::to_vec(&jwk.public().unwrap()).unwrap(),
        base64::decode(jwk.text("n").unwrap()).unwrap(),
        jwk.text("n").unwrap().as_bytes().to_vec(),
    ] {
        let input = format!("{}.{}", b64(r#"{"alg":"HS256"}"#), base64::encode(PAYLOAD));
        let signature = crate::crypto::SigningKey::hmac(crate::alg::Hash::Sha256, &secret)
            .sign(input.as_bytes())
            .unwrap();
        let token = format!("{input}.{}", base64::encode(signature.as_ref()));
        assert_eq!(refusal(&codec, &token), ErrorKind::JwsAlgorithmNotAllowed);
    }
}

#[test]
fn typ_is_the_sessions_own() {
    let key = JwsKey::secret([1; 32]);
    let codec = key.prepare(&[], &profile()).unwrap();
    for typ in ["JWT", "SESSION+JWT", "session+jwt ", "application/session+jwt", "", "session"] {
        let other = key.prepare(&[], &Profile { typ: Some(typ.to_owned()), ..profile() }).unwrap();
        assert_eq!(refusal(&codec, &other.seal(PAYLOAD).unwrap()), ErrorKind::JwsInvalid, "{typ}");
    }
    let without = key.prepare(&[], &untyped()).unwrap();
    assert_eq!(refusal(&codec, &without.seal(PAYLOAD).unwrap()), ErrorKind::JwsInvalid);
    assert_eq!(open(&without, &codec.seal(PAYLOAD).unwrap()).unwrap(), PAYLOAD);

    let key = JweKey::secret([1; 32]);
    let codec = key.prepare(&[], &profile()).unwrap();
    let without = key.prepare(&[], &untyped()).unwrap();
    assert_eq!(refusal(&codec, &without.seal(PAYLOAD).unwrap()), ErrorKind::JweInvalid);
    assert_eq!(open(&without, &codec.seal(PAYLOAD).unwrap()).unwrap(), PAYLOAD);
}

#[test]
fn encrypted_tokens_are_refused_by_structure() {
    for (alg, enc, key, profile) in jwe_keys() {
        let codec = key.prepare(&[], &profile).unwrap();
        let good = codec.seal(PAYLOAD).unwrap();
        let segments: Vec<&str> = good.split('.').collect();
        let with = |index: usize, segment: &str| {
            let mut segments = segments.clone();
            segments[index] = segment;
            segments.join(".")
        };
        let mut malformed = vec![
            String::new(),
            "....".to_owned(),
            segments[..4].join("."),
            segments[..3].join("."),
            format!("{good}."),
            format!(".{good}"),
            format!("{good}="),
            format!("{good}\n"),
            with(0, ""),
            with(0, "e30"),
            with(2, ""),
            with(4, ""),
            with(3, "A"),
            with(3, "QR"),
            with(3, "Q Q"),
            with(1, "A"),
            "a".repeat(20_000),
        ];
        // Every length but the one of the algorithm.
        for len in (0..40).chain([64, 72, 128]) {
            let bytes = base64::encode(&vec![7; len]);
            if len != enc.iv_len() {
                malformed.push(with(2, &bytes));
            }
            if len != enc.tag_len() {
                malformed.push(with(4, &bytes));
            }
            if len != base64::decoded_len(segments[1].len()).unwrap() {
                malformed.push(with(1, &bytes));
            }
        }
        for (index, segment) in segments.iter().enumerate().skip(1) {
            for end in (0..segment.len()).step_by(if segment.len() > 100 { 7 } else { 1 }) {
                if index != 3 {
                    malformed.push(with(index, &segment[..end]));
                }
            }
            malformed.push(with(index, &format!("{segment}=")));
            malformed.push(with(index, &format!("{segment} ")));
            malformed.push(with(index, &format!("{}AAAA", if index == 3 { "=" } else { segment })));
        }
        // The boundary between ciphertext and tag is not the sender's to move.
        malformed.push(
            [&segments[..3], &[&format!("{}{}", segments[3], &segments[4][..4]), &segments[4][4..]]]
                .concat()
                .join("."),
        );
        for token in malformed {
            if token == good {
                continue;
            }
            assert_eq!(refusal(&codec, &token), ErrorKind::JweInvalid, "{alg:?} {enc:?} {token}");
        }
    }
}

#[test]
fn encrypted_tokens_are_refused_by_header() {
    let key = JweKey::secret([1; 32]);
    let codec = key.prepare(&[], &untyped()).unwrap();
    let token = codec.seal(PAYLOAD).unwrap();
    let rest = token.split_once('.').unwrap().1;
    let salt = base64::encode(&[1; 16]);
    for (header, kind) in [
        (r#"{"alg":"dir","enc":"A256GCM","zip":"DEF"}"#.to_owned(), ErrorKind::JweInvalid),
        (r#"{"alg":"dir","enc":"A256GCM","crit":["exp"]}"#.to_owned(), ErrorKind::JweInvalid),
        (r#"{"alg":"dir","enc":"A256GCM","crit":[]}"#.to_owned(), ErrorKind::JweInvalid),
        (r#"{"alg":"dir","enc":"A256GCM","enc":"A256GCM"}"#.to_owned(), ErrorKind::JweInvalid),
        (r#"{"alg":"dir","enc":"A256GCM","p2c":1000}"#.to_owned(), ErrorKind::JweInvalid),
        (r#"{"alg":"dir"}"#.to_owned(), ErrorKind::JweInvalid),
        (r#"{"alg":"none","enc":"A256GCM"}"#.to_owned(), ErrorKind::JweAlgorithmNotAllowed),
        (r#"{"alg":"A256KW","enc":"A256GCM"}"#.to_owned(), ErrorKind::JweAlgorithmNotAllowed),
        (r#"{"alg":"RSA1_5","enc":"A256GCM"}"#.to_owned(), ErrorKind::JweAlgorithmNotAllowed),
        (
            format!(r#"{{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":1000,"p2s":"{salt}"}}"#),
            ErrorKind::JweAlgorithmNotAllowed,
        ),
        (r#"{"alg":"dir","enc":"A128GCM"}"#.to_owned(), ErrorKind::JweEncryptionNotAllowed),
        (r#"{"alg":"dir","enc":"A256gcm"}"#.to_owned(), ErrorKind::JweEncryptionNotAllowed),
        (r#"{"alg":"dir","enc":"none"}"#.to_owned(), ErrorKind::JweEncryptionNotAllowed),
        // Right in every respect, and not the header that was authenticated.
        (r#"{"enc":"A256GCM","alg":"dir"}"#.to_owned(), ErrorKind::JweDecryptionFailed),
        (r#"{"alg":"dir","enc":"A256GCM","jwk":{}}"#.to_owned(), ErrorKind::JweDecryptionFailed),
    ] {
        assert_eq!(refusal(&codec, &format!("{}.{rest}", b64(&header))), kind, "{header}");
    }
}

#[test]
fn a_content_encryption_with_other_lengths_is_refused_by_name() {
    let key = JweKey::from_jwk(Jwk::generate("A256KW").unwrap());
    let codec = key.prepare(&[], &untyped()).unwrap();
    for enc in [Enc::A128CbcHs256, Enc::A192CbcHs384, Enc::A256CbcHs512] {
        let header = b64(&format!(r#"{{"alg":"A256KW","enc":"{}"}}"#, enc.name()));
        let parts =
            [enc.key_len() + 8, enc.iv_len(), 32, enc.tag_len()].map(|len| base64::encode(&vec![1; len]));
        let token = format!("{header}.{}", parts.join("."));
        assert_eq!(refusal(&codec, &token), ErrorKind::JweEncryptionNotAllowed);
    }
}

#[test]
fn failures_that_need_the_key_are_one() {
    for (alg, enc, key, profile) in jwe_keys() {
        let codec = key.prepare(&[], &profile).unwrap();
        let token = codec.seal(PAYLOAD).unwrap();
        let segments: Vec<&str> = token.split('.').collect();
        for index in (1..5).filter(|index| !segments[*index].is_empty()) {
            let bytes = base64::decode(segments[index]).unwrap();
            for at in [0, bytes.len() / 2, bytes.len() - 1] {
                let mut bytes = bytes.clone();
                bytes[at] ^= 1;
                let changed = base64::encode(&bytes);
                let mut segments = segments.clone();
                segments[index] = &changed;
                let error = open(&codec, &segments.join(".")).unwrap_err();
                assert_eq!(error, Error::new(ErrorKind::JweDecryptionFailed, ""), "{alg:?} {enc:?} {index}");
            }
        }
    }
}

#[test]
fn an_ephemeral_key_is_one_of_the_keys_curve() {
    for curve in EcdhCurve::ALL {
        let jwk = Jwk::generate_on_curve("ECDH-ES", curve.name()).unwrap();
        let codec = JweKey::from_jwk(jwk.with_kid("k")).prepare(&[], &untyped()).unwrap();
        let token = codec.seal(PAYLOAD).unwrap();
        let (header, rest) = token.split_once('.').unwrap();
        let header: serde_json::Value = serde_json::from_slice(&base64::decode(header).unwrap()).unwrap();
        let with = |name: &str, value: serde_json::Value| {
            let mut header = header.clone();
            header[name] = value;
            format!("{}.{rest}", b64(&header.to_string()))
        };
        // Ours, without the shortcut for what cannot be a header of ours.
        assert_eq!(refusal(&codec, &with("kid", "other".into())), ErrorKind::JweDecryptionFailed);
        for other in EcdhCurve::ALL.into_iter().filter(|other| *other != curve) {
            let epk = Jwk::generate_on_curve("ECDH-ES", other.name()).unwrap().public().unwrap();
            let token = with("epk", serde_json::to_value(epk).unwrap());
            assert_eq!(refusal(&codec, &token), ErrorKind::JweInvalid, "{curve:?} {other:?}");
        }
        // On the right curve, and no point of it that any key has.
        let mut epk = header["epk"].clone();
        epk["x"] = base64::encode(&vec![0; curve.len()]).into();
        assert_eq!(refusal(&codec, &with("epk", epk)), ErrorKind::JweDecryptionFailed, "{curve:?}");
        let private = serde_json::to_value(Jwk::generate_on_curve("ECDH-ES", curve.name()).unwrap()).unwrap();
        assert_eq!(refusal(&codec, &with("epk", private)), ErrorKind::JweInvalid, "{curve:?}");
    }
}

#[test]
fn the_longest_token_is_the_profiles() {
    let key = JwsKey::secret([1; 32]);
    let token = key.prepare(&[], &profile()).unwrap().seal(PAYLOAD).unwrap();
    let limited = |max_token_len| key.prepare(&[], &Profile { max_token_len, ..profile() }).unwrap();
    assert_eq!(open(&limited(token.len()), &token).unwrap(), PAYLOAD);
    assert_eq!(refusal(&limited(token.len() - 1), &token), ErrorKind::JwsInvalid);
}
