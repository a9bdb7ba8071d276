//! base64url as RFC 7515 §2 defines it: no padding, no white space, and one encoding for each sequence of
//! bytes.

use base64_simd::{AsOut as _, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// Not canonical base64url, or not of the length that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The number of characters that this many bytes become.
pub(crate) const fn encoded_len(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4 - (3 - bytes % 3) % 3
}

/// The number of bytes that this many characters become; `None` if no sequence of bytes has an encoding of
/// that length.
pub(crate) const fn decoded_len(chars: usize) -> Option<usize> {
    match chars % 4 {
        1 => None,
        rest => Some(chars / 4 * 3 + rest.saturating_sub(1)),
    }
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// Appends to a token under construction.
pub(crate) fn encode_into(bytes: &[u8], out: &mut String) {
    URL_SAFE_NO_PAD.encode_append(bytes, out);
}

pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    URL_SAFE_NO_PAD.decode_to_vec(text).map_err(|_| Malformed)
}

/// [`decode`] for what is wiped afterwards: of a text that turns out to be malformed nothing is left either.
pub(crate) fn decode_secret(text: &str) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let mut bytes = Zeroizing::new(vec![0; decoded_len(text.len()).ok_or(Malformed)?]);
    decode_slice(text, &mut bytes)?;
    Ok(bytes)
}

/// Decodes into the front of `buffer` and returns that part.
pub(crate) fn decode_slice<'b>(text: &str, buffer: &'b mut [u8]) -> Result<&'b [u8], Malformed> {
    let len = decoded_len(text.len()).ok_or(Malformed)?;
    let out = buffer.get_mut(..len).ok_or(Malformed)?;
    let decoded = URL_SAFE_NO_PAD.decode(text.as_bytes(), out.as_out()).map_err(|_| Malformed)?;
    if decoded.len() == len { Ok(decoded) } else { Err(Malformed) }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as PEER;

    use super::*;

    #[test]
    fn lengths_agree_with_the_encoder() {
        for len in 0..300 {
            let text = encode(&vec![0xa5; len]);
            assert_eq!(text.len(), encoded_len(len));
            assert_eq!(decoded_len(text.len()), Some(len));
            let mut buffer = [0; 300];
            assert_eq!(decode_slice(&text, &mut buffer).unwrap(), vec![0xa5; len]);
            if len > 0 {
                assert_eq!(decode_slice(&text, &mut [0; 300][..len - 1]), Err(Malformed));
            }
        }
        assert_eq!(decoded_len(5), None);
    }

    #[test]
    fn refuses_every_encoding_but_the_canonical_one() {
        for text in
            ["QQ==", "QQ=", "Q", "QR", "QUJ", "QUJDR", "QUI\n", " QUI", "QU I", "+/8", "QU+A", "QUJD=", "é"]
        {
            assert!(decode(text).is_err() && decode_secret(text).is_err(), "{text:?}");
            assert!(decode_slice(text, &mut [0; 64]).is_err(), "{text:?}");
        }
        assert_eq!(decode("-_8").unwrap(), [0xfb, 0xff]);
        assert_eq!(*decode_secret("-_8").unwrap(), [0xfb, 0xff]);
    }

    proptest::proptest! {
        /// The peer is strict too, and looks at one character at a time.
        #[test]
        fn agrees_with_a_scalar_codec(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600), place: usize, replaced: u8, cut in 0_usize..4) {
            let text = encode(&bytes);
            proptest::prop_assert_eq!(&text, &PEER.encode(&bytes));

            let mut changed = text.into_bytes();
            changed.truncate(changed.len().saturating_sub(cut));
            if let Some(len) = std::num::NonZeroUsize::new(changed.len()) {
                changed[place % len] = replaced;
            }
            if let Ok(text) = std::str::from_utf8(&changed) {
                let expected = PEER.decode(text).map_err(|_| Malformed);
                proptest::prop_assert_eq!(decode(text), expected.clone());
                let mut buffer = vec![0; text.len()];
                proptest::prop_assert_eq!(decode_slice(text, &mut buffer).map(<[u8]>::to_vec), expected);
            }
        }
    }
}
