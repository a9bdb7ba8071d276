//! Preparation of keys that sign and verify, or the reason why a key is refused.

use zeroize::Zeroizing;

use super::checks::{
    check_crv, check_ec, check_len, check_ops, check_rsa, check_rsa_private, check_secret, check_use, named,
    shown,
};
use super::jws_key::KeyInput;
use super::jws_readers::{Given, Whose, readers};
use super::key_type::KeyType;
use super::passed_over::PassedOver;
use super::{Jwk, JwkSet, checks, small_order};
use crate::alg::{EcCurve, Enc, Hash, JweAlg, JwsAlg, OkpCurve, Signature};
use crate::config_error::KeyError;
use crate::crypto::{Failed, SigningKey, VerifyingKey};
use crate::token::KeyDigest;
use crate::token::jws::{JwsMaterial, JwsReader, JwsWriter};

/// `whose` are the keys of a set without a private key: all others are ours.
pub(super) fn prepare(
    input: &KeyInput,
    pin: Option<JwsAlg>,
    writes: bool,
    whose: Whose,
    passed_over: &mut Vec<PassedOver>,
) -> Result<JwsMaterial, KeyError> {
    match input {
        KeyInput::Changing(_) => Err(super::ring::not_first()),
        KeyInput::Secret(secret) => {
            let alg = pin.unwrap_or(JwsAlg::Hs256);
            let Signature::Hmac(hash) = alg.signature() else {
                return Err(KeyError::new(format!(
                    "`{}` is pinned, but a secret signs with HMAC only: use `JwsKey::from_pair`",
                    alg.name()
                )));
            };
            check_secret(secret.len(), hash, alg)?;
            let writer = writes.then(|| JwsWriter { alg, kid: None, key: SigningKey::hmac(hash, secret) });
            Ok(JwsMaterial { writer, readers: vec![hmac_reader(alg, None, hash, secret)] })
        }
        KeyInput::Jwk(jwk) if jwk.kty() == "oct" => symmetric(jwk, pin, writes),
        // The set takes the public half itself, after a look at what the key says of its use.
        KeyInput::Jwk(jwk) => pair(jwk, &JwkSet::from(jwk.clone()), pin, writes, passed_over),
        KeyInput::Pair { private, publics } => pair(private, publics, pin, writes, passed_over),
        KeyInput::VerifyOnly(_) if writes => Err(KeyError::new(
            "a verify-only key signs nothing: add `read_only` to the attribute, or give the private key too \
             with `JwsKey::from_pair`",
        )),
        KeyInput::VerifyOnly(publics) => {
            let given = Given { pin, default: None };
            let readers = readers(publics, None, given, whose, passed_over)?;
            Ok(JwsMaterial { writer: None, readers })
        }
    }
}

fn symmetric(jwk: &Jwk, pin: Option<JwsAlg>, writes: bool) -> Result<JwsMaterial, KeyError> {
    let alg = algorithm(jwk, pin, None)?;
    check_use(jwk, "sig")?;
    check_ops(jwk, &["verify"])?;
    let (hash, secret) = secret_key(jwk, alg)?;
    let kid = jwk.kid().map(str::to_owned);
    let writer = if writes {
        check_ops(jwk, &["sign"])?;
        Some(JwsWriter { alg, kid: kid.clone(), key: SigningKey::hmac(hash, &secret) })
    } else {
        None
    };
    Ok(JwsMaterial { writer, readers: vec![hmac_reader(alg, kid, hash, &secret)] })
}

fn pair(
    private: &Jwk,
    publics: &JwkSet,
    pin: Option<JwsAlg>,
    writes: bool,
    passed_over: &mut Vec<PassedOver>,
) -> Result<JwsMaterial, KeyError> {
    if private.kty() == "oct" {
        return Err(KeyError::new("a symmetric key has no public half: use `JwsKey::from_jwk`"));
    }
    let alg = algorithm(private, pin, None)?;
    check_use(private, "sig")?;
    if writes && !private.is_private() {
        return Err(KeyError::new(format!(
            "{} is a public key, which signs nothing: give the private one, or add `read_only` to the attribute \
             and use `JwsKey::verify_only`",
            named(private)
        )));
    }
    let given = Given { pin, default: Some(alg) };
    let readers = readers(publics, Some(private), given, Whose::Ours, passed_over)?;
    if !writes {
        return Ok(JwsMaterial { writer: None, readers });
    }
    check_ops(private, &["sign"])?;
    let key = signing_key(private, alg)?;
    let writer = JwsWriter { alg, kid: private.kid().map(str::to_owned), key };
    probe(&writer, &readers, private)?;
    Ok(JwsMaterial { writer: Some(writer), readers })
}

