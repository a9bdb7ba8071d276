//! Keys between DER and the members of a JWK.
//!
//! PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 §A.1), SEC 1 (RFC 5915) and `SubjectPublicKeyInfo` (RFC 5280
//! §4.1.2.7).

use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef, UintRef};
use pkcs8::der::{Decode as _, Encode as _};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use sec1::{EcParameters, EcPrivateKey};
use zeroize::Zeroizing;

use super::members::{bytes, ec_members, okp_members, rsa_private_members, rsa_public_members, text};
use super::point::{ecdh_public, okp_public, uncompressed};
use super::{Failed, point};
use crate::alg::{EcCurve, EcdhCurve, OkpCurve};
use crate::util::json::Object;

// RFC 8017 §A.1, RFC 5480 §2.1.1, RFC 8410 §3.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The reason why a key's DER yields no JWK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DerError {
    /// Not the structure of a key.
    Malformed,
    /// A type or curve that no algorithm here uses.
    Unsupported,
    /// An RSA key that names RSASSA-PSS as its only use (RFC 4055 §1.2).
    RestrictedToPss,
    /// An RSA key of more than two primes (RFC 8017 §A.1.2).
    MorePrimes,
    /// A curve that is described and not named (RFC 5480 §2.1.1).
    DescribedCurve,
    /// The public half is not the private one's.
    Contradiction,
}

impl From<pkcs8::der::Error> for DerError {
    fn from(_: pkcs8::der::Error) -> Self {
        Self::Malformed
    }
}

impl From<Failed> for DerError {
    fn from(_: Failed) -> Self {
        Self::Malformed
    }
}

/// The members of a private key: PKCS#8, PKCS#1 or SEC 1, which no DER can be taken for at once.
pub(crate) fn read_private(der: &[u8]) -> Result<Object, DerError> {
    if let Ok(key) = PrivateKeyInfoRef::from_der(der) {
        return read_pkcs8(&key);
    }
    if let Ok(key) = RsaPrivateKeyRef::from_der(der) {
        return read_rsa(&key);
    }
    read_sec1(der, None)
}

/// The members of a public key: `SubjectPublicKeyInfo`, or PKCS#1.
pub(crate) fn read_public(der: &[u8]) -> Result<Object, DerError> {
    let Ok(key) = SubjectPublicKeyInfoRef::from_der(der) else {
        let key = RsaPublicKeyRef::from_der(der)?;
        return Ok(rsa_public_members(&key));
    };
    let public = key.subject_public_key.as_bytes().ok_or(DerError::Malformed)?;
    match key.algorithm.oid {
        RSA => Ok(rsa_public_members(&RsaPublicKeyRef::from_der(public)?)),
        EC => {
            let curve = named_curve(&key.algorithm)?;
            Ok(ec_members(curve, &uncompressed(curve, public)?, None))
        }
        ED25519 => read_okp(OkpCurve::Ed25519, public),
        X25519 => read_okp(OkpCurve::X25519, public),
        RSA_PSS => Err(DerError::RestrictedToPss),
        _ => Err(DerError::Unsupported),
    }
}

/// A private JWK's members as PKCS#8; fails unless its halves belong together, where that is cheap to see.
pub(crate) fn write_private(members: &Object) -> Result<Zeroizing<Vec<u8>>, Failed> {
    let (algorithm, key) = match text(members, "kty")? {
        "RSA" => {
            let numbers = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(|name| number(members, name));
            let [n, e, d, p, q, dp, dq, qi] = numbers;
            let key = RsaPrivateKeyRef {
                modulus: UintRef::new(&n?)?,
                public_exponent: UintRef::new(&e?)?,
                private_exponent: UintRef::new(&d?)?,
                prime1: UintRef::new(&p?)?,
                prime2: UintRef::new(&q?)?,
                exponent1: UintRef::new(&dp?)?,
                exponent2: UintRef::new(&dq?)?,
                coefficient: UintRef::new(&qi?)?,
                other_prime_infos: None,
            }
            .to_der();
            (rsa_algorithm(), Zeroizing::new(key?))
        }
        "EC" => {
            let curve = EcCurve::from_name(text(members, "crv")?).ok_or(Failed)?;
            let d = bytes(members, "d")?;
            let public = point::of_members(members)?;
            if ecdh_public(EcdhCurve::Ec(curve), &d)? != public {
                return Err(Failed);
            }
            let key = EcPrivateKey { private_key: &d, parameters: None, public_key: Some(&public) };
            (ec_algorithm(curve), Zeroizing::new(key.to_der()?))
        }
        "OKP" => {
            let curve = OkpCurve::from_name(text(members, "crv")?).ok_or(Failed)?;
            let d = bytes(members, "d")?;
            if *okp_public(curve, &d)? != **bytes(members, "x")? {
                return Err(Failed);
            }
            (okp_algorithm(curve), Zeroizing::new(OctetStringRef::new(&d)?.to_der()?))
        }
        _ => return Err(Failed),
    };
    Ok(Zeroizing::new(PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(&key)?).to_der()?))
}

