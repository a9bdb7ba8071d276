use super::manager::{ContentRef, Effort, EncryptedKey, KeyManager, Opened, Sealed};
use crate::alg::{Enc, JweAlg};
use crate::crypto::{ContentKey, Failed, StackBytes, random_bytes};
use crate::token::params::Params;

/// A shared key encrypts a fresh content encryption key with AES-GCM (RFC 7518 §4.7).
pub(crate) struct AesGcmKw {
    alg: JweAlg,
    kek: ContentKey,
}

impl AesGcmKw {
    /// The caller has checked that `key` has the length that `alg` names.
    pub(crate) fn new(alg: JweAlg, key: &[u8]) -> Result<Self, Failed> {
        let gcm = match key.len() {
            16 => Enc::A128Gcm,
            24 => Enc::A192Gcm,
            _ => Enc::A256Gcm,
        };
        Ok(Self { alg, kek: ContentKey::new(gcm, key)? })
    }
}

impl KeyManager for AesGcmKw {
    fn alg(&self) -> JweAlg {
        self.alg
    }

    fn is_costly(&self) -> bool {
        false
    }

    fn encrypted_key_len(&self, enc: Enc) -> usize {
        enc.key_len()
    }

    fn check(&self, params: &Params) -> Result<(), &'static str> {
        match params {
            Params::AesGcmKw { .. } => Ok(()),
            _ => Err("the header names no `iv` and `tag`"),
        }
    }

    fn seal(&self, enc: Enc, _: Effort) -> Result<Option<Sealed<'_>>, Failed> {
        let cek = StackBytes::<64>::random(enc.key_len()).ok_or(Failed)?;
        let content = ContentKey::new(enc, cek.as_slice())?;
        // RFC 7518 §4.7: a vector of 96 bits that never repeats under the key, and no associated data.
        let iv = random_bytes();
        let (encrypted, tag) = self.kek.seal(&iv, &[], cek.as_slice().to_vec())?;
        let tag = tag.as_slice().try_into().map_err(|_| Failed)?;
        Ok(Some(Sealed {
            content: ContentRef::Fresh(content),
            encrypted_key: EncryptedKey::Short(StackBytes::from_slice(&encrypted).ok_or(Failed)?),
            params: Params::AesGcmKw { iv, tag },
        }))
    }

    fn open(
        &self,
        params: &Params,
        encrypted_key: &[u8],
        enc: Enc,
        _: Effort,
    ) -> Result<Option<Opened<'_>>, Failed> {
        let Params::AesGcmKw { iv, tag } = params else { return Err(Failed) };
        let cek = zeroize::Zeroizing::new(self.kek.open(iv, &[], tag, encrypted_key.to_vec())?);
        Ok(Some(Opened { content: ContentRef::Fresh(ContentKey::new(enc, &cek)?), derived: None }))
    }
}
