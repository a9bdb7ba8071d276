//! Key pairs that encrypt.

use super::*;

/// One private key for each algorithm with a pair, and for each of its curves.
fn pairs() -> Vec<(JweAlg, Jwk)> {
    let rsa = Jwk::generate("RSA-OAEP").unwrap();
    let mut pairs = Vec::new();
    for &alg in JweAlg::ALL {
        match alg.management() {
            KeyManagement::RsaOaep(_) => pairs.push((alg, rsa.with_alg(alg.name()))),
            KeyManagement::EcdhEs(_) => pairs.extend(
                EcdhCurve::ALL.map(|curve| (alg, Jwk::generate_on_curve(alg.name(), curve.name()).unwrap())),
            ),
            _ => {}
        }
    }
    pairs
}

#[test]
fn pairs_that_encrypt() {
    for (alg, jwk) in pairs() {
        accepted(&JweKey::from_jwk(jwk.clone()), &profile());
        accepted(&JweKey::from_pair(jwk.clone(), None), &profile());
        accepted(&JweKey::from_pair(jwk.clone(), jwk.public()), &profile());
        accepted(&JweKey::from_jwk(with(&jwk, "alg", Value::Null)).algorithm(alg), &profile());
        accepted(&JweKey::from_jwk(with(&jwk, "alg", Value::Null)), &pinned(None, Some(alg), None));
        refused(&JweKey::from_jwk(with(&jwk, "alg", Value::Null)), &profile(), "names no algorithm");
        let public = jwk.public().unwrap();
        refused(&JweKey::from_jwk(public.clone()), &profile(), "is a public key, which decrypts nothing");
        refused(&JweKey::from_pair(public.clone(), None), &read_only(), "which decrypts nothing");
        assert!(JweKey::from_jwk(public.clone()).encrypter(&profile()).is_ok());
        refused(&JweKey::from_pair(jwk.clone(), public.with_kid("other")), &profile(), "make them the same");
        refused(&JweKey::from_jwk(with(&jwk, "use", json!("sig"))), &profile(), "needs `\"enc\"`");
    }
}

#[test]
fn pairs_whose_halves_do_not_fit() {
    for alg in ["RSA-OAEP-256", "ECDH-ES"] {
        let [a, b] = [(); 2].map(|()| Jwk::generate(alg).unwrap().with_kid("k"));
        refused(&JweKey::from_pair(a, b.public()), &profile(), "its halves do not match");
    }
    let [a, b] = [(); 2].map(|()| Jwk::generate_on_curve("ECDH-ES", "X25519").unwrap());
    refused(&JweKey::from_jwk(with(&a, "d", json!(b.text("d")))), &profile(), "its halves do not match");
    let p384 = Jwk::generate_on_curve("ECDH-ES", "P-384").unwrap().with_kid("k");
    refused(
        &JweKey::from_pair(a.with_kid("k"), p384.public()),
        &profile(),
        "is on `X25519`, but its public half is on `P-384`",
    );
}

#[test]
fn pairs_that_are_weak_or_malformed() {
    let rsa = Jwk::generate("RSA-OAEP").unwrap();
    let short = base64::encode(&[0xff; 255]);
    refused(&JweKey::from_jwk(with(&rsa, "n", json!(short))), &profile(), "2040 bits");
    refused(&JweKey::from_jwk(with(&rsa, "e", json!("AQ"))), &profile(), "is not a valid RSA exponent");
    refused(&JweKey::from_jwk(with(&rsa, "p", Value::Null)), &profile(), "without its primes");
    refused(
        &JweKey::from_jwk(with(&rsa, "d", json!("AQAB"))),
        &profile(),
        "is no private key for `RSA-OAEP`",
    );
    let es = Jwk::generate("ECDH-ES").unwrap();
    refused(&JweKey::from_jwk(with(&es, "crv", json!("secp256k1"))), &profile(), "`P-256`, `P-384`, `P-521`");
    refused(&JweKey::from_jwk(with(&es, "crv", json!("X25519"))), &profile(), "is on the curve `X25519`");
    refused(&JweKey::from_jwk(with(&es, "x", json!("AQAB"))), &profile(), "3 bytes instead of 32");
    refused(&JweKey::from_jwk(with(&es, "y", Value::Null)), &profile(), "no string `y`");
    refused(&JweKey::from_jwk(with(&es, "d", json!("AQAB"))), &profile(), "3 bytes instead of 32");
    let off_curve = with(&es, "x", json!(base64::encode(&[1; 32])));
    refused(&JweKey::from_jwk(off_curve), &profile(), "is no public key for `ECDH-ES`");
    refused(&JweKey::from_jwk(rsa.with_alg("ECDH-ES")), &profile(), "`ECDH-ES` needs `EC` or `OKP`");
    refused(&JweKey::from_jwk(es.with_alg("RSA-OAEP")), &profile(), "`RSA-OAEP` needs `RSA`");
    refused(&JweKey::from_jwk(es.with_alg("A256KW")), &profile(), "`A256KW` needs `oct`");
    refused(&JweKey::from_jwk(es.with_alg("RSA1_5")), &profile(), "not a known key management algorithm");
    refused(&JweKey::from_jwk(es.with_alg("ES256")), &profile(), "a signature algorithm");
    let xyz = serde_json::from_value(json!({"kty": "XYZ", "alg": "ECDH-ES", "d": "AQ"})).unwrap();
    refused(&JweKey::from_jwk(xyz), &profile(), "has the type `XYZ`");
}

#[test]
fn pairs_and_their_operations() {
    let rsa = Jwk::generate("RSA-OAEP").unwrap();
    for ops in [json!(["decrypt"]), json!(["unwrapKey", "wrapKey"])] {
        accepted(&JweKey::from_jwk(with(&rsa, "key_ops", ops)), &profile());
    }
    let private = with(&rsa, "key_ops", json!(["encrypt"]));
    refused(&JweKey::from_jwk(private), &profile(), "lacks `decrypt` or `unwrapKey`");
    let public = with(&rsa.public().unwrap(), "key_ops", json!(["verify"]));
    refused(&JweKey::from_pair(rsa.clone(), public), &profile(), "lacks `encrypt` or `wrapKey`");

    let ecdh = Jwk::generate("ECDH-ES").unwrap();
    for ops in [json!(["deriveKey"]), json!(["deriveBits"])] {
        let public = with(&ecdh.public().unwrap(), "key_ops", json!([]));
        accepted(&JweKey::from_pair(with(&ecdh, "key_ops", ops), public), &profile());
    }
    let private = with(&ecdh, "key_ops", json!(["decrypt"]));
    refused(&JweKey::from_jwk(private), &profile(), "lacks `deriveKey` or `deriveBits`");
}