/// Signs once and verifies: the only proof that the halves belong together.
fn probe(writer: &JwsWriter, readers: &[JwsReader], private: &Jwk) -> Result<(), KeyError> {
    let message = b"unjwt: do the halves of this key fit?";
    let signature = writer.key.sign(message).map_err(|Failed| {
        KeyError::new(format!("{} cannot sign: its members contradict each other", named(private)))
    })?;
    let own = readers
        .iter()
        .filter(|reader| reader.alg.signature() == writer.alg.signature())
        .find(|reader| reader.key.verify(message, signature.as_ref()))
        .ok_or_else(|| {
            KeyError::new(format!(
                "none of the public keys is the public half of {}: add it, as `Jwk::public` returns it",
                named(private)
            ))
        })?;
    match (&writer.kid, &own.kid) {
        (Some(writer), Some(own)) if writer != own => Err(KeyError::new(format!(
            "the private key's `kid` is `{writer}` and that of its public half `{own}`: make them the same"
        ))),
        _ => Ok(()),
    }
}

pub(super) fn hmac_reader(alg: JwsAlg, kid: Option<String>, hash: Hash, secret: &[u8]) -> JwsReader {
    JwsReader { alg, kid, digest: KeyDigest::of_secret(secret), key: VerifyingKey::hmac(hash, secret) }
}

/// The hash and the secret.
pub(super) fn secret_key(jwk: &Jwk, alg: JwsAlg) -> Result<(Hash, Zeroizing<Vec<u8>>), KeyError> {
    let Signature::Hmac(hash) = alg.signature() else { return Err(wrong_type(jwk, alg)) };
    let secret = checks::bytes(jwk, "k")?;
    check_secret(secret.len(), hash, alg)?;
    Ok((hash, secret))
}

/// The one algorithm that a key is used with.
pub(super) fn algorithm(jwk: &Jwk, pin: Option<JwsAlg>, default: Option<JwsAlg>) -> Result<JwsAlg, KeyError> {
    let own = match jwk.alg() {
        None => None,
        Some(name) => Some(JwsAlg::from_name(name).ok_or_else(|| {
            let encrypts = JweAlg::from_name(name).is_some() || Enc::from_name(name).is_some();
            let what = if encrypts { "an encryption algorithm" } else { "not a known signature algorithm" };
            KeyError::new(format!("`alg` of {} is `{}`, {what}", named(jwk), shown(name)))
        })?),
    };
    let alg = match (pin, own) {
        (Some(pin), Some(own)) if pin.signature() != own.signature() => {
            return Err(KeyError::new(format!(
                "{} is for `{}`, but `{}` is pinned",
                named(jwk),
                own.name(),
                pin.name()
            )));
        }
        (Some(pin), _) => pin,
        (None, Some(own)) => own,
        (None, None) => implied(jwk, default).ok_or_else(|| no_algorithm(jwk))?,
    };
    let fits = match alg.signature() {
        Signature::Hmac(_) => jwk.kty() == "oct",
        Signature::RsaPkcs1(_) | Signature::RsaPss(_) => jwk.kty() == "RSA",
        Signature::Ecdsa(_) => jwk.kty() == "EC",
        Signature::Ed25519 => jwk.kty() == "OKP",
    };
    if !fits {
        return Err(wrong_type(jwk, alg));
    }
    // One that names its algorithm contradicts itself with another curve, which is for its checks to say.
    if let (None, Some(curve), Some(_)) = (own, curve_of(alg), jwk.text("crv")) {
        check_crv(jwk, curve)?;
    }
    Ok(alg)
}

fn curve_of(alg: JwsAlg) -> Option<&'static str> {
    match alg.signature() {
        Signature::Ecdsa(curve) => Some(curve.name()),
        Signature::Ed25519 => Some(OkpCurve::Ed25519.name()),
        Signature::Hmac(_) | Signature::RsaPkcs1(_) | Signature::RsaPss(_) => None,
    }
}

