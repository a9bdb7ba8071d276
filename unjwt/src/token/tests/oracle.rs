//! Another implementation reads what ours writes, and the other way round.

use josekit::jwe::{self, JweDecrypter, JweEncrypter, JweHeader};
use josekit::jwk::Jwk as JoseJwk;
use josekit::jws::{self, JwsHeader, JwsSigner, JwsVerifier};

use super::*;

fn jose(jwk: &Jwk) -> JoseJwk {
    JoseJwk::from_bytes(serde_json::to_vec(jwk).unwrap()).unwrap()
}

fn jws_pair(alg: JwsAlg, private: &Jwk) -> (Box<dyn JwsSigner>, Box<dyn JwsVerifier>) {
    let signing = jose(private);
    let verifying = jose(&private.public().unwrap_or(private.clone()));
    macro_rules! pair {
        ($alg:expr) => {
            (
                Box::new($alg.signer_from_jwk(&signing).unwrap()),
                Box::new($alg.verifier_from_jwk(&verifying).unwrap()),
            )
        };
    }
    match alg {
        JwsAlg::Hs256 => pair!(jws::HS256),
        JwsAlg::Hs384 => pair!(jws::HS384),
        JwsAlg::Hs512 => pair!(jws::HS512),
        JwsAlg::Rs256 => pair!(jws::RS256),
        JwsAlg::Rs384 => pair!(jws::RS384),
        JwsAlg::Rs512 => pair!(jws::RS512),
        JwsAlg::Ps256 => pair!(jws::PS256),
        JwsAlg::Ps384 => pair!(jws::PS384),
        JwsAlg::Ps512 => pair!(jws::PS512),
        JwsAlg::Es256 => pair!(jws::ES256),
        JwsAlg::Es384 => pair!(jws::ES384),
        JwsAlg::Es512 => pair!(jws::ES512),
        JwsAlg::EdDsa | JwsAlg::Ed25519 => pair!(jws::EdDSA),
    }
}

#[test]
fn signed_tokens_pass_both_ways() {
    let rsa = Jwk::generate("RS256").unwrap();
    for &alg in JwsAlg::ALL {
        // The other implementation has only the older name.
        if alg == JwsAlg::Ed25519 {
            continue;
        }
        let jwk = match rsa_name(alg) {
            true => rsa.with("alg", alg.name().to_owned()),
            false => Jwk::generate(alg.name()).unwrap(),
        };
        let (signer, verifier) = jws_pair(alg, &jwk);
        let codec = JwsKey::from_jwk(jwk).prepare(&[], &profile()).unwrap();

        let token = codec.seal(PAYLOAD).unwrap();
        let (payload, header) = jws::deserialize_compact(&token, &*verifier).unwrap();
        assert_eq!((payload.as_slice(), header.token_type()), (PAYLOAD, Some("session+jwt")), "{alg:?}");

        let mut header = JwsHeader::new();
        header.set_token_type("session+jwt");
        let token = jws::serialize_compact(PAYLOAD, &header, &*signer).unwrap();
        assert_eq!(open(&codec, &token).unwrap(), PAYLOAD, "{alg:?}");
    }
}

