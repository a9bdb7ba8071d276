//! josekit used plainly: its compact serialisations over serde_json's bytes, with signers and encrypters made once.

use std::hint::black_box;
use std::rc::Rc;

use josekit::jwe::{self, JweDecrypter, JweEncrypter, JweHeader};
use josekit::jwk::Jwk;
use josekit::jws::{self, JwsHeader, JwsSigner, JwsVerifier};
use josekit::{JoseError, jwe as alg_jwe, jws as alg_jws};

use crate::claims::Stamped;
use crate::family::{Family, ITERATIONS, Keys, PASSWORD};
use crate::subject::Subject;

pub const NAME: &str = "josekit";

/// # Panics
///
/// If a token does not come back as it was written.
pub fn subject(keys: &Keys, claims: &Stamped) -> Subject {
    let made = if keys.family.is_signed() { signed(keys, claims) } else { encrypted(keys, claims) };
    made.expect("josekit takes the key")
}

fn jwk(keys: &Keys) -> Result<Jwk, JoseError> {
    Jwk::from_bytes(keys.json().to_string())
}

fn read_back(payload: &[u8]) -> Stamped {
    serde_json::from_slice(payload).expect("the claims")
}

fn signed(keys: &Keys, claims: &Stamped) -> Result<Subject, JoseError> {
    let jwk = jwk(keys)?;
    let (signer, verifier): (Box<dyn JwsSigner>, Box<dyn JwsVerifier>) = match keys.family {
        Family::Rs256 => (
            Box::new(alg_jws::RS256.signer_from_jwk(&jwk)?),
            Box::new(alg_jws::RS256.verifier_from_jwk(&jwk)?),
        ),
        Family::Ps256 => (
            Box::new(alg_jws::PS256.signer_from_jwk(&jwk)?),
            Box::new(alg_jws::PS256.verifier_from_jwk(&jwk)?),
        ),
        Family::Es256 => (
            Box::new(alg_jws::ES256.signer_from_jwk(&jwk)?),
            Box::new(alg_jws::ES256.verifier_from_jwk(&jwk)?),
        ),
        Family::EdDsa => (
            Box::new(alg_jws::EdDSA.signer_from_jwk(&jwk)?),
            Box::new(alg_jws::EdDSA.verifier_from_jwk(&jwk)?),
        ),
        _ => (
            Box::new(alg_jws::HS256.signer_from_jwk(&jwk)?),
            Box::new(alg_jws::HS256.verifier_from_jwk(&jwk)?),
        ),
    };
    let write = {
        let claims = claims.clone();
        move || {
            let mut header = JwsHeader::new();
            header.set_token_type("sid+jwt");
            jws::serialize_compact(&claims.to_json(), &header, &*signer).expect("a token")
        }
    };
    let token = write();
    let read = move || {
        let (payload, _) = jws::deserialize_compact(&token, &*verifier).expect("a valid token");
        read_back(&payload)
    };
    assert_eq!(read(), *claims);
    Ok(Subject::new(NAME, move || drop(black_box(read())), move || drop(black_box(write()))))
}

fn encrypted(keys: &Keys, claims: &Stamped) -> Result<Subject, JoseError> {
    let (encrypter, decrypter): (Box<dyn JweEncrypter>, Rc<dyn JweDecrypter>) = match keys.family {
        Family::Pbes2 => {
            let mut encrypter = alg_jwe::PBES2_HS256_A128KW.encrypter_from_bytes(PASSWORD)?;
            encrypter.set_iter_count(ITERATIONS as usize);
            let decrypter = alg_jwe::PBES2_HS256_A128KW.decrypter_from_bytes(PASSWORD)?;
            (Box::new(encrypter), Rc::new(decrypter))
        }
        Family::Dir => (
            Box::new(alg_jwe::Dir.encrypter_from_jwk(&jwk(keys)?)?),
            Rc::new(alg_jwe::Dir.decrypter_from_jwk(&jwk(keys)?)?),
        ),
        Family::A256GcmKw => (
            Box::new(alg_jwe::A256GCMKW.encrypter_from_jwk(&jwk(keys)?)?),
            Rc::new(alg_jwe::A256GCMKW.decrypter_from_jwk(&jwk(keys)?)?),
        ),
        Family::RsaOaep256 => (
            Box::new(alg_jwe::RSA_OAEP_256.encrypter_from_jwk(&jwk(keys)?)?),
            Rc::new(alg_jwe::RSA_OAEP_256.decrypter_from_jwk(&jwk(keys)?)?),
        ),
        Family::EcdhP256 | Family::EcdhX25519 => (
            Box::new(alg_jwe::ECDH_ES_A256KW.encrypter_from_jwk(&jwk(keys)?)?),
            Rc::new(alg_jwe::ECDH_ES_A256KW.decrypter_from_jwk(&jwk(keys)?)?),
        ),
        _ => (
            Box::new(alg_jwe::A256KW.encrypter_from_jwk(&jwk(keys)?)?),
            Rc::new(alg_jwe::A256KW.decrypter_from_jwk(&jwk(keys)?)?),
        ),
    };
    let write = {
        let claims = claims.clone();
        move || {
            let mut header = JweHeader::new();
            header.set_token_type("sid+jwt");
            header.set_content_encryption("A256GCM");
            jwe::serialize_compact(&claims.to_json(), &header, &*encrypter).expect("a token")
        }
    };
    let token = write();
    let read = move || {
        let (payload, _) = jwe::deserialize_compact(&token, &*decrypter).expect("a valid token");
        read_back(&payload)
    };
    assert_eq!(read(), *claims);
    Ok(Subject::new(NAME, move || drop(black_box(read())), move || drop(black_box(write()))))
}
