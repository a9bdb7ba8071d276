use std::ops::RangeInclusive;

use crate::alg::{Enc, JweAlg};
use crate::crypto::{ContentKey, Failed, StackBytes};
use crate::token::params::Params;
use crate::util::meter::Cost;

/// A way to find the content encryption key of a token: one implementation per family of RFC 7518 §4.
pub(crate) trait KeyManager: Send + Sync {
    /// The one algorithm that this key is for.
    fn alg(&self) -> JweAlg;

    /// Bytes of the encrypted key; a token with another length is refused before any cryptography.
    fn encrypted_key_len(&self, enc: Enc) -> usize;

    /// Refuses header parameters by policy, before any cryptography.
    fn check(&self, _: &Params) -> Result<(), &'static str> {
        Ok(())
    }

    /// The cost of an [`open`](KeyManager::open) with [`Effort::Any`] beyond a quick one.
    fn open_cost(&self, _: &Params) -> Cost {
        Cost::NONE
    }

    /// The cost of a [`seal`](KeyManager::seal) with [`Effort::Any`] beyond a quick one.
    fn seal_cost(&self) -> Cost {
        Cost::NONE
    }

    /// The counts of iterations that are derived for a token; none where nothing is derived from a password.
    fn accepted_iterations(&self) -> Option<&RangeInclusive<u32>> {
        None
    }

    /// Returns whether finding a token's key costs much more than decrypting its content.
    fn is_costly(&self) -> bool;

    /// Makes or agrees on the key for a new token. None if that takes more than the effort.
    fn seal(&self, enc: Enc, effort: Effort) -> Result<Option<Sealed<'_>>, Failed>;

    /// Finds the key of a token whose lengths and parameters have been checked. None if that takes more than
    /// the effort.
    fn open(
        &self,
        params: &Params,
        encrypted_key: &[u8],
        enc: Enc,
        effort: Effort,
    ) -> Result<Option<Opened<'_>>, Failed>;

    /// Told after a token proved genuine, with what [`open`](KeyManager::open) derived for it.
    fn remember(&self, _: &Params, _: Derived) {}

    /// Returns whether [`derive_ahead`](KeyManager::derive_ahead) would make the next seals quick.
    fn runs_low(&self) -> bool {
        false
    }

    /// Derives the key of one token that is yet to be made.
    fn derive_ahead(&self) {}
}

/// The effort that an operation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Less than a millisecond, on the thread that serves requests.
    Quick,
    /// A password derivation or an RSA private-key operation too.
    Any,
}

/// A content encryption key, the key's own or a fresh one.
pub(crate) enum ContentRef<'k> {
    Own(&'k ContentKey),
    Fresh(ContentKey),
}

impl std::ops::Deref for ContentRef<'_> {
    type Target = ContentKey;

    fn deref(&self) -> &ContentKey {
        match self {
            Self::Own(key) => key,
            Self::Fresh(key) => key,
        }
    }
}

pub(crate) struct Sealed<'k> {
    pub(crate) content: ContentRef<'k>,
    pub(crate) encrypted_key: EncryptedKey,
    /// The members of this token's header beyond the constant ones.
    pub(crate) params: Params,
}

/// An encrypted key's bytes, on the stack where they are few.
pub(crate) enum EncryptedKey {
    Short(StackBytes<72>),
    Long(Vec<u8>),
}

impl EncryptedKey {
    pub(crate) const EMPTY: Self = Self::Short(StackBytes::EMPTY);

    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Short(bytes) => bytes.as_slice(),
            Self::Long(bytes) => bytes,
        }
    }
}

pub(crate) struct Opened<'k> {
    pub(crate) content: ContentRef<'k>,
    pub(crate) derived: Option<Derived>,
}

/// A key encryption key that took long to derive. In a place of its own, so that a collection that grows
/// moves none.
pub(crate) type Derived = Box<StackBytes<32>>;
