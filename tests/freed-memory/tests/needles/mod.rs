//! What a secret looks like, wherever it may stand.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use unjwt::Jwk;

/// Pieces of secrets: a copy that was cut off, or moved by a few bytes, has one of them.
pub struct Needles(Vec<(String, Vec<u8>)>);

/// Long enough to be nobody else's.
const PIECE: usize = 12;

impl Needles {
    pub fn text(name: &str, text: &str) -> Self {
        Self::bytes(name, text.as_bytes())
    }

    pub fn bytes(name: &str, bytes: &[u8]) -> Self {
        let mut needles = Self(Vec::new());
        needles.add(name, bytes);
        needles
    }

    pub fn none() -> Self {
        Self(Vec::new())
    }

    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// Its beginning, its middle and its end.
    fn add(&mut self, name: &str, bytes: &[u8]) {
        let piece = bytes.len().min(PIECE);
        let last = bytes.len() - piece;
        for at in [0, last / 2, last] {
            self.0.push((name.to_owned(), bytes[at..at + piece].to_vec()));
        }
    }
}

/// Each private member as it stands in the JSON, as bytes, as bytes in the order of a little-endian number, and as Base64
/// within a longer text, as in PEM.
pub fn private_members(jwk: &Jwk) -> Needles {
    let json = serde_json::to_value(jwk).unwrap();
    let mut needles = Needles(Vec::new());
    for name in ["k", "d", "p", "q", "dp", "dq", "qi"] {
        let Some(text) = json.get(name).map(|value| value.as_str().unwrap()) else { continue };
        needles.add(&format!("`{name}`"), text.as_bytes());
        let bytes = decode(text);
        needles.add(&format!("the bytes of `{name}`"), &bytes);
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        needles.add(&format!("the reversed bytes of `{name}`"), &reversed);
        for shift in 0..3 {
            let base64 = STANDARD_NO_PAD.encode(&bytes[shift..shift + 12]);
            needles.0.push((format!("`{name}` in Base64"), base64.into_bytes()));
        }
    }
    assert!(!needles.0.is_empty());
    needles
}

pub fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
