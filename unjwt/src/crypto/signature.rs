use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use josekit::JoseError;
use josekit::jwk::Jwk as JoseJwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::alg::ecdsa::EcdsaJwsAlgorithm;
use josekit::jws::alg::rsassa::RsassaJwsAlgorithm;
use josekit::jws::alg::rsassa_pss::RsassaPssJwsAlgorithm;
use josekit::jws::{self, JwsSigner, JwsVerifier};
use serde_json::{Map, Value};
use zeroize::Zeroize;

use super::hmac::HmacKey;
use super::{Failed, StackBytes};
use crate::token::alg::{JwsAlg, Signature};

/// What signs.
pub(crate) enum SigningKey {
    Hmac(Mac),
    Ed25519(Box<Ed25519KeyPair>),
    Jose { signer: Box<dyn JwsSigner>, len: usize },
}

/// What verifies.
pub(crate) enum VerifyingKey {
    Hmac(Mac),
    Ed25519(Box<ParsedPublicKey>),
    Jose { verifier: Box<dyn JwsVerifier>, len: usize, halves: bool },
}

/// A signature's bytes, on the stack where they are few.
pub(crate) enum SignatureBytes {
    Short(StackBytes<64>),
    Long(Vec<u8>),
}

/// Opaque, so that a secret's type stays in this folder.
pub(crate) struct Mac(Box<HmacKey>);

impl AsRef<[u8]> for SignatureBytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Short(bytes) => bytes.as_slice(),
            Self::Long(bytes) => bytes,
        }
    }
}

impl SigningKey {
    /// HMAC with a hash of so many bits.
    pub(crate) fn hmac(hash: u16, secret: &[u8]) -> Self {
        Self::Hmac(Mac(Box::new(HmacKey::new(hash, secret))))
    }

    /// Ed25519 from a seed; fails unless `public` belongs to it.
    pub(crate) fn ed25519(seed: &[u8], public: &[u8]) -> Result<Self, Failed> {
        if seed.len() != 32 {
            return Err(Failed);
        }
        Ok(Self::Ed25519(Box::new(Ed25519KeyPair::from_seed_and_public_key(seed, public)?)))
    }

    /// RSA or ECDSA from the members of a checked private JWK; `len` is the signature's length in bytes.
    pub(crate) fn jose(alg: JwsAlg, members: Map<String, Value>, len: usize) -> Result<Self, Failed> {
        let signer = with_jose_jwk(members, |jwk| {
            let signer: Result<Box<dyn JwsSigner>, JoseError> = match Jose::new(alg)? {
                Jose::RsaPkcs1(algorithm) => algorithm.signer_from_jwk(jwk).map(|key| Box::new(key) as _),
                Jose::RsaPss(algorithm) => algorithm.signer_from_jwk(jwk).map(|key| Box::new(key) as _),
                Jose::Ecdsa(algorithm) => algorithm.signer_from_jwk(jwk).map(|key| Box::new(key) as _),
            };
            signer.map_err(|_| Failed)
        })?;
        Ok(Self::Jose { signer, len })
    }

    /// Bytes of a signature.
    pub(crate) fn signature_len(&self) -> usize {
        match self {
            Self::Hmac(mac) => mac.0.tag_len(),
            Self::Ed25519(_) => 64,
            Self::Jose { len, .. } => *len,
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<SignatureBytes, Failed> {
        match self {
            Self::Hmac(mac) => short(mac.0.sign(message).as_ref()),
            Self::Ed25519(pair) => short(pair.try_sign(message)?.as_ref()),
            Self::Jose { signer, len } => {
                let signature = signer.sign(message).map_err(|_| Failed)?;
                if signature.len() != *len {
                    return Err(Failed);
                }
                Ok(SignatureBytes::Long(signature))
            }
        }
    }
}

impl VerifyingKey {
    /// HMAC with a hash of so many bits.
    pub(crate) fn hmac(hash: u16, secret: &[u8]) -> Self {
        Self::Hmac(Mac(Box::new(HmacKey::new(hash, secret))))
    }

    pub(crate) fn ed25519(public: &[u8]) -> Result<Self, Failed> {
        if public.len() != 32 {
            return Err(Failed);
        }
        Ok(Self::Ed25519(Box::new(ParsedPublicKey::new(&ED25519, public)?)))
    }

    /// RSA or ECDSA from the members of a checked public JWK; `len` is the signature's length in bytes.
    pub(crate) fn jose(alg: JwsAlg, members: Map<String, Value>, len: usize) -> Result<Self, Failed> {
        let verifier = with_jose_jwk(members, |jwk| {
            let verifier: Result<Box<dyn JwsVerifier>, JoseError> = match Jose::new(alg)? {
                Jose::RsaPkcs1(algorithm) => algorithm.verifier_from_jwk(jwk).map(|key| Box::new(key) as _),
                Jose::RsaPss(algorithm) => algorithm.verifier_from_jwk(jwk).map(|key| Box::new(key) as _),
                Jose::Ecdsa(algorithm) => algorithm.verifier_from_jwk(jwk).map(|key| Box::new(key) as _),
            };
            verifier.map_err(|_| Failed)
        })?;
        let halves = matches!(alg.signature(), Signature::Ecdsa(_));
        Ok(Self::Jose { verifier, len, halves })
    }

    /// Whether `signature` is this key's signature of `message`. A wrong length is refused before any cryptography.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hmac(mac) => mac.0.verify(message, signature),
            Self::Ed25519(public) => signature.len() == 64 && public.verify_sig(message, signature).is_ok(),
            Self::Jose { verifier, len, halves } => {
                signature.len() == *len
                    && !(*halves && has_zero_half(signature))
                    && verifier.verify(message, signature).is_ok()
            }
        }
    }
}

