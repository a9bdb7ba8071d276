//! A fast hash for keys that nobody can choose, such as random identifiers and digests.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes [`MixedHasher`]s with a secret of their map.
///
/// For keys of which an attacker cannot choose many: std's SipHash costs as much as the rest of a look-up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mixed([u64; 2]);

impl Default for Mixed {
    fn default() -> Self {
        let random = RandomState::new();
        Self([random.hash_one(0), random.hash_one(1)])
    }
}

impl BuildHasher for Mixed {
    type Hasher = MixedHasher;

    fn build_hasher(&self) -> MixedHasher {
        let [state, secret] = self.0;
        MixedHasher { state, secret }
    }
}

/// Multiplies each word with a secret, and folds the product.
pub(crate) struct MixedHasher {
    state: u64,
    secret: u64,
}

impl Hasher for MixedHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.write_u64(u64::from_le_bytes(*word)));
        rest.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.secret | 1);
        self.state = (product as u64) ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn hashes_are_spread() {
        let mixed = Mixed::default();
        // Both the low bits, by which a map chooses the place, and the high ones, by which it compares.
        for shift in [0, 52] {
            let places = (0..4096_u64).map(|key| mixed.hash_one(key.to_le_bytes()) >> shift & 0xfff);
            assert!(places.collect::<HashSet<_>>().len() > 2000);
        }
    }
}
