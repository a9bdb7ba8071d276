use aws_lc_rs::agreement::{
    self, Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, ParsedPublicKey, PrivateKey, UnparsedPublicKey,
};

use super::Failed;
use super::kdf::{ConcatInfo, concat_kdf};
use super::point::UNCOMPRESSED;
use crate::alg::{EcCurve, EcdhCurve};

/// The private half of a key pair for ECDH.
pub(crate) struct AgreementKey(PrivateKey);

/// The public half of one, known to be on its curve.
pub(crate) struct AgreementPublicKey(ParsedPublicKey);

/// A public key's coordinates; a Montgomery curve has `x` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) x: Vec<u8>,
    pub(crate) y: Option<Vec<u8>>,
}

impl AgreementKey {
    /// `d` has the length of the curve's private keys.
    pub(crate) fn new(curve: EcdhCurve, d: &[u8]) -> Result<Self, Failed> {
        if d.len() != curve.len() {
            return Err(Failed);
        }
        Ok(Self(PrivateKey::from_private_key(algorithm(curve), d)?))
    }

    /// A new key for one token.
    pub(crate) fn generate(curve: EcdhCurve) -> Result<Self, Failed> {
        Ok(Self(PrivateKey::generate(algorithm(curve))?))
    }

    /// The public half.
    pub(crate) fn public(&self) -> Result<Point, Failed> {
        let public = self.0.compute_public_key()?;
        let bytes = public.as_ref();
        match bytes.split_first() {
            Some((&UNCOMPRESSED, xy)) if *self.0.algorithm() != agreement::X25519 => {
                let (x, y) = xy.split_at(xy.len() / 2);
                Ok(Point { x: x.to_vec(), y: Some(y.to_vec()) })
            }
            _ => Ok(Point { x: bytes.to_vec(), y: None }),
        }
    }

    /// Fills `out` with the key that both sides derive. Fails where X25519 yields zero, which is the same for
    /// everybody (RFC 7748 §6.1); on the other curves a zero is as likely and as good as any number.
    pub(crate) fn agree(
        &self,
        peer: &AgreementPublicKey,
        info: &ConcatInfo<'_>,
        out: &mut [u8],
    ) -> Result<(), Failed> {
        let is_x25519 = *self.0.algorithm() == agreement::X25519;
        agreement::agree(&self.0, peer.0.clone(), Failed, |secret| {
            if is_x25519 && secret.iter().all(|byte| *byte == 0) {
                return Err(Failed);
            }
            concat_kdf(secret, info, out)
        })
    }
}

impl AgreementPublicKey {
    /// Fails unless the coordinates have the curve's lengths and the point is on it.
    pub(crate) fn new(curve: EcdhCurve, point: &Point) -> Result<Self, Failed> {
        let fits = |coordinate: &[u8]| coordinate.len() == curve.len();
        let bytes = match (curve, &point.y) {
            (EcdhCurve::X25519, None) if fits(&point.x) => point.x.clone(),
            (EcdhCurve::Ec(_), Some(y)) if fits(&point.x) && fits(y) => {
                [&[UNCOMPRESSED], point.x.as_slice(), y].concat()
            }
            _ => return Err(Failed),
        };
        Ok(Self(ParsedPublicKey::try_from(UnparsedPublicKey::new(algorithm(curve), bytes))?))
    }
}

