//! Numbers and points as the members of a JWK (RFC 7518 §6, RFC 8037 §2).

use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use pkcs8::der::asn1::UintRef;
use zeroize::Zeroizing;

use super::Failed;
use crate::alg::{EcCurve, OkpCurve};
use crate::util::base64;
use crate::util::json::Object;

pub(super) fn text<'m>(members: &'m Object, name: &str) -> Result<&'m str, Failed> {
    members.text(name).ok_or(Failed)
}

pub(super) fn bytes(members: &Object, name: &str) -> Result<Zeroizing<Vec<u8>>, Failed> {
    base64::decode_secret(text(members, name)?).map_err(|_| Failed)
}

pub(super) fn rsa_public_members(key: &RsaPublicKeyRef<'_>) -> Object {
    rsa_members(&[("n", key.modulus), ("e", key.public_exponent)])
}

pub(super) fn rsa_private_members(key: &RsaPrivateKeyRef<'_>) -> Object {
    rsa_members(&[
        ("n", key.modulus),
        ("e", key.public_exponent),
        ("d", key.private_exponent),
        ("p", key.prime1),
        ("q", key.prime2),
        ("dp", key.exponent1),
        ("dq", key.exponent2),
        ("qi", key.coefficient),
    ])
}

fn rsa_members(numbers: &[(&str, UintRef<'_>)]) -> Object {
    let mut members = Object::default();
    members.insert("kty", "RSA");
    for (name, number) in numbers {
        members.insert(name, base64::encode(number.as_bytes()));
    }
    members
}

/// `point` is uncompressed (SEC 1 §2.3.3).
pub(super) fn ec_members(curve: EcCurve, point: &[u8], d: Option<&[u8]>) -> Object {
    let xy = point.get(1..).unwrap_or_default();
    let (x, y) = xy.split_at_checked(curve.len()).unwrap_or_default();
    let mut members = Object::default();
    members.insert("kty", "EC");
    members.insert("crv", curve.name());
    members.insert("x", base64::encode(x));
    members.insert("y", base64::encode(y));
    if let Some(d) = d {
        members.insert("d", base64::encode(d));
    }
    members
}

pub(super) fn okp_members(curve: OkpCurve, public: &[u8], d: Option<&[u8]>) -> Object {
    let mut members = Object::default();
    members.insert("kty", "OKP");
    members.insert("crv", curve.name());
    members.insert("x", base64::encode(public));
    if let Some(d) = d {
        members.insert("d", base64::encode(d));
    }
    members
}
