//! `unjwt::jose`: the examples of the RFCs, and what its callers rely on.

mod interop;

use std::collections::BTreeMap;

use interop::{decided_otherwise, files};
use unjwt::jose::{self, Enc, JweAlg, JwsAlg};
use unjwt::{ErrorKind, JweKey, Jwk, JwkSet, JwsKey, Session};

const PASSWORD: &str = "correct horse battery staple";

fn password() -> JweKey {
    JweKey::password(PASSWORD).iterations(1000)
}

#[test]
fn the_examples_of_the_rfcs_open() {
    let mut opened = BTreeMap::<String, usize>::new();
    let examples =
        files().into_iter().filter(|(file, _)| file.starts_with("rfc_")).flat_map(|(_, cases)| cases);
    for case in examples.filter(|case| case.form == "compact" && case.result == "valid") {
        match case.attempt() {
            Err(_) if decided_otherwise(&case).is_some() => continue,
            Err(error) => panic!("{}: {error}", case.name),
            Ok(accepted) => {
                assert!(case.is_right(&accepted.payload), "{}", case.name);
                let header = &accepted.header;
                for (name, value) in [
                    ("alg", Some(header.alg.as_str())),
                    ("enc", header.enc.as_deref()),
                    ("kid", header.kid.as_deref()),
                    ("typ", header.typ.as_deref()),
                    ("cty", header.cty.as_deref()),
                ] {
                    assert_eq!(case.header(name).as_str(), value, "{} {name}", case.name);
                }
                *opened.entry(case.group.clone()).or_default() += 1;
            }
        }
    }
    println!("opened: {opened:?}");
}

/// RSASSA-PKCS1-v1_5, HMAC and EdDSA give one signature for each text, so what we sign is the RFC's own token
/// wherever its header is written as ours is.
#[test]
fn the_examples_of_the_rfcs_are_signed_alike() {
    let mut same = Vec::new();
    for case in files().into_iter().filter(|(file, _)| file.starts_with("rfc_")).flat_map(|(_, cases)| cases)
    {
        let Some((private, payload)) = case.key_private.as_ref().zip(case.payload.as_ref()) else { continue };
        let name = case.header("alg").as_str().unwrap_or_default().to_owned();
        if case.encrypted || case.form != "compact" || case.result != "valid" {
            continue;
        }
        if decided_otherwise(&case).is_some() {
            continue;
        }
        let Ok(jwk) = serde_json::from_value::<Jwk>(private.clone()) else { continue };
        let jwk = if jwk.alg().is_some() { jwk } else { jwk.with_alg(name.as_str()) };
        let token = jose::sign(payload, &JwsKey::from_jwk(jwk.clone())).unwrap();
        let public = jwk.public().map_or(JwsKey::from_jwk(jwk), JwsKey::verify_only);
        assert_eq!(jose::verify(&token, &public).unwrap().payload, *payload, "{}", case.name);
        assert_eq!(jose::verify(&case.token, &public).unwrap().payload, *payload, "{}", case.name);
        let deterministic = ["HS", "RS", "Ed"].iter().any(|family| name.starts_with(family));
        if deterministic && token.split('.').next() == case.token.split('.').next() {
            assert_eq!(token, case.token, "{}", case.name);
            same.push(case.source);
        }
    }
    println!("signed alike: {same:?}");
}

#[test]
fn every_algorithm_has_keys_that_work() {
    for &alg in JwsAlg::ALL {
        let jwk = Jwk::generate(alg.name()).unwrap();
        let token = jose::sign(b"\x00\xff", &JwsKey::from_jwk(jwk.clone())).unwrap();
        let verified = jose::verify(&token, &JwsKey::from_jwk(jwk.public().unwrap_or(jwk.clone()))).unwrap();
        assert_eq!(
            (verified.payload.as_slice(), verified.header.alg.as_str()),
            (&b"\x00\xff"[..], alg.name())
        );
        assert_eq!(verified.header.kid.as_deref(), jwk.kid());
        assert_eq!((verified.header.enc, verified.header.typ, verified.header.cty), (None, None, None));
    }
    for &alg in JweAlg::ALL {
        for &enc in Enc::ALL {
            let (write, read) = match alg.name() {
                name if name.starts_with("PBES2") => (password().algorithm(alg), password().algorithm(alg)),
                "dir" => {
                    let key = JweKey::from_jwk(Jwk::generate(enc.name()).unwrap());
                    (key.clone(), key)
                }
                // RSA keys are slow to make.
                name if name.starts_with("RSA") && enc != Enc::A256Gcm => continue,
                name => {
                    let jwk = Jwk::generate(name).unwrap();
                    (JweKey::from_jwk(jwk.public().unwrap_or(jwk.clone())), JweKey::from_jwk(jwk))
                }
            };
            let token = jose::encrypt(b"\x00\xff", &write.encryption(enc)).unwrap();
            let decrypted = jose::decrypt(&token, &read.encryption(enc)).unwrap();
            assert_eq!(decrypted.plaintext, b"\x00\xff");
            assert_eq!(
                (decrypted.header.alg.as_str(), decrypted.header.enc.as_deref()),
                (alg.name(), Some(enc.name()))
            );
        }
    }
}

