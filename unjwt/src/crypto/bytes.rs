use zeroize::{Zeroize, ZeroizeOnDrop};

/// At most `N` bytes on the stack, wiped when dropped: keys, tags and vectors of a token without an
/// allocation.
pub(crate) struct StackBytes<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> StackBytes<N> {
    pub(crate) const EMPTY: Self = Self { bytes: [0; N], len: 0 };

    /// `len` zero bytes to be filled; `None` if they do not fit.
    pub(crate) fn zeroed(len: usize) -> Option<Self> {
        (len <= N).then_some(Self { bytes: [0; N], len })
    }

    pub(crate) fn from_slice(slice: &[u8]) -> Option<Self> {
        let mut bytes = Self::zeroed(slice.len())?;
        bytes.as_mut_slice().copy_from_slice(slice);
        Some(bytes)
    }

    /// `len` random bytes; `None` if they do not fit.
    pub(crate) fn random(len: usize) -> Option<Self> {
        let mut bytes = Self::zeroed(len)?;
        super::fill_random(bytes.as_mut_slice());
        Some(bytes)
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.len).unwrap_or_default()
    }
}

impl<const N: usize> Drop for StackBytes<N> {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for StackBytes<N> {}
