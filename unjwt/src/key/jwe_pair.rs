//! Key pairs that encrypt with one half and decrypt with the other.

use std::sync::Arc;

use super::checks::{check_len, check_ops, check_rsa, check_rsa_private, check_use, named, shown};
use super::jwe_material::{Purpose, algorithms, material};
use super::{Jwk, digest};
use crate::alg::{EcdhCurve, Enc, JweAlg, KeyManagement, OaepHash};
use crate::config_error::KeyError;
use crate::crypto::{AgreementKey, AgreementPublicKey, Failed, OaepPrivateKey, OaepPublicKey, Point};
use crate::token::jwe::{EcdhEs, JweMaterial, KeyManager, RsaOaep, probe};

/// `own` is the private key, or a public one for a key that only encrypts. `public` is its public half, taken
/// from `own` if there is none.
pub(super) fn pair(
    own: &Jwk,
    public: Option<&Jwk>,
    alg: JweAlg,
    enc: Option<Enc>,
    purpose: Purpose,
) -> Result<JweMaterial, KeyError> {
    if purpose.reads() && !own.is_private() {
        return Err(KeyError::new(format!(
            "{} is a public key, which decrypts nothing: give the private one",
            named(own)
        )));
    }
    check_use(own, "enc")?;
    let public = match public {
        None => own.clone(),
        Some(public) => given(public, own, alg, enc)?,
    };
    let manager: Arc<dyn KeyManager> = match alg.management() {
        KeyManagement::RsaOaep(hash) => Arc::new(rsa(own, &public, alg, hash)?),
        KeyManagement::EcdhEs(_) => Arc::new(ecdh(own, &public, alg)?),
        KeyManagement::Direct | KeyManagement::AesKw(_) | KeyManagement::AesGcmKw(_) => {
            return Err(wrong_type(own, alg, "oct"));
        }
        KeyManagement::Pbes2 { .. } => {
            return Err(KeyError::new(format!(
                "`{}` is for passwords: use `JweKey::password` instead of a JWK",
                alg.name()
            )));
        }
    };
    if purpose == Purpose::Both {
        probe(&*manager, enc.unwrap_or(Enc::A256Gcm)).map_err(|Failed| {
            KeyError::new(format!(
                "{} does not decrypt what it encrypts: its halves do not match",
                named(own)
            ))
        })?;
    }
    let kid = own.kid().or(public.kid()).map(str::to_owned);
    Ok(material(manager, enc, kid, digest::of_public(&public)?, purpose))
}

/// The public half that was given beside the private key.
fn given(public: &Jwk, own: &Jwk, alg: JweAlg, enc: Option<Enc>) -> Result<Jwk, KeyError> {
    algorithms(public, Some(alg), enc)?;
    check_use(public, "enc")?;
    if let KeyManagement::RsaOaep(_) = alg.management() {
        // The public half of an ECDH key may well have none (Web Cryptography API §32.4).
        check_ops(public, if public.is_private() { DECRYPT } else { ENCRYPT })?;
    }
    match (own.kid(), public.kid()) {
        (Some(own), Some(public)) if own != public => Err(KeyError::new(format!(
            "the private key's `kid` is `{own}` and that of its public half `{public}`: make them the same"
        ))),
        _ => Ok(public.clone()),
    }
}

const ENCRYPT: &[&str] = &["encrypt", "wrapKey"];
const DECRYPT: &[&str] = &["decrypt", "unwrapKey"];

fn rsa(own: &Jwk, public: &Jwk, alg: JweAlg, hash: OaepHash) -> Result<RsaOaep, KeyError> {
    for jwk in [own, public] {
        if jwk.kty() != "RSA" {
            return Err(wrong_type(jwk, alg, "RSA"));
        }
    }
    check_ops(own, if own.is_private() { DECRYPT } else { ENCRYPT })?;
    let modulus_len = check_rsa(public)?;
    let public_key =
        OaepPublicKey::new(hash, public.members()).map_err(|Failed| no_key(public, "public", alg))?;
    let private_key = if own.is_private() {
        check_rsa(own)?;
        check_rsa_private(own)?;
        let key = OaepPrivateKey::new(hash, own.members());
        Some(key.map_err(|Failed| no_key(own, "private", alg))?)
    } else {
        None
    };
    Ok(RsaOaep::new(alg, modulus_len, public_key, private_key))
}

fn ecdh(own: &Jwk, public: &Jwk, alg: JweAlg) -> Result<EcdhEs, KeyError> {
    let curve = curve(own, alg)?;
    let other = self::curve(public, alg)?;
    if curve != other {
        return Err(KeyError::new(format!(
            "{} is on `{}`, but its public half is on `{}`",
            named(own),
            curve.name(),
            other.name()
        )));
    }
    let coordinate = |name| check_len(public, name, curve.len()).map(|bytes| bytes.to_vec());
    let y = if curve == EcdhCurve::X25519 { None } else { Some(coordinate("y")?) };
    let public_key = AgreementPublicKey::new(curve, &Point { x: coordinate("x")?, y })
        .map_err(|Failed| no_key(public, "public", alg))?;
    let private_key = if own.is_private() {
        check_ops(own, &["deriveKey", "deriveBits"])?;
        let key = AgreementKey::new(curve, &check_len(own, "d", curve.len())?);
        Some(key.map_err(|Failed| no_key(own, "private", alg))?)
    } else {
        None
    };
    EcdhEs::new(alg, curve, public_key, private_key).map_err(|Failed| no_key(own, "private", alg))
}

fn curve(jwk: &Jwk, alg: JweAlg) -> Result<EcdhCurve, KeyError> {
    if !matches!(jwk.kty(), "EC" | "OKP") {
        return Err(wrong_type(jwk, alg, "EC` or `OKP"));
    }
    let name = jwk.text("crv").ok_or_else(|| KeyError::new(format!("{} has no `crv`", named(jwk))))?;
    EcdhCurve::from_name(name).filter(|curve| curve.kty() == jwk.kty()).ok_or_else(|| {
        let curves = EcdhCurve::ALL.map(EcdhCurve::name).join("`, `");
        KeyError::new(format!(
            "{} is on the curve `{}`, but `{}` takes `{curves}`",
            named(jwk),
            shown(name),
            alg.name()
        ))
    })
}

fn wrong_type(jwk: &Jwk, alg: JweAlg, kty: &str) -> KeyError {
    KeyError::new(format!(
        "{} has the type `{}`, but `{}` needs `{kty}`",
        named(jwk),
        shown(jwk.kty()),
        alg.name()
    ))
}

fn no_key(jwk: &Jwk, half: &str, alg: JweAlg) -> KeyError {
    KeyError::new(format!("{} is no {half} key for `{}`", named(jwk), alg.name()))
}
