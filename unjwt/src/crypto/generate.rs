//! New key pairs.

use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
    EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use openssl::pkey::PKey;
use zeroize::Zeroizing;

use super::{Failed, fill_random, pkey};
use crate::util::base64;
use crate::util::json::Object;

/// A new RSA key pair of 2048 bits as the members of a JWK.
pub(crate) fn generate_rsa() -> Result<Object, Failed> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
    let der: Pkcs8V1Der<'_> = pair.as_der()?;
    pkey::private_members(&*PKey::private_key_from_der(der.as_ref())?).ok_or(Failed)
}

/// A new key pair on a NIST curve (RFC 7518 §6.2.1.1) as the members of a JWK.
pub(crate) fn generate_ec(curve: &str) -> Result<Object, Failed> {
    let algorithm = match curve {
        "P-256" => &ECDSA_P256_SHA256_FIXED_SIGNING,
        "P-384" => &ECDSA_P384_SHA384_FIXED_SIGNING,
        "P-521" => &ECDSA_P521_SHA512_FIXED_SIGNING,
        _ => return Err(Failed),
    };
    let pair = EcdsaKeyPair::generate(algorithm)?;
    let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes()?;
    // An uncompressed point (SEC 1 §2.3.3).
    let (_, point) = pair.public_key().as_ref().split_first().ok_or(Failed)?;
    let (x, y) = point.split_at_checked(d.as_ref().len()).ok_or(Failed)?;
    let mut members = Object::default();
    members.insert("kty", "EC");
    members.insert("crv", curve);
    members.insert("x", base64::encode(x));
    members.insert("y", base64::encode(y));
    members.insert("d", base64::encode(d.as_ref()));
    Ok(members)
}

/// A new Ed25519 seed and its public key.
pub(crate) fn generate_ed25519() -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Failed> {
    // Any 32 bytes are a seed (RFC 8032 §5.1.5). AWS-LC's own would be in a buffer that it does not wipe.
    let mut seed = Zeroizing::new(vec![0; 32]);
    fill_random(&mut seed);
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed)?;
    Ok((seed, pair.public_key().as_ref().to_vec()))
}
