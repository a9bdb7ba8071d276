use super::manager::{ContentRef, Effort, EncryptedKey, KeyManager, Opened, Sealed};
use crate::alg::{Enc, JweAlg};
use crate::crypto::{ContentKey, Failed};
use crate::token::params::Params;

/// The shared key encrypts the content (RFC 7518 §4.5).
pub(crate) struct Direct(ContentKey);

impl Direct {
    /// Fails unless `key` has the length of `enc`'s keys.
    pub(crate) fn new(enc: Enc, key: &[u8]) -> Result<Self, Failed> {
        ContentKey::new(enc, key).map(Self)
    }
}

impl KeyManager for Direct {
    fn alg(&self) -> JweAlg {
        JweAlg::Dir
    }

    fn is_costly(&self) -> bool {
        false
    }

    fn encrypted_key_len(&self, _: Enc) -> usize {
        0
    }

    fn seal(&self, enc: Enc, _: Effort) -> Result<Option<Sealed<'_>>, Failed> {
        if enc != self.0.enc() {
            return Err(Failed);
        }
        Ok(Some(Sealed {
            content: ContentRef::Own(&self.0),
            encrypted_key: EncryptedKey::EMPTY,
            params: Params::None,
        }))
    }

    fn open(
        &self,
        _: &Params,
        encrypted_key: &[u8],
        enc: Enc,
        _: Effort,
    ) -> Result<Option<Opened<'_>>, Failed> {
        if enc != self.0.enc() || !encrypted_key.is_empty() {
            return Err(Failed);
        }
        Ok(Some(Opened { content: ContentRef::Own(&self.0), derived: None }))
    }
}
