//! Signing and verifying for all algorithms of RFC 7518 §3 and RFC 8037 §3.1.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPairComponents as RsaKeyPairComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING, ED25519,
    EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, Ed25519KeyPair, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
    RsaParameters, RsaPublicKeyComponents,
};
use zeroize::Zeroizing;

use super::ecdsa_low::{P256_ORDER, P384_ORDER, P521_ORDER, lower};
use super::hmac::HmacKey;
use super::members::bytes;
use super::point;
use super::{Failed, StackBytes};
use crate::alg::{EcCurve, Hash, Signature};
use crate::util::json::Object;
use crate::util::meter::Cost;

/// A key that signs.
pub(crate) enum SigningKey {
    Hmac(Mac),
    Ed25519(Box<Ed25519KeyPair>),
    Ecdsa { pair: Box<EcdsaKeyPair>, order: &'static [u8] },
    Rsa { pair: Box<RsaKeyPair>, padding: &'static dyn RsaEncoding },
}

/// A key that verifies.
pub(crate) enum VerifyingKey {
    Hmac(Mac),
    Public { key: Box<ParsedPublicKey>, len: usize },
}

/// A signature's bytes, on the stack where they are few.
pub(crate) enum SignatureBytes {
    Short(StackBytes<132>),
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
    /// HMAC.
    pub(crate) fn hmac(hash: Hash, secret: &[u8]) -> Self {
        Self::Hmac(Mac(Box::new(HmacKey::new(hash, secret))))
    }

    /// Ed25519 from a seed; fails unless `public` belongs to it.
    pub(crate) fn ed25519(seed: &[u8], public: &[u8]) -> Result<Self, Failed> {
        if seed.len() != 32 {
            return Err(Failed);
        }
        Ok(Self::Ed25519(Box::new(Ed25519KeyPair::from_seed_and_public_key(seed, public)?)))
    }

    /// RSA or ECDSA from the members of a checked private JWK; fails unless they belong together.
    pub(crate) fn private(signature: Signature, members: &Object) -> Result<Self, Failed> {
        match signature {
            Signature::Ecdsa(curve) => {
                let curve = EcdsaCurve::of(curve);
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    curve.signing,
                    &bytes(members, "d")?,
                    &point::of_members(members)?,
                )?;
                Ok(Self::Ecdsa { pair: Box::new(pair), order: curve.order })
            }
            Signature::RsaPkcs1(hash) => Self::rsa(members, rsa_pkcs1(hash)),
            Signature::RsaPss(hash) => Self::rsa(members, rsa_pss(hash)),
            Signature::Hmac(_) | Signature::Ed25519 => Err(Failed),
        }
    }

    fn rsa(members: &Object, padding: &'static dyn RsaEncoding) -> Result<Self, Failed> {
        let pair = RsaKeyPair::from_components(&RsaKeyPairComponents {
            public_key: rsa_public(members)?,
            d: bytes(members, "d")?.as_slice(),
            p: bytes(members, "p")?.as_slice(),
            q: bytes(members, "q")?.as_slice(),
            dP: bytes(members, "dp")?.as_slice(),
            dQ: bytes(members, "dq")?.as_slice(),
            qInv: bytes(members, "qi")?.as_slice(),
        })?;
        Ok(Self::Rsa { pair: Box::new(pair), padding })
    }

    /// Bytes of a signature.
    pub(crate) fn signature_len(&self) -> usize {
        match self {
            Self::Hmac(mac) => mac.0.tag_len(),
            Self::Ed25519(_) => 64,
            Self::Ecdsa { order, .. } => 2 * order.len(),
            Self::Rsa { pair, .. } => pair.public_modulus_len(),
        }
    }

    /// The cost of [`sign`](Self::sign), where that is high.
    pub(crate) fn cost(&self) -> Cost {
        match self {
            Self::Rsa { pair, .. } => Cost::rsa(pair.public_modulus_len()),
            Self::Hmac(_) | Self::Ed25519(_) | Self::Ecdsa { .. } => Cost::NONE,
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<SignatureBytes, Failed> {
        match self {
            Self::Hmac(mac) => short(mac.0.sign(message).as_ref()),
            Self::Ed25519(pair) => short(pair.try_sign(message)?.as_ref()),
            Self::Ecdsa { pair, order } => {
                let mut signature =
                    StackBytes::from_slice(pair.sign(&SystemRandom::new(), message)?.as_ref())
                        .ok_or(Failed)?;
                lower(signature.as_mut_slice(), order)?;
                Ok(SignatureBytes::Short(signature))
            }
            Self::Rsa { pair, padding } => {
                let mut signature = vec![0; pair.public_modulus_len()];
                self.cost().measure(|| pair.sign(*padding, &SystemRandom::new(), message, &mut signature))?;
                Ok(SignatureBytes::Long(signature))
            }
        }
    }
}

impl VerifyingKey {
    /// HMAC.
    pub(crate) fn hmac(hash: Hash, secret: &[u8]) -> Self {
        Self::Hmac(Mac(Box::new(HmacKey::new(hash, secret))))
    }

    pub(crate) fn ed25519(public: &[u8]) -> Result<Self, Failed> {
        if public.len() != 32 {
            return Err(Failed);
        }
        Ok(Self::Public { key: Box::new(ParsedPublicKey::new(&ED25519, public)?), len: 64 })
    }

    /// RSA or ECDSA from the members of a checked public JWK; `rsa_len` is the modulus' length in bytes.
    pub(crate) fn public(signature: Signature, members: &Object, rsa_len: usize) -> Result<Self, Failed> {
        let parameters: &RsaParameters = match signature {
            Signature::Ecdsa(curve) => {
                let curve = EcdsaCurve::of(curve);
                let key = ParsedPublicKey::new(curve.verification, point::of_members(members)?)?;
                return Ok(Self::Public { key: Box::new(key), len: 2 * curve.order.len() });
            }
            Signature::RsaPkcs1(Hash::Sha256) => &RSA_PKCS1_2048_8192_SHA256,
            Signature::RsaPkcs1(Hash::Sha384) => &RSA_PKCS1_2048_8192_SHA384,
            Signature::RsaPkcs1(Hash::Sha512) => &RSA_PKCS1_2048_8192_SHA512,
            Signature::RsaPss(Hash::Sha256) => &RSA_PSS_2048_8192_SHA256,
            Signature::RsaPss(Hash::Sha384) => &RSA_PSS_2048_8192_SHA384,
            Signature::RsaPss(Hash::Sha512) => &RSA_PSS_2048_8192_SHA512,
            Signature::Hmac(_) | Signature::Ed25519 => return Err(Failed),
        };
        let key = rsa_public(members)?.to_parsed_public_key(parameters)?;
        Ok(Self::Public { key: Box::new(key), len: rsa_len })
    }

    /// Bytes of a signature.
    pub(crate) fn signature_len(&self) -> usize {
        match self {
            Self::Hmac(mac) => mac.0.tag_len(),
            Self::Public { len, .. } => *len,
        }
    }

    /// Returns whether `signature` is this key's signature of `message`. A wrong length is refused before any
    /// cryptography.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hmac(mac) => mac.0.verify(message, signature),
            Self::Public { key, len } => {
                signature.len() == *len && key.verify_sig(message, signature).is_ok()
            }
        }
    }
}

fn short(signature: &[u8]) -> Result<SignatureBytes, Failed> {
    StackBytes::from_slice(signature).map(SignatureBytes::Short).ok_or(Failed)
}

/// ECDSA on one curve, whose signatures are two numbers as long as the curve's order (RFC 7518 §3.4).
pub(super) struct EcdsaCurve {
    order: &'static [u8],
    pub(super) signing: &'static EcdsaSigningAlgorithm,
    pub(super) verification: &'static EcdsaVerificationAlgorithm,
}

impl EcdsaCurve {
    pub(super) fn of(curve: EcCurve) -> Self {
        match curve {
            EcCurve::P256 => Self {
                order: &P256_ORDER,
                signing: &ECDSA_P256_SHA256_FIXED_SIGNING,
                verification: &ECDSA_P256_SHA256_FIXED,
            },
            EcCurve::P384 => Self {
                order: &P384_ORDER,
                signing: &ECDSA_P384_SHA384_FIXED_SIGNING,
                verification: &ECDSA_P384_SHA384_FIXED,
            },
            EcCurve::P521 => Self {
                order: &P521_ORDER,
                signing: &ECDSA_P521_SHA512_FIXED_SIGNING,
                verification: &ECDSA_P521_SHA512_FIXED,
            },
        }
    }
}

fn rsa_pkcs1(hash: Hash) -> &'static dyn RsaEncoding {
    match hash {
        Hash::Sha256 => &RSA_PKCS1_SHA256,
        Hash::Sha384 => &RSA_PKCS1_SHA384,
        Hash::Sha512 => &RSA_PKCS1_SHA512,
    }
}