/// The algorithm that follows from the curve (RFC 7518 §3.4, RFC 8037 §3.1), or from the other keys of the
/// session.
fn implied(jwk: &Jwk, default: Option<JwsAlg>) -> Option<JwsAlg> {
    let crv = jwk.text("crv");
    match jwk.kty() {
        "EC" => Some(match EcCurve::from_name(crv?)? {
            EcCurve::P256 => JwsAlg::Es256,
            EcCurve::P384 => JwsAlg::Es384,
            EcCurve::P521 => JwsAlg::Es512,
        }),
        "OKP" => match OkpCurve::from_name(crv?)? {
            OkpCurve::Ed25519 => Some(JwsAlg::EdDsa),
            OkpCurve::X25519 => None,
        },
        "RSA" => {
            default.filter(|alg| matches!(alg.signature(), Signature::RsaPkcs1(_) | Signature::RsaPss(_)))
        }
        _ => None,
    }
}

/// The error for a key whose algorithm nothing tells.
fn no_algorithm(jwk: &Jwk) -> KeyError {
    if KeyType::of(jwk).is_none() {
        return checks::unknown_type(jwk);
    }
    KeyError::new(match (jwk.kty(), jwk.text("crv")) {
        ("EC" | "OKP", Some(crv)) => {
            format!("{} is on the curve `{}`, with which no algorithm here signs", named(jwk), shown(crv))
        }
        ("EC" | "OKP", None) => format!("{} has no `crv`", named(jwk)),
        _ => format!(
            "{} names no algorithm: add `\"alg\"` to the JWK, with `Jwk::with_alg` or in its JSON, or pin one",
            named(jwk)
        ),
    })
}

fn signing_key(jwk: &Jwk, alg: JwsAlg) -> Result<SigningKey, KeyError> {
    match alg.signature() {
        Signature::RsaPkcs1(_) | Signature::RsaPss(_) => {
            check_rsa(jwk)?;
            check_rsa_private(jwk)?;
            SigningKey::private(alg.signature(), jwk.members())
        }
        Signature::Ecdsa(curve) => {
            let len = check_ec(jwk, curve)?;
            check_len(jwk, "d", len)?;
            SigningKey::private(alg.signature(), jwk.members())
        }
        Signature::Ed25519 => {
            check_crv(jwk, OkpCurve::Ed25519.name())?;
            SigningKey::ed25519(&check_len(jwk, "d", OkpCurve::LEN)?, &check_len(jwk, "x", OkpCurve::LEN)?)
        }
        Signature::Hmac(_) => Err(Failed),
    }
    .map_err(|Failed| KeyError::new(format!("{} is no private key for `{}`", named(jwk), alg.name())))
}

pub(super) fn verifying_key(jwk: &Jwk, alg: JwsAlg) -> Result<VerifyingKey, KeyError> {
    match alg.signature() {
        Signature::RsaPkcs1(_) | Signature::RsaPss(_) => {
            let len = check_rsa(jwk)?;
            VerifyingKey::public(alg.signature(), jwk.members(), len)
        }
        Signature::Ecdsa(curve) => {
            check_ec(jwk, curve)?;
            VerifyingKey::public(alg.signature(), jwk.members(), 0)
        }
        Signature::Ed25519 => {
            check_crv(jwk, OkpCurve::Ed25519.name())?;
            let x = check_len(jwk, "x", OkpCurve::LEN)?;
            small_order::check(jwk, &x)?;
            VerifyingKey::ed25519(&x)
        }
        Signature::Hmac(_) => Err(Failed),
    }
    .map_err(|Failed| KeyError::new(format!("{} is no public key for `{}`", named(jwk), alg.name())))
}

fn wrong_type(jwk: &Jwk, alg: JwsAlg) -> KeyError {
    let kty = match alg.signature() {
        Signature::Hmac(_) => "oct",
        Signature::RsaPkcs1(_) | Signature::RsaPss(_) => "RSA",
        Signature::Ecdsa(_) => "EC",
        Signature::Ed25519 => "OKP",
    };
    KeyError::new(format!(
        "{} has the type `{}`, but `{}` needs `{kty}`",
        named(jwk),
        shown(jwk.kty()),
        alg.name()
    ))
}
