//! josekit reads what ours writes, and the other way round; and its keys become ours.

use josekit::jwe::{self, JweDecrypter, JweEncrypter, JweHeader};
use josekit::jwk::Jwk as JoseJwk;
use josekit::jws::{self, JwsHeader, JwsSigner, JwsVerifier};
use unjwt::jose::{Enc, JweAlg, JwsAlg};
use unjwt::{JweKey, Jwk, JwsKey, jose};

const PAYLOAD: &[u8] = br#"{"sub":"u-1","scope":["read","write"],"jti":"j","iat":1700000000}"#;
const PASSWORD: &str = "correct horse battery staple";

fn theirs(jwk: &Jwk) -> JoseJwk {
    JoseJwk::try_from(jwk).unwrap()
}

fn public(jwk: &Jwk) -> JoseJwk {
    theirs(&jwk.public().unwrap_or_else(|| jwk.clone()))
}

fn jws_pair(alg: JwsAlg, private: &Jwk) -> (Box<dyn JwsSigner>, Box<dyn JwsVerifier>) {
    let (signing, verifying) = (theirs(private), public(private));
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
        JwsAlg::EdDsa => pair!(jws::EdDSA),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn signed_tokens_pass_both_ways() {
    let rsa = Jwk::generate("RS256").unwrap();
    // josekit has only the older name of Ed25519.
    for &alg in JwsAlg::ALL.iter().filter(|alg| **alg != JwsAlg::Ed25519) {
        let is_rsa = alg.name().starts_with("RS") || alg.name().starts_with("PS");
        let jwk = if is_rsa { rsa.with_alg(alg.name()) } else { Jwk::generate(alg.name()).unwrap() };
        let (signer, verifier) = jws_pair(alg, &jwk);
        let key = JwsKey::from_jwk(jwk);

        let (payload, _) = jws::deserialize_compact(jose::sign(PAYLOAD, &key).unwrap(), &*verifier).unwrap();
        assert_eq!(payload, PAYLOAD, "{alg:?}");
        let token = jws::serialize_compact(PAYLOAD, &JwsHeader::new(), &*signer).unwrap();
        assert_eq!(jose::verify(&token, &key).unwrap().payload, PAYLOAD, "{alg:?}");
    }
}

fn jwe_pair(alg: JweAlg, private: &Jwk) -> (Box<dyn JweEncrypter>, Box<dyn JweDecrypter>) {
    let (encrypting, decrypting) = (public(private), theirs(private));
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
        other => unreachable!("{other:?}"),
    }
}

/// The keys of an algorithm, with `enc` in them: one for each curve where it has several.
fn keys(alg: JweAlg, enc: Enc, rsa: &Jwk) -> Vec<Jwk> {
    let keys = match alg.name() {
        "dir" => vec![Jwk::generate(enc.name()).unwrap()],
        name if name.starts_with("RSA") => vec![rsa.with_alg(name)],
        name if name.starts_with("ECDH") => ["P-256", "P-384", "P-521", "X25519"]
            .map(|curve| Jwk::generate_on_curve(name, curve).unwrap())
            .to_vec(),
        name if name.starts_with("PBES2") => Vec::new(),
        name => vec![Jwk::generate(name).unwrap()],
    };
    keys.iter()
        .map(|key| {
            let mut members: serde_json::Value = serde_json::from_str(&key.to_json()).unwrap();
            members["enc"] = enc.name().into();
            Jwk::from_json(&members.to_string()).unwrap()
        })
        .collect()
}

#[test]
fn encrypted_tokens_pass_both_ways() {
    let rsa = Jwk::generate("RSA-OAEP").unwrap();
    for &enc in Enc::ALL {
        for &alg in JweAlg::ALL {
            for jwk in keys(alg, enc, &rsa) {
                let (encrypter, decrypter) = jwe_pair(alg, &jwk);
                both_ways(&JweKey::from_jwk(jwk), enc, &*encrypter, &*decrypter);
            }
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
        for &enc in Enc::ALL {
            let key = JweKey::password(PASSWORD).iterations(1000).algorithm(alg).encryption(enc);
            both_ways(&key, enc, &encrypter, &decrypter);
        }
    }
}

#[test]
fn parties_that_a_token_names_are_part_of_its_key() {
    let jwk = Jwk::generate("ECDH-ES").unwrap();
    let (_, decrypter) = jwe_pair(JweAlg::EcdhEs, &jwk);
    let mut encrypter = jwe::ECDH_ES.encrypter_from_jwk(&public(&jwk)).unwrap();
    encrypter.set_agreement_partyuinfo(b"Alice");
    encrypter.set_agreement_partyvinfo(b"Bob");
    both_ways(&JweKey::from_jwk(jwk), Enc::A256Gcm, &encrypter, &*decrypter);
}

fn both_ways(key: &JweKey, enc: Enc, encrypter: &dyn JweEncrypter, decrypter: &dyn JweDecrypter) {
    let (payload, _) = jwe::deserialize_compact(&jose::encrypt(PAYLOAD, key).unwrap(), decrypter).unwrap();
    assert_eq!(payload, PAYLOAD);

    let mut header = JweHeader::new();
    header.set_content_encryption(enc.name());
    let token = jwe::serialize_compact(PAYLOAD, &header, encrypter).unwrap();
    assert_eq!(jose::decrypt(&token, key).unwrap().plaintext, PAYLOAD);
}

#[test]
fn keys_pass_both_ways() {
    let generated = [
        JoseJwk::generate_oct_key(32).unwrap(),
        JoseJwk::generate_rsa_key(2048).unwrap(),
        JoseJwk::generate_ec_key(josekit::jwk::alg::ec::EcCurve::P384).unwrap(),
        JoseJwk::generate_ed_key(josekit::jwk::alg::ed::EdCurve::Ed25519).unwrap(),
        JoseJwk::generate_ecx_key(josekit::jwk::alg::ecx::EcxCurve::X25519).unwrap(),
    ];
    for jwk in &generated {
        let ours = Jwk::try_from(jwk).unwrap();
        assert_eq!(&JoseJwk::try_from(&ours).unwrap(), jwk);
    }
    for name in ["HS256", "RS256", "ES256", "ES512", "EdDSA", "A128KW"] {
        let ours = Jwk::generate(name).unwrap();
        let back = Jwk::try_from(&theirs(&ours)).unwrap();
        assert_eq!(back.thumbprint(), ours.thumbprint());
        assert_eq!((back.kid(), back.alg(), back.is_private()), (ours.kid(), ours.alg(), true));
    }
}
