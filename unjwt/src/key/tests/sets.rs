//! Public keys and sets of keys.

use super::*;

#[test]
fn public_keys_do_not_sign() {
    let jwk = Jwk::generate("ES256").unwrap();
    let public = jwk.public().unwrap();
    refused(&JwsKey::from_jwk(public.clone()), &profile(), "is a public key, which signs nothing");
    refused(
        &JwsKey::from_pair(public.clone(), public.clone()),
        &profile(),
        "is a public key, which signs nothing",
    );
    refused(&JwsKey::verify_only(public.clone()), &profile(), "add `read_only`");
    assert!(JwsKey::from_jwk(public.clone()).prepare(&[], &read_only()).is_ok());
    assert!(JwsKey::verify_only(public.clone()).prepare(&[], &read_only()).is_ok());
    // Among the keys that are only read, a public one is welcome.
    let also = [JwsKey::verify_only(public.clone()), JwsKey::from_jwk(public)];
    assert!(JwsKey::secret([1; 32]).prepare(&also, &profile()).is_ok());
    refused(
        &JwsKey::from_pair(oct(32, "HS256"), jwk.public().unwrap()),
        &profile(),
        "use `JwsKey::from_jwk`",
    );
    refused(&JweKey::from_pair(oct(32, "A256KW"), None), &profile(), "use `JweKey::from_jwk`");
}

#[test]
fn the_public_half_is_among_the_publics() {
    let [a, b] = [(); 2].map(|()| Jwk::generate("Ed25519").unwrap());
    let publics = |keys: &[&Jwk]| keys.iter().map(|key| key.public().unwrap()).collect::<JwkSet>();
    accepted(&JwsKey::from_pair(a.clone(), publics(&[&b, &a])), &profile());
    refused(&JwsKey::from_pair(a.clone(), publics(&[&b])), &profile(), "is the public half of");
    refused(&JwsKey::from_pair(a.clone(), JwkSet::default()), &profile(), "is empty");
    let renamed = a.public().unwrap().with_kid("other");
    refused(&JwsKey::from_pair(a.clone(), renamed), &profile(), "make them the same");
    // Private members among the publics are as good as their public half.
    accepted(&JwsKey::from_pair(a.clone(), vec![b, a]), &profile());
}

#[test]
fn a_set_passes_over_what_it_has_no_use_for() {
    let jwk = Jwk::generate("ES256").unwrap();
    let public = jwk.public().unwrap();
    let odd = [
        json!({"kty": "XYZ"}),
        json!({"kty": "oct", "k": "AAAA", "alg": "HS256"}),
        json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA", "alg": "ES256K"}),
        json!({"kty": "OKP", "crv": "X25519", "x": "AA"}),
        json!({"kty": "RSA", "n": "AA", "e": "AQAB", "use": "enc", "alg": "RSA-OAEP"}),
    ]
    .map(|json| serde_json::from_value::<Jwk>(json).unwrap());
    let set: JwkSet = odd.iter().cloned().chain([public.clone()]).collect();
    accepted(&JwsKey::from_pair(jwk.clone(), set), &profile());
    let none: JwkSet = odd.into_iter().collect();
    refused(&JwsKey::verify_only(none), &read_only(), "no key of the set can verify");

    let twin = Jwk::generate("ES256").unwrap().public().unwrap().with_kid(public.kid().unwrap());
    refused(
        &JwsKey::from_pair(jwk.clone(), [public.clone(), twin]),
        &profile(),
        "and the algorithm `ES256`: give each its own `kid`",
    );
    accepted(&JwsKey::from_pair(jwk.clone(), [public.clone(), public.clone()]), &profile());
    // Understood, and wrong.
    let broken = with(&public, "y", json!("AQAB")).with_kid("broken");
    refused(&JwsKey::from_pair(jwk, [public, broken]), &profile(), "`y` of the key `broken`");
}

#[test]
fn a_set_of_secrets() {
    let [a, b] = ["a", "b"].map(|kid| Jwk::generate("HS256").unwrap().with_kid(kid));
    let codec = JwsKey::verify_only([a.clone(), b.clone()]).prepare(&[], &read_only()).unwrap();
    for jwk in [&a, &b] {
        let token = JwsKey::from_jwk(jwk.clone()).prepare(&[], &profile()).unwrap().seal(b"{}").unwrap();
        assert_eq!(codec.open(&codec.parse(&token).unwrap()).unwrap(), b"{}");
        // Never beside a public key.
        let public = Jwk::generate("ES256").unwrap().public().unwrap();
        let mixed = JwsKey::verify_only([a.clone(), b.clone(), public]).prepare(&[], &read_only()).unwrap();
        assert!(mixed.open(&mixed.parse(&token).unwrap()).is_err());
    }
    let twin = JwsKey::verify_only([a.clone(), b.with_kid("a")]);
    refused(&twin, &read_only(), "two keys of the set have the `kid`");
    refused(
        &JwsKey::verify_only([a.clone(), oct(31, "HS256")]),
        &read_only(),
        "needs at least 32 random ones",
    );
    refused(
        &JwsKey::from_pair(Jwk::generate("ES256").unwrap(), a),
        &profile(),
        "is symmetric and has no public half",
    );
}