/// The members of a JWK's public half as `SubjectPublicKeyInfo`; fails for a point that is not on its curve.
pub(crate) fn write_public(members: &Object) -> Result<Vec<u8>, Failed> {
    let (algorithm, key) = match text(members, "kty")? {
        "RSA" => {
            let [n, e] = ["n", "e"].map(|name| number(members, name));
            let key =
                RsaPublicKeyRef { modulus: UintRef::new(&n?)?, public_exponent: UintRef::new(&e?)? }.to_der();
            (rsa_algorithm(), key?)
        }
        "EC" => {
            let curve = EcCurve::from_name(text(members, "crv")?).ok_or(Failed)?;
            (ec_algorithm(curve), uncompressed(curve, &point::of_members(members)?)?)
        }
        "OKP" => {
            let curve = OkpCurve::from_name(text(members, "crv")?).ok_or(Failed)?;
            let x = bytes(members, "x")?;
            if x.len() != OkpCurve::LEN {
                return Err(Failed);
            }
            (okp_algorithm(curve), x.to_vec())
        }
        _ => return Err(Failed),
    };
    let subject_public_key = BitStringRef::from_bytes(&key)?;
    Ok(SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der()?)
}

/// A member that is a number, which has at least one byte (RFC 7518 §2); DER has no integer without one.
fn number(members: &Object, name: &str) -> Result<Zeroizing<Vec<u8>>, Failed> {
    bytes(members, name).and_then(|number| if number.is_empty() { Err(Failed) } else { Ok(number) })
}

fn read_pkcs8(key: &PrivateKeyInfoRef<'_>) -> Result<Object, DerError> {
    let private = key.private_key.as_bytes();
    match key.algorithm.oid {
        RSA => read_rsa(&RsaPrivateKeyRef::from_der(private)?),
        EC => read_sec1(private, Some(named_curve(&key.algorithm)?)),
        ED25519 => read_okp_private(OkpCurve::Ed25519, key),
        X25519 => read_okp_private(OkpCurve::X25519, key),
        RSA_PSS => Err(DerError::RestrictedToPss),
        _ => Err(DerError::Unsupported),
    }
}

fn read_rsa(key: &RsaPrivateKeyRef<'_>) -> Result<Object, DerError> {
    if key.other_prime_infos.is_some() {
        return Err(DerError::MorePrimes);
    }
    Ok(rsa_private_members(key))
}

/// `curve` is that of the PKCS#8 around it.
fn read_sec1(der: &[u8], curve: Option<EcCurve>) -> Result<Object, DerError> {
    let key = EcPrivateKey::from_der(der)?;
    let own = key.parameters.and_then(EcParameters::named_curve);
    let curve = match (curve, own) {
        (Some(curve), _) => curve,
        (None, Some(own)) => curve_of(own).ok_or(DerError::Unsupported)?,
        (None, None) => return Err(DerError::Malformed),
    };
    let d = point::padded(curve, key.private_key)?;
    let point = ecdh_public(EcdhCurve::Ec(curve), &d)?;
    if let Some(public) = key.public_key
        && uncompressed(curve, public)? != point
    {
        return Err(DerError::Contradiction);
    }
    Ok(ec_members(curve, &point, Some(&d)))
}

/// RFC 8410 §7. The public half may stand beside the private one (RFC 5958 §2).
fn read_okp_private(curve: OkpCurve, key: &PrivateKeyInfoRef<'_>) -> Result<Object, DerError> {
    let d = <&OctetStringRef>::from_der(key.private_key.as_bytes())?.as_bytes();
    let public = okp_public(curve, d)?;
    if let Some(given) = &key.public_key
        && given.as_bytes() != Some(&public)
    {
        return Err(DerError::Contradiction);
    }
    Ok(okp_members(curve, &public, Some(d)))
}

fn read_okp(curve: OkpCurve, public: &[u8]) -> Result<Object, DerError> {
    if public.len() != OkpCurve::LEN {
        return Err(DerError::Malformed);
    }
    Ok(okp_members(curve, public, None))
}

fn named_curve(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<EcCurve, DerError> {
    let parameters = algorithm.parameters.ok_or(DerError::Malformed)?;
    let oid = ObjectIdentifier::try_from(parameters).map_err(|_| DerError::DescribedCurve)?;
    curve_of(oid).ok_or(DerError::Unsupported)
}

/// RFC 5480 §2.1.1.1.
fn oid(curve: EcCurve) -> &'static ObjectIdentifier {
    const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
    const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
    const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
    match curve {
        EcCurve::P256 => &P256,
        EcCurve::P384 => &P384,
        EcCurve::P521 => &P521,
    }
}

fn curve_of(named: ObjectIdentifier) -> Option<EcCurve> {
    EcCurve::ALL.into_iter().find(|curve| *oid(*curve) == named)
}

fn rsa_algorithm() -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef { oid: RSA, parameters: Some(AnyRef::NULL) }
}

fn ec_algorithm(curve: EcCurve) -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef { oid: EC, parameters: Some(oid(curve).into()) }
}

fn okp_algorithm(curve: OkpCurve) -> AlgorithmIdentifierRef<'static> {
    let oid = match curve {
        OkpCurve::Ed25519 => ED25519,
        OkpCurve::X25519 => X25519,
    };
    AlgorithmIdentifierRef { oid, parameters: None }
}
