//! Between the members of a JWK and OpenSSL's keys.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{HasParams, HasPublic, Id, PKey, PKeyRef, Private, Public};
use openssl::rsa::{Rsa, RsaPrivateKeyBuilder};
use zeroize::Zeroizing;

use super::Failed;
use crate::util::base64;
use crate::util::json::Object;

impl From<ErrorStack> for Failed {
    fn from(_: ErrorStack) -> Self {
        Self
    }
}

/// The curves of RFC 7518 §6.2.1.1.
const EC_CURVES: [(&str, Nid, i32); 3] =
    [("P-256", Nid::X9_62_PRIME256V1, 32), ("P-384", Nid::SECP384R1, 48), ("P-521", Nid::SECP521R1, 66)];

/// The curves of RFC 8037 §2.
const OKP_CURVES: [(&str, Id); 2] = [("Ed25519", Id::ED25519), ("X25519", Id::X25519)];

/// A private key of its members; that they belong together is checked where that is cheap.
pub(super) fn private(members: &Object) -> Result<PKey<Private>, Failed> {
    match text(members, "kty")? {
        "RSA" => {
            let key = RsaPrivateKeyBuilder::new(
                number(members, "n")?,
                number(members, "e")?,
                secret(members, "d")?,
            )?
            .set_factors(secret(members, "p")?, secret(members, "q")?)?
            .set_crt_params(secret(members, "dp")?, secret(members, "dq")?, secret(members, "qi")?)?
            .build();
            Ok(PKey::from_rsa(key)?)
        }
        "EC" => {
            let group = group(members)?;
            let public = EcKey::from_public_key_affine_coordinates(
                &group,
                number(members, "x")?.as_ref(),
                number(members, "y")?.as_ref(),
            )?;
            let d = secret(members, "d")?;
            let key = EcKey::from_private_components(&group, &d, public.public_key())?;
            key.check_key()?;
            Ok(PKey::from_ec_key(key)?)
        }
        "OKP" => {
            let key = PKey::private_key_from_raw_bytes(&bytes(members, "d")?, okp(members)?)?;
            let fits = key.raw_public_key()? == *bytes(members, "x")?;
            if fits { Ok(key) } else { Err(Failed) }
        }
        _ => Err(Failed),
    }
}

/// A public key of its members.
pub(super) fn public(members: &Object) -> Result<PKey<Public>, Failed> {
    match text(members, "kty")? {
        "RSA" => {
            Ok(PKey::from_rsa(Rsa::from_public_components(number(members, "n")?, number(members, "e")?)?)?)
        }
        "EC" => Ok(PKey::from_ec_key(EcKey::from_public_key_affine_coordinates(
            &*group(members)?,
            &*number(members, "x")?,
            &*number(members, "y")?,
        )?)?),
        "OKP" => Ok(PKey::public_key_from_raw_bytes(&bytes(members, "x")?, okp(members)?)?),
        _ => Err(Failed),
    }
}

/// The members of a private key; none if its type or curve has no place in a JWK here.
pub(super) fn private_members(key: &PKeyRef<Private>) -> Option<Object> {
    let mut members = public_members(key)?;
    let mut set = |name: &str, value: Zeroizing<Vec<u8>>| {
        members.insert(name, base64::encode(&value));
    };
    match key.id() {
        Id::RSA => {
            let rsa = key.rsa().ok()?;
            let numbers = [
                ("d", Some(rsa.d())),
                ("p", rsa.p()),
                ("q", rsa.q()),
                ("dp", rsa.dmp1()),
                ("dq", rsa.dmq1()),
                ("qi", rsa.iqmp()),
            ];
            for (name, number) in numbers {
                set(name, Zeroizing::new(number?.to_vec()));
            }
        }
        Id::EC => {
            let ec = key.ec_key().ok()?;
            let (_, _, len) = curve_of(&ec)?;
            set("d", Zeroizing::new(ec.private_key().to_vec_padded(len).ok()?));
        }
        _ => set("d", Zeroizing::new(key.raw_private_key().ok()?)),
    }
    Some(members)
}

/// The members of a key's public half.
pub(super) fn public_members<T: HasPublic>(key: &PKeyRef<T>) -> Option<Object> {
    let mut members = Object::default();
    let mut set = |name: &str, value: &str| members.insert(name, value);
    match key.id() {
        Id::RSA => {
            let rsa = key.rsa().ok()?;
            set("kty", "RSA");
            set("n", &base64::encode(&rsa.n().to_vec()));
            set("e", &base64::encode(&rsa.e().to_vec()));
        }
        Id::EC => {
            let ec = key.ec_key().ok()?;
            let (name, _, len) = curve_of(&ec)?;
            let (mut x, mut y) = (BigNum::new().ok()?, BigNum::new().ok()?);
            let mut context = BigNumContext::new().ok()?;
            ec.public_key().affine_coordinates(ec.group(), &mut x, &mut y, &mut context).ok()?;
            set("kty", "EC");
            set("crv", name);
            set("x", &base64::encode(&x.to_vec_padded(len).ok()?));
            set("y", &base64::encode(&y.to_vec_padded(len).ok()?));
        }
        id => {
            let (name, _) = OKP_CURVES.iter().find(|(_, known)| *known == id)?;
            set("kty", "OKP");
            set("crv", name);
            set("x", &base64::encode(&key.raw_public_key().ok()?));
        }
    }
    Some(members)
}

fn curve_of<T: HasParams>(key: &EcKey<T>) -> Option<(&'static str, Nid, i32)> {
    let nid = key.group().curve_name()?;
    EC_CURVES.into_iter().find(|(_, known, _)| *known == nid)
}

fn group(members: &Object) -> Result<EcGroup, Failed> {
    let name = text(members, "crv")?;
    let (_, nid, _) = EC_CURVES.into_iter().find(|(known, ..)| *known == name).ok_or(Failed)?;
    Ok(EcGroup::from_curve_name(nid)?)
}

fn okp(members: &Object) -> Result<Id, Failed> {
    let name = text(members, "crv")?;
    OKP_CURVES.into_iter().find(|(known, _)| *known == name).map(|(_, id)| id).ok_or(Failed)
}

fn text<'m>(members: &'m Object, name: &str) -> Result<&'m str, Failed> {
    members.text(name).ok_or(Failed)
}

pub(super) fn bytes(members: &Object, name: &str) -> Result<Zeroizing<Vec<u8>>, Failed> {
    base64::decode_secret(text(members, name)?).map_err(|_| Failed)
}

fn number(members: &Object, name: &str) -> Result<BigNum, Failed> {
    Ok(BigNum::from_slice(&bytes(members, name)?)?)
}

/// A number that OpenSSL wipes and computes with in constant time.
fn secret(members: &Object, name: &str) -> Result<BigNum, Failed> {
    let mut number = BigNum::new_secure()?;
    number.copy_from_slice(&bytes(members, name)?)?;
    number.set_const_time();
    Ok(number)
}
