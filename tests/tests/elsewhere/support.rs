//! A signer that writes any header and any claims.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use unjwt::Jwk;

/// Signs with the private key of P-256.
pub fn sign_es256(key: &Jwk, header: &str, claims: &str) -> String {
    let members: serde_json::Value = serde_json::from_str(&key.to_json()).unwrap();
    let member = |name: &str| BASE64.decode(members[name].as_str().unwrap()).unwrap();
    let point = [vec![4], member("x"), member("y")].concat();
    let pair =
        EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &member("d"), &point)
            .unwrap();
    let input = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature = pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
    format!("{input}.{}", BASE64.encode(signature))
}
