use super::manager::{ContentRef, Effort, EncryptedKey, KeyManager, Opened, Sealed};
use crate::alg::{Enc, JweAlg};
use crate::crypto::{ContentKey, Failed, OaepPrivateKey, OaepPublicKey, StackBytes};
use crate::token::params::Params;
use crate::util::meter::Cost;

/// A public key encrypts a fresh content encryption key (RFC 7518 §4.3).
pub(crate) struct RsaOaep {
    alg: JweAlg,
    modulus_len: usize,
    public: OaepPublicKey,
    /// None in a key that only encrypts.
    private: Option<OaepPrivateKey>,
}

impl RsaOaep {
    /// `modulus_len` in bytes.
    pub(crate) const fn new(
        alg: JweAlg,
        modulus_len: usize,
        public: OaepPublicKey,
        private: Option<OaepPrivateKey>,
    ) -> Self {
        Self { alg, modulus_len, public, private }
    }
}

impl KeyManager for RsaOaep {
    fn alg(&self) -> JweAlg {
        self.alg
    }

    fn open_cost(&self, _: &Params) -> Cost {
        Cost::rsa(self.modulus_len)
    }

    fn is_costly(&self) -> bool {
        true
    }

    fn encrypted_key_len(&self, _: Enc) -> usize {
        self.modulus_len
    }

    fn seal(&self, enc: Enc, _: Effort) -> Result<Option<Sealed<'_>>, Failed> {
        let cek = StackBytes::<64>::random(enc.key_len()).ok_or(Failed)?;
        let encrypted_key = EncryptedKey::Long(self.public.encrypt(cek.as_slice())?);
        let content = ContentRef::Fresh(ContentKey::new(enc, cek.as_slice())?);
        Ok(Some(Sealed { content, encrypted_key, params: Params::None }))
    }

    fn open(
        &self,
        _: &Params,
        encrypted_key: &[u8],
        enc: Enc,
        effort: Effort,
    ) -> Result<Option<Opened<'_>>, Failed> {
        let private = self.private.as_ref().ok_or(Failed)?;
        if effort == Effort::Quick {
            return Ok(None);
        }
        let cek = Cost::rsa(self.modulus_len).measure(|| private.decrypt(encrypted_key, enc.key_len()))?;
        Ok(Some(Opened { content: ContentRef::Fresh(ContentKey::new(enc, cek.as_slice())?), derived: None }))
    }
}