fn jwe_pair(alg: JweAlg, private: &Jwk) -> (Box<dyn JweEncrypter>, Box<dyn JweDecrypter>) {
    let decrypting = jose(private);
    let encrypting = jose(&private.public().unwrap_or(private.clone()));
    macro_rules! pair {
        ($alg:expr) => {
            (
                Box::new($alg.encrypter_from_jwk(&encrypting).unwrap()),
                Box::new($alg.decrypter_from_jwk(&decrypting).unwrap()),
            )
        };
    }
    match alg {
        JweAlg::Dir => pair!(jwe::Dir),
        JweAlg::A128Kw => pair!(jwe::A128KW),
        JweAlg::A192Kw => pair!(jwe::A192KW),
        JweAlg::A256Kw => pair!(jwe::A256KW),
        JweAlg::A128GcmKw => pair!(jwe::A128GCMKW),
        JweAlg::A192GcmKw => pair!(jwe::A192GCMKW),
        JweAlg::A256GcmKw => pair!(jwe::A256GCMKW),
        JweAlg::RsaOaep => pair!(jwe::RSA_OAEP),
        JweAlg::RsaOaep256 => pair!(jwe::RSA_OAEP_256),
        JweAlg::RsaOaep384 => pair!(jwe::RSA_OAEP_384),
        JweAlg::RsaOaep512 => pair!(jwe::RSA_OAEP_512),
        JweAlg::EcdhEs => pair!(jwe::ECDH_ES),
        JweAlg::EcdhEsA128Kw => pair!(jwe::ECDH_ES_A128KW),
        JweAlg::EcdhEsA192Kw => pair!(jwe::ECDH_ES_A192KW),
        JweAlg::EcdhEsA256Kw => pair!(jwe::ECDH_ES_A256KW),
        JweAlg::Pbes2Hs256A128Kw | JweAlg::Pbes2Hs384A192Kw | JweAlg::Pbes2Hs512A256Kw => {
            unreachable!("passwords have no JWK")
        }
    }
}

#[test]
fn encrypted_tokens_pass_both_ways() {
    for &enc in Enc::ALL {
        for &alg in JweAlg::ALL {
            for jwk in jwe_jwks(alg, enc) {
                let (encrypter, decrypter) = jwe_pair(alg, &jwk);
                let codec = JweKey::from_jwk(jwk).prepare(&[], &pinned_jwe(None, Some(enc))).unwrap();
                both_ways(&codec, enc, &*encrypter, &*decrypter);
            }
        }
        for (alg, algorithm) in [
            (JweAlg::Pbes2Hs256A128Kw, jwe::PBES2_HS256_A128KW),
            (JweAlg::Pbes2Hs384A192Kw, jwe::PBES2_HS384_A192KW),
            (JweAlg::Pbes2Hs512A256Kw, jwe::PBES2_HS512_A256KW),
        ] {
            let mut encrypter = algorithm.encrypter_from_bytes(PASSWORD).unwrap();
            encrypter.set_iter_count(1000);
            encrypter.set_salt_len(16);
            let decrypter = algorithm.decrypter_from_bytes(PASSWORD).unwrap();
            let key = JweKey::password(PASSWORD).iterations(1000);
            let codec = key.prepare(&[], &pinned_jwe(Some(alg), Some(enc))).unwrap();
            both_ways(&codec, enc, &encrypter, &decrypter);
        }
    }
}

#[test]
fn parties_that_a_token_names_are_part_of_its_key() {
    let jwk = Jwk::generate("ECDH-ES").unwrap();
    let (_, decrypter) = jwe_pair(JweAlg::EcdhEs, &jwk);
    let mut encrypter = jwe::ECDH_ES.encrypter_from_jwk(&jose(&jwk.public().unwrap())).unwrap();
    encrypter.set_agreement_partyuinfo(b"Alice");
    encrypter.set_agreement_partyvinfo(b"Bob");
    let codec = JweKey::from_jwk(jwk).prepare(&[], &profile()).unwrap();
    both_ways(&codec, Enc::A256Gcm, &encrypter, &*decrypter);
}

fn both_ways<C: Codec>(codec: &C, enc: Enc, encrypter: &dyn JweEncrypter, decrypter: &dyn JweDecrypter) {
    let token = codec.seal(PAYLOAD).unwrap();
    let (payload, header) = jwe::deserialize_compact(&token, decrypter).unwrap();
    assert_eq!((payload.as_slice(), header.token_type()), (PAYLOAD, Some("session+jwt")));

    let mut header = JweHeader::new();
    header.set_token_type("session+jwt");
    header.set_content_encryption(enc.name());
    let token = jwe::serialize_compact(PAYLOAD, &header, encrypter).unwrap();
    assert_eq!(open(codec, &token).unwrap(), PAYLOAD);
}