fn rsa_pss(hash: Hash) -> &'static dyn RsaEncoding {
    match hash {
        Hash::Sha256 => &RSA_PSS_SHA256,
        Hash::Sha384 => &RSA_PSS_SHA384,
        Hash::Sha512 => &RSA_PSS_SHA512,
    }
}

fn rsa_public(members: &Object) -> Result<RsaPublicKeyComponents<Zeroizing<Vec<u8>>>, Failed> {
    let number = |name| {
        let mut bytes = bytes(members, name)?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.drain(..zeros);
        Ok::<_, Failed>(bytes)
    };
    Ok(RsaPublicKeyComponents { n: number("n")?, e: number("e")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;

    use crate::alg::OkpCurve;
    use crate::crypto::tests::from_hex;
    use crate::crypto::{generate_ec, generate_okp, generate_rsa};

    fn generate_ed25519() -> (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>) {
        let members = generate_okp(OkpCurve::Ed25519).unwrap();
        (bytes(&members, "d").unwrap(), bytes(&members, "x").unwrap())
    }

    fn pairs() -> Vec<(SigningKey, VerifyingKey)> {
        let (seed, public) = generate_ed25519();
        let mut pairs = vec![
            (SigningKey::hmac(Hash::Sha256, &[1; 32]), VerifyingKey::hmac(Hash::Sha256, &[1; 32])),
            (SigningKey::ed25519(&seed, &public).unwrap(), VerifyingKey::ed25519(&public).unwrap()),
        ];
        let rsa = generate_rsa().unwrap();
        let ec = EcCurve::ALL.map(|curve| (Signature::Ecdsa(curve), generate_ec(curve).unwrap()));
        let rsa = Hash::ALL
            .into_iter()
            .flat_map(|hash| [Signature::RsaPkcs1(hash), Signature::RsaPss(hash)])
            .map(|signature| (signature, rsa.clone()));
        for (signature, members) in rsa.chain(ec) {
            pairs.push((
                SigningKey::private(signature, &members).unwrap(),
                VerifyingKey::public(signature, &members, 256).unwrap(),
            ));
        }
        pairs
    }

    #[test]
    fn refuses_other_messages_and_lengths() {
        for (signing, verifying) in pairs() {
            let message = b"message";
            let signature = signing.sign(message).unwrap();
            let signature = signature.as_ref();
            assert_eq!(signature.len(), signing.signature_len());
            assert!(verifying.verify(message, signature));
            assert!(!verifying.verify(b"another", signature));
            for len in 0..signature.len() {
                assert!(!verifying.verify(message, &signature[..len]));
            }
            assert!(!verifying.verify(message, &[signature, &[0]].concat()));
            assert!(!verifying.verify(message, &vec![0; signature.len()]));
        }
    }

    /// `r` and `s` are in 1..n (FIPS 186-5 §6.4.2).
    #[test]
    fn refuses_ecdsa_values_out_of_range() {
        for curve in EcCurve::ALL {
            let len = curve.len();
            let members = generate_ec(curve).unwrap();
            let signing = SigningKey::private(Signature::Ecdsa(curve), &members).unwrap();
            let verifying = VerifyingKey::public(Signature::Ecdsa(curve), &members, 0).unwrap();
            let signature = signing.sign(b"message").unwrap().as_ref().to_vec();
            for fill in [0, 0xff] {
                let mut changed = signature.clone();
                changed[..len].fill(fill);
                assert!(!verifying.verify(b"message", &changed));
                changed[len..].fill(fill);
                assert!(!verifying.verify(b"message", &changed));
            }
        }
    }

    /// Half of each curve's order, rounded down (FIPS 186-5, SP 800-186 §3.2.1).
    const HALVES: [(EcCurve, &str); 3] = [
        (EcCurve::P256, "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8"),
        (
            EcCurve::P384,
            "7fffffffffffffffffffffffffffffffffffffffffffffffe3b1a6c0fa1b96efac0d06d9245853bd76760cb5666294b9",
        ),
        (
            EcCurve::P521,
            "00fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd28c343c1df97cb35bfe600a47b84d2e81ddae4dc44ce23d75db7db8f489c3204",
        ),
    ];

    fn number(hex: &str) -> BigUint {
        BigUint::from_bytes_be(&from_hex(hex))
    }

    /// `(r, n - s)`, which verifies whenever `(r, s)` does.
    fn twin(half: &str, signature: &[u8]) -> Vec<u8> {
        let (r, s) = signature.split_at(signature.len() / 2);
        // The order is odd: twice its half, and one.
        let order = number(half) * 2_u32 + 1_u32;
        let s = (order - BigUint::from_bytes_be(s)).to_bytes_be();
        [r, &vec![0; r.len() - s.len()], &s].concat()
    }

    #[test]
    fn ecdsa_signatures_are_low() {
        for (curve, half) in HALVES {
            let members = generate_ec(curve).unwrap();
            let signing = SigningKey::private(Signature::Ecdsa(curve), &members).unwrap();
            let verifying = VerifyingKey::public(Signature::Ecdsa(curve), &members, 0).unwrap();
            for number in 0..300_u32 {
                let message = number.to_be_bytes();
                let signature = signing.sign(&message).unwrap();
                let (_, s) = signature.as_ref().split_at(signature.as_ref().len() / 2);
                let s = BigUint::from_bytes_be(s);
                assert!(s <= self::number(half), "{curve:?}: {number}");
                assert!(verifying.verify(&message, signature.as_ref()));
            }
        }
    }

    /// Web Cryptography and others do not normalise what they sign.
    #[test]
    fn the_high_twin_of_an_ecdsa_signature_is_accepted() {
        for (curve, half) in HALVES {
            let members = generate_ec(curve).unwrap();
            let signing = SigningKey::private(Signature::Ecdsa(curve), &members).unwrap();
            let verifying = VerifyingKey::public(Signature::Ecdsa(curve), &members, 0).unwrap();
            let signature = signing.sign(b"message").unwrap();
            let twin = twin(half, signature.as_ref());
            assert_ne!(twin, signature.as_ref());
            assert!(verifying.verify(b"message", &twin));
            assert!(!verifying.verify(b"another", &twin));
        }
    }

    #[test]
    fn refuses_halves_that_do_not_fit() {
        let (seed, _) = generate_ed25519();
        let (_, public) = generate_ed25519();
        assert!(SigningKey::ed25519(&seed, &public).is_err());
        for (signature, generate) in [
            (Signature::Ecdsa(EcCurve::P256), (|| generate_ec(EcCurve::P256)) as fn() -> _),
            (Signature::RsaPss(Hash::Sha256), || generate_rsa()),
        ] {
            let (mut one, other) = (generate().unwrap(), generate().unwrap());
            one.insert("d", other.get("d").unwrap().clone());
            assert!(SigningKey::private(signature, &one).is_err());
        }
    }
}
