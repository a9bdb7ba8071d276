//! The lower of an ECDSA signature's two forms.
//!
//! `(r, s)` and `(r, n - s)` both verify, `n` being the curve's order. Signers that always write the lower
//! `s` make one token where others make one of two; those that verify must take either, since most signers do
//! not choose.

use super::{Failed, StackBytes};

// SP 800-186 §3.2.1.3 to §3.2.1.5.
pub(super) const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
pub(super) const P384_ORDER: [u8; 48] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a,
    0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];
pub(super) const P521_ORDER: [u8; 66] = [
    0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfa,
    0x51, 0x86, 0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b, 0x7f, 0xcc, 0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0, 0x3b,
    0xb5, 0xc9, 0xb8, 0x89, 0x9c, 0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09,
];

/// Makes `s`, the second half of the signature, the lower one of its two values. Nothing here is secret.
pub(super) fn lower(signature: &mut [u8], order: &[u8]) -> Result<(), Failed> {
    let (_, s) = signature.split_at_mut_checked(order.len()).ok_or(Failed)?;
    let mut other = StackBytes::<66>::zeroed(order.len()).ok_or(Failed)?;
    subtract(order, s, other.as_mut_slice())?;
    if other.as_slice() < &*s {
        s.copy_from_slice(other.as_slice());
    }
    Ok(())
}

/// `a - b` of big-endian numbers that are equally long, `b` not greater than `a`.
fn subtract(a: &[u8], b: &[u8], difference: &mut [u8]) -> Result<(), Failed> {
    if a.len() != b.len() || a.len() != difference.len() {
        return Err(Failed);
    }
    let mut borrowed = false;
    for ((a, b), to) in a.iter().zip(b).zip(difference).rev() {
        let (rest, one) = a.overflowing_sub(*b);
        let (rest, two) = rest.overflowing_sub(u8::from(borrowed));
        (*to, borrowed) = (rest, one || two);
    }
    if borrowed { Err(Failed) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alg::{EcCurve, EcdhCurve};
    use crate::crypto::point::ecdh_public;

    /// The point of the private key `n - 1` is that of 1 upside down: `-G`. No other number below 2^bits of
    /// `n` has this point, so whatever the library says of it says what its order is.
    #[test]
    fn the_orders_are_those_of_the_curves() {
        for curve in EcCurve::ALL {
            let order: &[u8] = match curve {
                EcCurve::P256 => &P256_ORDER,
                EcCurve::P384 => &P384_ORDER,
                EcCurve::P521 => &P521_ORDER,
            };
            let mut one = vec![0; curve.len()];
            one[curve.len() - 1] = 1;
            let mut last = order.to_vec();
            *last.last_mut().unwrap() -= 1;
            let [generator, inverse] = [one, last].map(|d| ecdh_public(EcdhCurve::Ec(curve), &d).unwrap());
            let x = 1..=curve.len();
            assert_eq!(generator[x.clone()], inverse[x]);
            assert_ne!(generator, inverse);
            assert!(ecdh_public(EcdhCurve::Ec(curve), order).is_err());
        }
    }

    #[test]
    fn the_lower_value_stays_and_the_higher_one_goes() {
        // An order of 0x0101, so that the halves are 0x80 and 0x81.
        for (s, expected) in
            [([0, 1], [0, 1]), ([0, 0x80], [0, 0x80]), ([0, 0x81], [0, 0x80]), ([1, 0], [0, 1])]
        {
            let mut signature = [&[7, 7], &s[..]].concat();
            lower(&mut signature, &[1, 1]).unwrap();
            assert_eq!(signature, [&[7, 7], &expected[..]].concat());
        }
        // Past the order, or of another length.
        assert_eq!(lower(&mut [7, 7, 1, 2], &[1, 1]), Err(Failed));
        assert_eq!(lower(&mut [7, 7, 1], &[1, 1]), Err(Failed));
        assert_eq!(lower(&mut [7], &[1, 1]), Err(Failed));
    }
}
