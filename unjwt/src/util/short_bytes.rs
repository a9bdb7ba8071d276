//! Bytes that need no allocation while they are few.

use std::io;
use std::ops::Deref;

/// The number of bytes that are stored inline.
const FEW: usize = 96;

/// A buffer that allocates only once it holds more than 96 bytes.
#[derive(Clone, Debug)]
pub(crate) struct ShortBytes {
    few: [u8; FEW],
    len: usize,
    /// All bytes, if they are more than `few` holds.
    many: Vec<u8>,
}

impl ShortBytes {
    pub(crate) fn push(&mut self, byte: u8) {
        self.extend(&[byte]);
    }

    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if self.many.is_empty() {
            if let Some(place) = self.few.get_mut(self.len..end) {
                place.copy_from_slice(bytes);
                self.len = end;
                return;
            }
            self.many.extend_from_slice(self.few.get(..self.len).unwrap_or_default());
        }
        self.many.extend_from_slice(bytes);
        self.len = end;
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.many.truncate(len);
        self.len = self.len.min(len);
    }
}

impl Default for ShortBytes {
    fn default() -> Self {
        Self { few: [0; FEW], len: 0, many: Vec::new() }
    }
}

impl Deref for ShortBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        if self.many.is_empty() { self.few.get(..self.len).unwrap_or_default() } else { &self.many }
    }
}

impl io::Write for ShortBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend(bytes);
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Parts of up to twice what is stored inline, and cuts in between.
        #[test]
        fn agrees_with_a_vector(steps in proptest::collection::vec((proptest::collection::vec(proptest::num::u8::ANY, 0..2 * FEW), 0..4 * FEW), 0..6)) {
            let (mut bytes, mut model) = (ShortBytes::default(), Vec::new());
            for (part, cut) in steps {
                bytes.extend(&part);
                model.extend_from_slice(&part);
                proptest::prop_assert_eq!(&*bytes, &*model);
                bytes.truncate(cut);
                model.truncate(cut);
                proptest::prop_assert_eq!(&*bytes, &*model);
                bytes.push(7);
                model.push(7);
                proptest::prop_assert_eq!(&*bytes, &*model);
            }
        }
    }
}