pub(super) fn algorithm(curve: EcdhCurve) -> &'static Algorithm {
    match curve {
        EcdhCurve::Ec(EcCurve::P256) => &ECDH_P256,
        EcdhCurve::Ec(EcCurve::P384) => &ECDH_P384,
        EcdhCurve::Ec(EcCurve::P521) => &ECDH_P521,
        EcdhCurve::X25519 => &agreement::X25519,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::tests::from_hex;

    const INFO: ConcatInfo<'_> = ConcatInfo { algorithm: "A256GCM", apu: b"", apv: b"" };

    fn agree(key: &AgreementKey, curve: EcdhCurve, point: &Point) -> Result<[u8; 32], Failed> {
        let mut out = [0; 32];
        key.agree(&AgreementPublicKey::new(curve, point)?, &INFO, &mut out)?;
        Ok(out)
    }

    #[test]
    fn both_sides_derive_one_key() {
        for curve in EcdhCurve::ALL {
            let [a, b] = [(); 2].map(|()| AgreementKey::generate(curve).unwrap());
            let [pa, pb] = [&a, &b].map(|key| key.public().unwrap());
            assert_eq!(pa.x.len(), curve.len());
            assert_eq!(pa.y.is_some(), curve != EcdhCurve::X25519);
            assert_eq!(agree(&a, curve, &pb).unwrap(), agree(&b, curve, &pa).unwrap());
        }
    }

    #[test]
    fn points_off_the_curve_are_refused() {
        for curve in EcCurve::ALL.map(EcdhCurve::Ec) {
            let point = AgreementKey::generate(curve).unwrap().public().unwrap();
            let zero = vec![0; curve.len()];
            let mut flipped = point.clone();
            flipped.x[curve.len() - 1] ^= 1;
            let short = Point { x: point.x[1..].to_vec(), y: point.y.clone() };
            let long = Point { x: [&[0], point.x.as_slice()].concat(), y: point.y.clone() };
            let half = Point { y: None, ..point.clone() };
            let origin = Point { x: zero.clone(), y: Some(zero.clone()) };
            let large = Point { x: vec![0xff; curve.len()], y: Some(vec![0xff; curve.len()]) };
            for point in [flipped, short, long, half, origin, large] {
                assert!(AgreementPublicKey::new(curve, &point).is_err(), "{curve:?} {point:?}");
            }
            assert!(AgreementKey::new(curve, &zero).is_err());
            assert!(AgreementKey::new(curve, &vec![0xff; curve.len()]).is_err());
        }
    }

    #[test]
    fn points_of_small_order_are_refused() {
        let key = AgreementKey::generate(EcdhCurve::X25519).unwrap();
        let mut one = vec![0; 32];
        one[0] = 1;
        // 2^255 - 19, a second encoding of zero.
        let mut prime = vec![0xff; 32];
        (prime[0], prime[31]) = (0xed, 0x7f);
        for x in [vec![0; 32], one, prime] {
            assert!(agree(&key, EcdhCurve::X25519, &Point { x: x.clone(), y: None }).is_err(), "{x:?}");
        }
    }

    /// The points with `x` = 0, and the private key 1: the shared secret is that `x`. A Montgomery curve's
    /// zero comes from points of small order only; here it is a number like any other (RFC 7518 §4.6 asks for
    /// no such check).
    #[test]
    fn a_shared_x_of_zero_is_a_secret_like_any_other_on_the_nist_curves() {
        for (curve, y) in [
            (EcCurve::P256, "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4"),
            (
                EcCurve::P384,
                "c306610fb0ae5a159cf45c06069f22a6c5eb3641c602d42dea2c4b4f75550793406d80d2b91ad54f9048bd487af1ade1",
            ),
            (
                EcCurve::P521,
                "012df13601594a883ef2d935e44bb90bf4d6619b74e52af7552f97769011c0719eb439cfab2a88d40fe59a2bed1f43557169a2d0a2ccd280c607b92bbf51ffe0b078",
            ),
        ] {
            let curve = EcdhCurve::Ec(curve);
            let y = from_hex(y);
            let point = Point { x: vec![0; curve.len()], y: Some(y) };
            let mut one = vec![0; curve.len()];
            one[curve.len() - 1] = 1;
            let key = AgreementKey::new(curve, &one).unwrap();
            let mut expected = [0; 32];
            concat_kdf(&point.x, &INFO, &mut expected).unwrap();
            assert_eq!(agree(&key, curve, &point), Ok(expected), "{curve:?}");
        }
    }
}
