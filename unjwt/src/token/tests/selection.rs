use super::*;
use crate::key::JwkSet;
use crate::util::meter::Cost;

fn signer(jwk: &Jwk) -> String {
    JwsKey::from_jwk(jwk.clone()).prepare(&[], &untyped()).unwrap().seal(PAYLOAD).unwrap()
}

fn reader(publics: impl Into<JwkSet>) -> crate::token::jws::JwsCodec {
    JwsKey::verify_only(publics).prepare(&[], &Profile { read_only: true, ..untyped() }).unwrap()
}

fn without_kid(jwk: &Jwk) -> Jwk {
    Jwk::from_members(jwk.members().select(&["kty", "alg", "crv", "x", "y", "d", "k"])).unwrap()
}

#[test]
fn a_set_is_searched_by_kid() {
    let [a, b] = ["a", "b"].map(|kid| Jwk::generate("ES256").unwrap().with_kid(kid));
    let both = reader([a.public().unwrap(), b.public().unwrap()]);
    assert_eq!(open(&both, &signer(&a)).unwrap(), PAYLOAD);
    assert_eq!(open(&both, &signer(&b)).unwrap(), PAYLOAD);
    // The right key under another's name or nobody's.
    assert_eq!(refusal(&both, &signer(&a.with_kid("b"))), ErrorKind::JwsSignatureInvalid);
    assert_eq!(refusal(&both, &signer(&a.with_kid("c"))), ErrorKind::KeyNotFound);
    assert_eq!(open(&both, &signer(&without_kid(&b))).unwrap(), PAYLOAD);
}

#[test]
fn keys_without_kid_are_tried_for_every_token() {
    let [a, b] = ["a", "b"].map(|kid| Jwk::generate("ES256").unwrap().with_kid(kid));
    let both = reader([a.public().unwrap(), without_kid(&b).public().unwrap()]);
    assert_eq!(open(&both, &signer(&b)).unwrap(), PAYLOAD);
    assert_eq!(refusal(&both, &signer(&Jwk::generate("ES256").unwrap())), ErrorKind::JwsSignatureInvalid);
}

#[test]
fn a_lone_key_ignores_kid() {
    let key = Jwk::generate("ES256").unwrap();
    let alone = reader(key.public().unwrap());
    assert_eq!(open(&alone, &signer(&key.with_kid("renamed"))).unwrap(), PAYLOAD);
}

#[test]
fn a_set_accepts_the_algorithms_of_its_members_only() {
    let [a, b] = ["ES256", "Ed25519"].map(|alg| Jwk::generate(alg).unwrap());
    let both = reader([a.public().unwrap(), b.public().unwrap()]);
    assert_eq!(open(&both, &signer(&a)).unwrap(), PAYLOAD);
    assert_eq!(open(&both, &signer(&b)).unwrap(), PAYLOAD);
    let other = signer(&Jwk::generate("ES384").unwrap().with_kid(a.kid().unwrap()));
    assert_eq!(refusal(&both, &other), ErrorKind::JwsAlgorithmNotAllowed);
}

#[test]
fn what_is_also_read_is_never_written() {
    let [old, new] = [JwsKey::secret([1; 32]), JwsKey::secret([2; 32])];
    let before = old.prepare(&[], &profile()).unwrap();
    let after = new.prepare(std::slice::from_ref(&old), &profile()).unwrap();
    assert_eq!(open(&after, &before.seal(PAYLOAD).unwrap()).unwrap(), PAYLOAD);
    assert_eq!(open(&after, &after.seal(PAYLOAD).unwrap()).unwrap(), PAYLOAD);
    assert_eq!(refusal(&before, &after.seal(PAYLOAD).unwrap()), ErrorKind::JwsSignatureInvalid);

    let [old, new] = [JweKey::from_jwk(Jwk::generate("A256KW").unwrap()), JweKey::secret([2; 32])];
    let before = old.prepare(&[], &profile()).unwrap();
    let after = new.prepare(std::slice::from_ref(&old), &profile()).unwrap();
    assert_eq!(open(&after, &before.seal(PAYLOAD).unwrap()).unwrap(), PAYLOAD);
    assert_eq!(open(&after, &after.seal(PAYLOAD).unwrap()).unwrap(), PAYLOAD);
    assert_eq!(refusal(&before, &after.seal(PAYLOAD).unwrap()), ErrorKind::JweAlgorithmNotAllowed);
}

