//! New key pairs, as the members of a JWK.

use aws_lc_rs::agreement::{PrivateKey, X25519};
use aws_lc_rs::encoding::{AsBigEndian, AsDer as _, Curve25519SeedBin, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _, RsaKeyPair};
use zeroize::Zeroizing;

use super::members::{ec_members, okp_members};
use super::point::okp_public;
use super::signature::EcdsaCurve;
use super::{Failed, der, fill_random};
use crate::alg::{EcCurve, OkpCurve};
use crate::util::json::Object;

/// A new RSA key pair of 2048 bits.
pub(crate) fn generate_rsa() -> Result<Object, Failed> {
    let der: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa2048)?.as_der()?;
    der::read_private(der.as_ref()).map_err(|_| Failed)
}

/// A new key pair on a curve of `kty` `EC`.
pub(crate) fn generate_ec(curve: EcCurve) -> Result<Object, Failed> {
    let pair = EcdsaKeyPair::generate(EcdsaCurve::of(curve).signing)?;
    let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes()?;
    Ok(ec_members(curve, pair.public_key().as_ref(), Some(d.as_ref())))
}

/// A new key pair on a curve of `kty` `OKP`.
pub(crate) fn generate_okp(curve: OkpCurve) -> Result<Object, Failed> {
    let mut d = Zeroizing::new([0; OkpCurve::LEN]);
    match curve {
        // Any 32 bytes are a seed (RFC 8032 §5.1.5). AWS-LC's own would be in a buffer that it does not wipe.
        OkpCurve::Ed25519 => fill_random(&mut *d),
        OkpCurve::X25519 => {
            let key = PrivateKey::generate(&X25519)?;
            let seed = AsBigEndian::<Curve25519SeedBin<'_>>::as_be_bytes(&key)?;
            d.get_mut(..seed.as_ref().len()).ok_or(Failed)?.copy_from_slice(seed.as_ref());
        }
    }
    Ok(okp_members(curve, &okp_public(curve, &*d)?, Some(&*d)))
}
