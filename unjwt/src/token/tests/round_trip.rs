use super::*;
use crate::token::Parsed;
use crate::util::base64;

fn header(token: &str) -> serde_json::Value {
    let segment = token.split('.').next().unwrap();
    serde_json::from_slice(&base64::decode(segment).unwrap()).unwrap()
}

#[test]
fn every_signature_algorithm_opens_what_it_sealed() {
    for (alg, key) in jws_keys() {
        let codec = key.prepare(&[], &profile()).unwrap();
        let token = codec.seal(PAYLOAD).unwrap();
        assert_eq!(token.capacity(), token.len(), "{alg:?}");
        assert_eq!(header(&token)["alg"], alg.name());
        assert_eq!(header(&token)["typ"], "session+jwt");
        assert!(header(&token)["kid"].is_string());
        assert_eq!(open(&codec, &token).unwrap(), PAYLOAD, "{alg:?}");
        // RSA is for a worker.
        let is_rsa = alg.name().starts_with(['R', 'P']);
        assert_eq!(codec.seal_now(&mut PAYLOAD.to_vec()).unwrap().is_none(), is_rsa, "{alg:?}");
        assert!(codec.open_now(&codec.parse(&token).unwrap()).unwrap().is_some());

        // Once more without the short cut for our own header.
        let reader = key.prepare(&[], &Profile { read_only: true, typ: None, ..profile() }).unwrap();
        assert_eq!(open(&reader, &token).unwrap(), PAYLOAD, "{alg:?}");
        assert_eq!(reader.seal(PAYLOAD).unwrap_err().kind(), ErrorKind::KeyNotFound);
    }
}

#[test]
fn every_encryption_opens_what_it_sealed() {
    for (alg, enc, key, profile) in jwe_keys() {
        let codec = key.prepare(&[], &profile).unwrap();
        for payload in [PAYLOAD, b"", &[b'x'; 5000]] {
            let token = codec.seal(payload).unwrap();
            assert_eq!(token.capacity(), token.len(), "{alg:?} {enc:?}");
            assert_eq!(header(&token)["alg"], alg.name());
            assert_eq!(header(&token)["enc"], enc.name());
            assert_eq!(open(&codec, &token).unwrap(), payload, "{alg:?} {enc:?}");
            assert_ne!(codec.seal(payload).unwrap(), token, "{alg:?} {enc:?}");
        }

        let token = codec.seal(PAYLOAD).unwrap();
        let reader = key.prepare(&[], &Profile { read_only: true, typ: None, ..profile.clone() }).unwrap();
        assert_eq!(open(&reader, &token).unwrap(), PAYLOAD, "{alg:?} {enc:?}");
        assert_eq!(reader.seal(PAYLOAD).unwrap_err().kind(), ErrorKind::KeyNotFound);

        // A password's key is remembered by now.
        let now = reader.open_now(&reader.parse(&token).unwrap()).unwrap();
        let slow = matches!(alg.management(), KeyManagement::RsaOaep(_));
        assert_eq!(now.is_none(), slow, "{alg:?} {enc:?}");
    }
}

#[test]
fn an_unpinned_encryption_writes_a256gcm_and_reads_its_family() {
    let key = JweKey::from_jwk(Jwk::generate("A256KW").unwrap());
    let unpinned = key.prepare(&[], &profile()).unwrap();
    assert_eq!(header(&unpinned.seal(PAYLOAD).unwrap())["enc"], "A256GCM");
    for enc in [Enc::A128Gcm, Enc::A192Gcm, Enc::A256Gcm] {
        let pinned = key.prepare(&[], &pinned_jwe(None, Some(enc))).unwrap();
        let token = pinned.seal(PAYLOAD).unwrap();
        assert_eq!(open(&unpinned, &token).unwrap(), PAYLOAD);
        let other = if enc == Enc::A128Gcm { Enc::A256Gcm } else { Enc::A128Gcm };
        let other = key.prepare(&[], &pinned_jwe(None, Some(other))).unwrap();
        assert_eq!(refusal(&other, &token), ErrorKind::JweEncryptionNotAllowed);
    }
}

