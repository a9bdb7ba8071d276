use super::manager::{ContentRef, Effort, EncryptedKey, KeyManager, Opened, Sealed};
use crate::alg::{Enc, JweAlg};
use crate::crypto::{ContentKey, Failed, Kek, StackBytes};
use crate::token::params::Params;

/// A shared key wraps a fresh content encryption key (RFC 7518 §4.4).
pub(crate) struct AesKw {
    alg: JweAlg,
    kek: Kek,
}

impl AesKw {
    /// The caller has checked that `key` has the length that `alg` names.
    pub(crate) fn new(alg: JweAlg, key: &[u8]) -> Result<Self, Failed> {
        Ok(Self { alg, kek: Kek::new(key)? })
    }
}

impl KeyManager for AesKw {
    fn alg(&self) -> JweAlg {
        self.alg
    }

    fn is_costly(&self) -> bool {
        false
    }

    fn encrypted_key_len(&self, enc: Enc) -> usize {
        enc.key_len() + Kek::OVERHEAD
    }

    fn seal(&self, enc: Enc, _: Effort) -> Result<Option<Sealed<'_>>, Failed> {
        let (content, encrypted_key) = wrap_fresh_key(&self.kek, enc)?;
        Ok(Some(Sealed { content: ContentRef::Fresh(content), encrypted_key, params: Params::None }))
    }

    fn open(
        &self,
        _: &Params,
        encrypted_key: &[u8],
        enc: Enc,
        _: Effort,
    ) -> Result<Option<Opened<'_>>, Failed> {
        let content = unwrap_key(&self.kek, encrypted_key, enc)?;
        Ok(Some(Opened { content: ContentRef::Fresh(content), derived: None }))
    }
}

/// A new content encryption key, ready and wrapped.
pub(super) fn wrap_fresh_key(kek: &Kek, enc: Enc) -> Result<(ContentKey, EncryptedKey), Failed> {
    let cek = StackBytes::<64>::random(enc.key_len()).ok_or(Failed)?;
    let wrapped = kek.wrap(cek.as_slice())?;
    Ok((ContentKey::new(enc, cek.as_slice())?, EncryptedKey::Short(wrapped)))
}

pub(super) fn unwrap_key(kek: &Kek, encrypted_key: &[u8], enc: Enc) -> Result<ContentKey, Failed> {
    ContentKey::new(enc, kek.unwrap(encrypted_key, enc.key_len())?.as_slice())
}
