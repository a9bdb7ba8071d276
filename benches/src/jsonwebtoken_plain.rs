//! jsonwebtoken: `encode` and `decode`, which checks `exp`.

use std::hint::black_box;

use jsonwebtoken::errors::Error;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};

use crate::claims::Stamped;
use crate::family::{Family, Keys};
use crate::subject::Subject;

pub const NAME: &str = "jsonwebtoken";

/// None for encrypted tokens, which it does not have.
///
/// # Panics
///
/// If a token does not come back as it was written.
pub fn subject(keys: &Keys, claims: &Stamped) -> Option<Subject> {
    let (algorithm, encoding, decoding) = pair(keys)?.expect("jsonwebtoken takes the key");
    let header =
        Header { typ: Some("sid+jwt".into()), kid: keys.kid().map(str::to_owned), ..Header::new(algorithm) };
    let write = {
        let claims = claims.clone();
        move || encode(&header, &claims, &encoding).expect("a token")
    };
    let token = write();
    let validation = Validation::new(algorithm);
    let read = move || decode::<Stamped>(&token, &decoding, &validation).expect("a valid token").claims;
    assert_eq!(read(), *claims);
    Some(Subject::new(NAME, move || drop(black_box(read())), move || drop(black_box(write()))))
}

type Pair = (Algorithm, EncodingKey, DecodingKey);

fn pair(keys: &Keys) -> Option<Result<Pair, Error>> {
    let pem = || {
        let jwk = keys.jwk();
        (jwk.to_pem().expect("a private key"), jwk.to_public_pem().expect("a public key"))
    };
    let rsa = |algorithm| {
        let (private, public) = pem();
        Ok((
            algorithm,
            EncodingKey::from_rsa_pem(private.as_bytes())?,
            DecodingKey::from_rsa_pem(public.as_bytes())?,
        ))
    };
    Some(match keys.family {
        Family::Hs256 => {
            let secret = keys.secret();
            Ok((Algorithm::HS256, EncodingKey::from_secret(&secret), DecodingKey::from_secret(&secret)))
        }
        Family::Rs256 => rsa(Algorithm::RS256),
        Family::Ps256 => rsa(Algorithm::PS256),
        Family::Es256 => (|| {
            let (private, public) = pem();
            Ok((
                Algorithm::ES256,
                EncodingKey::from_ec_pem(private.as_bytes())?,
                DecodingKey::from_ec_pem(public.as_bytes())?,
            ))
        })(),
        Family::EdDsa => (|| {
            let (private, public) = pem();
            Ok((
                Algorithm::EdDSA,
                EncodingKey::from_ed_pem(private.as_bytes())?,
                DecodingKey::from_ed_pem(public.as_bytes())?,
            ))
        })(),
        _ => return None,
    })
}