#[test]
fn a_key_that_cannot_do_it_says_why() {
    let private = Jwk::generate("ES256").unwrap();
    let public = private.public().unwrap();
    let recipient = Jwk::generate("ECDH-ES").unwrap().public().unwrap();
    let token = jose::encrypt(b"", &JweKey::from_jwk(recipient.clone())).unwrap();
    let anything = "e30.e30.";
    for (error, reason) in [
        (
            jose::sign(b"", &JwsKey::from_jwk(public.clone())).unwrap_err(),
            "a public key, which signs nothing",
        ),
        (jose::sign(b"", &JwsKey::verify_only(public)).unwrap_err(), "signs nothing"),
        (jose::sign(b"", &JwsKey::secret([1; 31])).unwrap_err(), "needs at least 32 random ones"),
        (jose::verify(anything, &JwsKey::verify_only(JwkSet::default())).unwrap_err(), "is empty"),
        (jose::encrypt(b"", &JweKey::from_jwk(private)).unwrap_err(), "a signature algorithm"),
        (jose::encrypt(b"", &JweKey::password("short")).unwrap_err(), "needs at least 16"),
        (jose::decrypt(&token, &JweKey::from_jwk(recipient)).unwrap_err(), "which decrypts nothing"),
    ] {
        assert_eq!((error.kind(), error.code()), (ErrorKind::KeyUnusable, "ERR_JWK_UNUSABLE"));
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn a_set_is_searched_by_kid_and_alg() {
    let [a, b, c] = ["ES256", "ES256", "EdDSA"].map(|alg| Jwk::generate(alg).unwrap());
    let strange = r#"{"keys":[{"kty":"XYZ"},1,{"kty":"EC","crv":"P-999","alg":"ES999"}]}"#;
    let mut set: JwkSet = serde_json::from_str(strange).unwrap();
    set.extend([&a, &b, &c].map(|jwk| jwk.public().unwrap()));
    let key = JwsKey::verify_only(set);
    for jwk in [&a, &b, &c] {
        let token = jose::sign(b"x", &JwsKey::from_jwk(jwk.clone())).unwrap();
        assert_eq!(jose::verify(&token, &key).unwrap().header.kid.as_deref(), jwk.kid());
        let renamed = jose::sign(b"x", &JwsKey::from_jwk(jwk.with_kid("unknown"))).unwrap();
        assert_eq!(jose::verify(&renamed, &key).unwrap_err().kind(), ErrorKind::KeyNotFound);
    }
    let other = jose::sign(b"x", &JwsKey::from_jwk(Jwk::generate("ES384").unwrap())).unwrap();
    assert_eq!(jose::verify(&other, &key).unwrap_err().kind(), ErrorKind::JwsAlgorithmNotAllowed);
}

#[test]
fn long_tokens_are_read_up_to_the_limit() {
    let key = JwsKey::secret([1; 32]);
    let empty = jose::sign(b"", &key).unwrap().len();
    let fits = (jose::MAX_TOKEN_LEN - empty) / 4 * 3;
    let token = jose::sign(&vec![b'x'; fits], &key).unwrap();
    assert_eq!(jose::verify(&token, &key).unwrap().payload.len(), fits);
    let token = jose::sign(&vec![b'x'; fits + 4], &key).unwrap();
    assert_eq!(jose::verify(&token, &key).unwrap_err().kind(), ErrorKind::JwsInvalid);
    let key = JweKey::secret([1; 32]);
    let token = jose::encrypt(&vec![b'x'; jose::MAX_TOKEN_LEN], &key).unwrap();
    assert_eq!(jose::decrypt(&token, &key).unwrap_err().kind(), ErrorKind::JweInvalid);
}

#[test]
fn cbc_hmac_is_read_only_where_it_is_named() {
    for alg in ["A256KW", "A256GCMKW", "RSA-OAEP-256", "ECDH-ES+A256KW"] {
        let key = JweKey::from_jwk(Jwk::generate(alg).unwrap());
        let token = jose::encrypt(b"x", &key.clone().encryption(Enc::A256CbcHs512)).unwrap();
        assert_eq!(jose::decrypt(&token, &key).unwrap_err().kind(), ErrorKind::JweEncryptionNotAllowed);
        assert_eq!(jose::decrypt(&token, &key.encryption(Enc::A256CbcHs512)).unwrap().plaintext, b"x");
    }
}

#[derive(Clone, serde::Serialize, serde::Deserialize, Session)]
#[session(jwe)]
struct Named {
    sub: String,
}

#[tokio::test]
async fn a_secret_gives_sessions_other_keys() {
    let secret = JweKey::secret([7; 32]);
    let sessions = Named::config(secret.clone()).build().unwrap();
    let token = sessions.seal(&Named { sub: "ada".to_owned() }).await.unwrap().token;
    assert_eq!(jose::decrypt(token.as_str(), &secret).unwrap_err().kind(), ErrorKind::JweDecryptionFailed);
}

#[test]
fn debug_shows_no_content() {
    let key = JweKey::secret([7; 32]);
    let decrypted = jose::decrypt(&jose::encrypt(b"s3cr3t", &key).unwrap(), &key).unwrap();
    let key = JwsKey::secret([7; 32]);
    let verified = jose::verify(&jose::sign(b"s3cr3t", &key).unwrap(), &key).unwrap();
    for text in [format!("{decrypted:?}"), format!("{verified:?}")] {
        assert!(text.contains("6 bytes") && !text.contains("s3cr3t"), "{text}");
    }
}