#[test]
fn a_jwk_with_enc_reads_only_that() {
    let jwk = Jwk::generate("A128KW").unwrap();
    let named = JweKey::from_jwk(jwk.with("enc", "A128GCM".to_owned())).prepare(&[], &profile()).unwrap();
    let unnamed = JweKey::from_jwk(jwk).prepare(&[], &profile()).unwrap();
    assert_eq!(header(&named.seal(PAYLOAD).unwrap())["enc"], "A128GCM");
    assert_eq!(refusal(&named, &unnamed.seal(PAYLOAD).unwrap()), ErrorKind::JweEncryptionNotAllowed);
}

#[test]
fn a_secret_is_bound_to_the_session_and_to_the_algorithm() {
    let key = JweKey::secret([1; 32]);
    let codec = key.prepare(&[], &profile()).unwrap();
    let token = codec.seal(PAYLOAD).unwrap();
    assert_eq!(open(&JweKey::secret([1; 32]).prepare(&[], &profile()).unwrap(), &token).unwrap(), PAYLOAD);

    let elsewhere = Profile { name: "other".to_owned(), ..profile() };
    let other = key.prepare(&[], &elsewhere).unwrap();
    assert_eq!(refusal(&other, &token), ErrorKind::JweDecryptionFailed);
    let other = JweKey::secret([2; 32]).prepare(&[], &profile()).unwrap();
    assert_eq!(refusal(&other, &token), ErrorKind::JweDecryptionFailed);
}

#[test]
fn both_names_of_ed25519_are_read_and_the_configured_one_is_written() {
    let jwk = Jwk::generate("Ed25519").unwrap();
    let key = JwsKey::from_jwk(jwk.clone());
    let fully_specified = key.prepare(&[], &profile()).unwrap();
    let first = key.prepare(&[], &pinned_jws(JwsAlg::EdDsa)).unwrap();
    let tokens = [fully_specified.seal(PAYLOAD).unwrap(), first.seal(PAYLOAD).unwrap()];
    assert_eq!(header(&tokens[0])["alg"], "Ed25519");
    assert_eq!(header(&tokens[1])["alg"], "EdDSA");
    for token in &tokens {
        assert_eq!(open(&fully_specified, token).unwrap(), PAYLOAD);
        assert_eq!(open(&first, token).unwrap(), PAYLOAD);
    }
    let unnamed = Jwk::from_members(jwk.members().select(&["kty", "crv", "x", "d"])).unwrap();
    let unnamed = JwsKey::from_jwk(unnamed).prepare(&[], &profile()).unwrap();
    assert_eq!(header(&unnamed.seal(PAYLOAD).unwrap())["alg"], "EdDSA");
}

#[test]
fn a_parsed_token_tells_its_header() {
    let codec =
        JweKey::from_jwk(Jwk::generate("A256KW").unwrap().with_kid("k")).prepare(&[], &profile()).unwrap();
    let token = codec.seal(PAYLOAD).unwrap();
    let parsed = codec.parse(&token).unwrap();
    assert_eq!(
        (parsed.alg(), parsed.enc(), parsed.kid(), parsed.typ()),
        ("A256KW", Some("A256GCM"), Some("k"), Some("session+jwt"))
    );
    let codec = JwsKey::secret([1; 32]).prepare(&[], &profile()).unwrap();
    let token = codec.seal(PAYLOAD).unwrap();
    let parsed = codec.parse(&token).unwrap();
    assert_eq!(
        (parsed.alg(), parsed.enc(), parsed.kid(), parsed.typ()),
        ("HS256", None, None, Some("session+jwt"))
    );
}

#[test]
fn what_one_codec_parsed_another_opens_by_its_own_rules() {
    let token = JwsKey::secret([1; 32]).prepare(&[], &profile()).unwrap().seal(PAYLOAD).unwrap();
    let parser = JwsKey::secret([2; 32]).prepare(&[], &profile()).unwrap();
    let parsed = parser.parse(&token).unwrap();
    assert!(parser.open(&parsed).is_err());
    assert_eq!(JwsKey::secret([1; 32]).prepare(&[], &profile()).unwrap().open(&parsed).unwrap(), PAYLOAD);
    let stricter = JwsKey::secret([1; 64]).prepare(&[], &pinned_jws(JwsAlg::Hs512)).unwrap();
    assert_eq!(stricter.open(&parsed).unwrap_err().kind(), ErrorKind::JwsAlgorithmNotAllowed);
}