fn short(signature: &[u8]) -> Result<SignatureBytes, Failed> {
    StackBytes::from_slice(signature).map(SignatureBytes::Short).ok_or(Failed)
}

/// josekit's object for an algorithm.
enum Jose {
    RsaPkcs1(RsassaJwsAlgorithm),
    RsaPss(RsassaPssJwsAlgorithm),
    Ecdsa(EcdsaJwsAlgorithm),
}

impl Jose {
    fn new(alg: JwsAlg) -> Result<Self, Failed> {
        Ok(match alg {
            JwsAlg::Rs256 => Self::RsaPkcs1(jws::RS256),
            JwsAlg::Rs384 => Self::RsaPkcs1(jws::RS384),
            JwsAlg::Rs512 => Self::RsaPkcs1(jws::RS512),
            JwsAlg::Ps256 => Self::RsaPss(jws::PS256),
            JwsAlg::Ps384 => Self::RsaPss(jws::PS384),
            JwsAlg::Ps512 => Self::RsaPss(jws::PS512),
            JwsAlg::Es256 => Self::Ecdsa(jws::ES256),
            JwsAlg::Es384 => Self::Ecdsa(jws::ES384),
            JwsAlg::Es512 => Self::Ecdsa(jws::ES512),
            JwsAlg::Hs256 | JwsAlg::Hs384 | JwsAlg::Hs512 | JwsAlg::EdDsa | JwsAlg::Ed25519 => {
                return Err(Failed);
            }
        })
    }
}

/// `r` and `s` of an ECDSA signature lie in 1..n (FIPS 186-5 §6.4.2).
fn has_zero_half(signature: &[u8]) -> bool {
    let (r, s) = signature.split_at(signature.len() / 2);
    r.iter().all(|byte| *byte == 0) || s.iter().all(|byte| *byte == 0)
}

/// Lends the members to josekit as its own type and wipes them afterwards.
fn with_jose_jwk<T>(
    members: Map<String, Value>,
    build: impl FnOnce(&JoseJwk) -> Result<T, Failed>,
) -> Result<T, Failed> {
    let jwk = JoseJwk::from_map(members).map_err(|_| Failed)?;
    let built = build(&jwk);
    let mut members: Map<String, Value> = jwk.into();
    members.values_mut().for_each(|value| {
        if let Value::String(text) = value {
            text.zeroize();
        }
    });
    built
}

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
pub(crate) fn generate_ed25519() -> Result<(zeroize::Zeroizing<Vec<u8>>, Vec<u8>), Failed> {
    let pair = Ed25519KeyPair::generate()?;
    let seed = pair.seed()?;
    let seed =
        aws_lc_rs::encoding::AsBigEndian::<aws_lc_rs::encoding::Curve25519SeedBin<'_>>::as_be_bytes(&seed)?;
    Ok((zeroize::Zeroizing::new(seed.as_ref().to_vec()), pair.public_key().as_ref().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_signatures_of_another_length() {
        let (seed, public) = generate_ed25519().unwrap();
        let message = b"message";
        for (signing, verifying) in [
            (SigningKey::hmac(256, &[1; 32]), VerifyingKey::hmac(256, &[1; 32])),
            (SigningKey::ed25519(&seed, &public).unwrap(), VerifyingKey::ed25519(&public).unwrap()),
        ] {
            let signature = signing.sign(message).unwrap();
            assert_eq!(signature.as_ref().len(), signing.signature_len());
            assert!(verifying.verify(message, signature.as_ref()));
            for len in 0..signature.as_ref().len() {
                assert!(!verifying.verify(message, &signature.as_ref()[..len]));
            }
            assert!(!verifying.verify(message, &[signature.as_ref(), &[0]].concat()));
        }
    }

    #[test]
    fn knows_ecdsa_values_out_of_range() {
        assert!(has_zero_half(&[0, 0, 1, 2]));
        assert!(has_zero_half(&[1, 2, 0, 0]));
        assert!(!has_zero_half(&[0, 1, 1, 0]));
    }

    #[test]
    fn refuses_a_seed_that_does_not_fit_its_public_key() {
        let (seed, _) = generate_ed25519().unwrap();
        let (_, public) = generate_ed25519().unwrap();
        assert!(SigningKey::ed25519(&seed, &public).is_err());
    }
}