#[test]
fn encrypted_tokens_are_matched_by_kid() {
    let [a, b] = ["a", "b"].map(|kid| Jwk::generate("A256KW").unwrap().with_kid(kid));
    let codec = |jwk: &Jwk, also: &[JweKey]| JweKey::from_jwk(jwk.clone()).prepare(also, &profile()).unwrap();
    let both = codec(&a, &[JweKey::from_jwk(b.clone())]);
    assert_eq!(open(&both, &codec(&b, &[]).seal(PAYLOAD).unwrap()).unwrap(), PAYLOAD);
    let renamed = codec(&b.with_kid("c"), &[]).seal(PAYLOAD).unwrap();
    assert_eq!(refusal(&both, &renamed), ErrorKind::KeyNotFound);
    assert_eq!(open(&codec(&b, &[]), &renamed).unwrap(), PAYLOAD);
    assert_eq!(open(&both, &codec(&without_kid(&b), &[]).seal(PAYLOAD).unwrap()).unwrap(), PAYLOAD);
}

#[test]
fn the_key_that_writes_is_tried_however_many_there_are() {
    let own = Jwk::generate("ES256").unwrap();
    let others = (0..20).map(|_| without_kid(&Jwk::generate("ES256").unwrap()).public().unwrap());
    let others: Vec<Jwk> = others.collect();
    for (own, public) in [
        (without_kid(&own), without_kid(&own)),
        // The token has a name, and the key that verifies it has none.
        (own.clone(), without_kid(&own)),
        // The other way round.
        (without_kid(&own), own.clone()),
    ] {
        let publics: Vec<Jwk> = others.iter().cloned().chain(public.public()).collect();
        let key = JwsKey::from_pair(own.clone(), publics);
        let codec = key.prepare(&[], &profile()).unwrap();
        assert_eq!(open(&codec, &codec.seal(PAYLOAD).unwrap()).unwrap(), PAYLOAD);
        // Retired, its own tokens are still the first to be read.
        let next = JwsKey::from_jwk(Jwk::generate("ES256").unwrap());
        let after = next.prepare(&[key], &profile()).unwrap();
        assert_eq!(open(&after, &codec.seal(PAYLOAD).unwrap()).unwrap(), PAYLOAD);
    }
    // A name that twenty retired keys have too.
    let named = own.with_kid("k");
    let retired: Vec<JwsKey> =
        (0..20).map(|_| JwsKey::from_jwk(Jwk::generate("ES256").unwrap().with_kid("k"))).collect();
    let own = JwsKey::from_pair(named.clone(), without_kid(&named).public().unwrap());
    let codec = own.prepare(&retired, &profile()).unwrap();
    assert_eq!(open(&codec, &codec.seal(PAYLOAD).unwrap()).unwrap(), PAYLOAD);
}

#[test]
fn an_rsa_token_costs_the_keys_that_its_kid_selects() {
    let [own, old] = ["new", "old"].map(|kid| Jwk::generate("RSA-OAEP-256").unwrap().with_kid(kid));
    let codec = JweKey::from_jwk(own.clone()).prepare(&[JweKey::from_jwk(old.clone())], &profile()).unwrap();
    let cost = |token: &str| codec.open_cost(&codec.parse(token).unwrap());
    let by =
        |jwk: &Jwk| JweKey::from_jwk(jwk.clone()).prepare(&[], &profile()).unwrap().seal(PAYLOAD).unwrap();
    assert_eq!(cost(&by(&old)), Cost::rsa(256));
    let (_, rest) =
        by(&own).split_once('.').map(|(header, rest)| (header.to_owned(), rest.to_owned())).unwrap();
    let nameless = br#"{"typ":"session+jwt","alg":"RSA-OAEP-256","enc":"A256GCM"}"#;
    let nameless = format!("{}.{rest}", crate::util::base64::encode(nameless));
    assert_eq!(cost(&nameless), Cost::rsa(256).and(Cost::rsa(256)));
    assert_eq!(codec.seal_cost(), Cost::NONE, "encrypting takes the public key");
}

#[test]
fn what_signs_slowly_says_so() {
    for alg in ["RS256", "PS512"] {
        let codec = JwsKey::from_jwk(Jwk::generate(alg).unwrap()).prepare(&[], &profile()).unwrap();
        assert_eq!(codec.seal_cost(), Cost::rsa(256));
        let mut payload = PAYLOAD.to_vec();
        assert!(codec.seal_now(&mut payload).unwrap().is_none(), "{alg}");
        assert_eq!(payload, PAYLOAD);
        let token = codec.seal(&payload).unwrap();
        assert_eq!(codec.open_now(&codec.parse(&token).unwrap()).unwrap().unwrap(), PAYLOAD);
    }
    for alg in ["HS256", "ES512", "EdDSA"] {
        let codec = JwsKey::from_jwk(Jwk::generate(alg).unwrap()).prepare(&[], &profile()).unwrap();
        assert!(codec.seal_now(&mut PAYLOAD.to_vec()).unwrap().is_some(), "{alg}");
    }
}
