//! New key pairs.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use josekit::jwk::Jwk as JoseJwk;
use josekit::jwk::alg::ec::EcCurve;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::Failed;

/// A new RSA key pair of so many bits as the members of a JWK.
pub(crate) fn generate_rsa(bits: u32) -> Result<Map<String, Value>, Failed> {
    JoseJwk::generate_rsa_key(bits).map(Into::into).map_err(|_| Failed)
}

/// A new key pair on a NIST curve (RFC 7518 §6.2.1.1) as the members of a JWK.
pub(crate) fn generate_ec(curve: &str) -> Result<Map<String, Value>, Failed> {
    let curve = match curve {
        "P-256" => EcCurve::P256,
        "P-384" => EcCurve::P384,
        "P-521" => EcCurve::P521,
        _ => return Err(Failed),
    };
    JoseJwk::generate_ec_key(curve).map(Into::into).map_err(|_| Failed)
}

/// A new Ed25519 seed and its public key.
pub(crate) fn generate_ed25519() -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Failed> {
    let pair = Ed25519KeyPair::generate()?;
    let seed = pair.seed()?;
    let seed =
        aws_lc_rs::encoding::AsBigEndian::<aws_lc_rs::encoding::Curve25519SeedBin<'_>>::as_be_bytes(&seed)?;
    Ok((Zeroizing::new(seed.as_ref().to_vec()), pair.public_key().as_ref().to_vec()))
}
