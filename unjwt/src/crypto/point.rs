//! Points of curves, and the private keys that lead to them.

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, ParsedPublicKey};
use zeroize::Zeroizing;

use super::members::bytes;
use super::signature::EcdsaCurve;
use super::{Failed, agreement};
use crate::alg::{EcCurve, EcdhCurve, OkpCurve};
use crate::util::json::Object;

/// The first byte of an uncompressed point (SEC 1 §2.3.3).
pub(super) const UNCOMPRESSED: u8 = 4;

/// The uncompressed form of a point that is given in any form of SEC 1 §2.3.3, known to be on its curve.
pub(super) fn uncompressed(curve: EcCurve, point: &[u8]) -> Result<Vec<u8>, Failed> {
    let key = ParsedPublicKey::new(EcdsaCurve::of(curve).verification, point)?;
    let der: PublicKeyX509Der<'_> = key.as_der()?;
    // A `SubjectPublicKeyInfo` ends with the point.
    let der = der.as_ref();
    let point = der.len().checked_sub(1 + 2 * curve.len()).and_then(|at| der.get(at..)).ok_or(Failed)?;
    if point.first() == Some(&UNCOMPRESSED) { Ok(point.to_vec()) } else { Err(Failed) }
}

/// The uncompressed point of a JWK's `x` and `y`.
pub(super) fn of_members(members: &Object) -> Result<Vec<u8>, Failed> {
    let [x, y] = ["x", "y"].map(|name| bytes(members, name));
    Ok([&[UNCOMPRESSED][..], &x?, &y?].concat())
}

/// A private key as long as its curve's keys are: some writers leave zeros out.
pub(super) fn padded(curve: EcCurve, d: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failed> {
    let mut padded = Zeroizing::new(vec![0; curve.len()]);
    let at = curve.len().checked_sub(d.len()).ok_or(Failed)?;
    padded.get_mut(at..).ok_or(Failed)?.copy_from_slice(d);
    Ok(padded)
}

/// The public half of a private key for ECDH: an uncompressed point, or the `x` of a Montgomery curve.
pub(super) fn ecdh_public(curve: EcdhCurve, d: &[u8]) -> Result<Vec<u8>, Failed> {
    if d.len() != curve.len() {
        return Err(Failed);
    }
    let public = PrivateKey::from_private_key(agreement::algorithm(curve), d)?.compute_public_key()?;
    Ok(public.as_ref().to_vec())
}

/// The public half of a private key on a curve of `kty` `OKP`.
pub(super) fn okp_public(curve: OkpCurve, d: &[u8]) -> Result<Vec<u8>, Failed> {
    if d.len() != OkpCurve::LEN {
        return Err(Failed);
    }
    match curve {
        OkpCurve::Ed25519 => Ok(Ed25519KeyPair::from_seed_unchecked(d)?.public_key().as_ref().to_vec()),
        OkpCurve::X25519 => ecdh_public(EcdhCurve::X25519, d),
    }
}
