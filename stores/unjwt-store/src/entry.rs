//! The records of a store, and their keys.

use std::fmt;

/// The maximum length of a value in bytes.
pub const MAX_VALUE: usize = 4096;

/// The maximum number of keys of one [`load`](crate::Store::load).
pub const MAX_KEYS: usize = 100;

/// The key of a record: 33 bytes, of which the first is the kind of record and the others are a SHA-256 hash. It
/// contains nothing personal.
///
/// The sessions use kinds below 16. A service may keep records of its own under the others, such as the ids of what must
/// not be used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; Self::LEN]);

impl Key {
    /// The length in bytes.
    pub const LEN: usize = 33;

    /// Creates a key.
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Returns the key's bytes, for a store with binary keys.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Parses what [`Display`](fmt::Display) prints, such as a key in the message of a watched server. `None` for
    /// anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 2 * Self::LEN {
            return None;
        }
        let mut bytes = [0; Self::LEN];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                let digit = match digit {
                    b'0'..=b'9' => digit - b'0',
                    b'a'..=b'f' => digit - b'a' + 10,
                    _ => return None,
                };
                *byte = *byte << 4 | digit;
            }
        }
        Some(Self(bytes))
    }
}

/// Prints 66 lower-case hexadecimal digits, for a store with text keys.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// The version of a record, whose meaning is the store's own.
///
/// It is a counter that never starts again, not even after the record has expired, or the first 64 bits of a
/// cryptographic hash of the value. The sessions only hand it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u64);

impl Version {
    /// Creates a version.
    pub const fn new(version: u64) -> Self {
        Self(version)
    }

    /// Returns the number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// A record as it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The bytes of the last swap.
    pub value: Vec<u8>,
    /// The version to which that swap led.
    pub version: Version,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_printed() {
        let mut bytes = [0; Key::LEN];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = (index * 41) as u8;
        }
        let key = Key::from_bytes(bytes);
        assert_eq!(Key::parse(&key.to_string()), Some(key));
        assert_eq!(key.to_string().len(), 66);
        for text in ["", "00", &"0".repeat(65), &"0".repeat(67), &"A".repeat(66), &"é".repeat(33)] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }
}
