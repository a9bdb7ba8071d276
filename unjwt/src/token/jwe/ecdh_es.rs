use super::aes_kw::{unwrap_key, wrap_fresh_key};
use super::manager::{ContentRef, Effort, EncryptedKey, KeyManager, Opened, Sealed};
use crate::alg::{AesKey, EcdhCurve, Enc, JweAlg, KeyManagement};
use crate::crypto::{AgreementKey, AgreementPublicKey, ConcatInfo, ContentKey, Failed, Kek, StackBytes};
use crate::token::params::Params;

/// A key agreed between an ephemeral key pair and ours encrypts the content, or wraps a fresh content
/// encryption key (RFC 7518 §4.6).
pub(crate) struct EcdhEs {
    alg: JweAlg,
    /// Bytes of the agreed key where it wraps.
    wrap_len: Option<usize>,
    curve: EcdhCurve,
    public: AgreementPublicKey,
    /// None in a key that only encrypts.
    private: Option<AgreementKey>,
}

impl EcdhEs {
    pub(crate) fn new(
        alg: JweAlg,
        curve: EcdhCurve,
        public: AgreementPublicKey,
        private: Option<AgreementKey>,
    ) -> Result<Self, Failed> {
        let KeyManagement::EcdhEs(wrap) = alg.management() else { return Err(Failed) };
        let wrap_len = wrap.map(AesKey::len);
        Ok(Self { alg, wrap_len, curve, public, private })
    }

    /// The key that the two halves agree on: as long as `enc`'s keys, or as the wrapping needs.
    fn agree(
        &self,
        private: &AgreementKey,
        public: &AgreementPublicKey,
        enc: Enc,
        [apu, apv]: [&[u8]; 2],
    ) -> Result<StackBytes<64>, Failed> {
        let (algorithm, len) = match self.wrap_len {
            None => (enc.name(), enc.key_len()),
            Some(len) => (self.alg.name(), len),
        };
        let mut agreed = StackBytes::zeroed(len).ok_or(Failed)?;
        private.agree(public, &ConcatInfo { algorithm, apu, apv }, agreed.as_mut_slice())?;
        Ok(agreed)
    }
}

impl KeyManager for EcdhEs {
    fn alg(&self) -> JweAlg {
        self.alg
    }

    fn is_costly(&self) -> bool {
        true
    }

    fn encrypted_key_len(&self, enc: Enc) -> usize {
        match self.wrap_len {
            None => 0,
            Some(_) => enc.key_len() + Kek::OVERHEAD,
        }
    }

    fn check(&self, params: &Params) -> Result<(), &'static str> {
        match params {
            Params::EcdhEs { curve, .. } if *curve == self.curve => Ok(()),
            Params::EcdhEs { .. } => Err("`epk` is on another curve than the key"),
            _ => Err("the header names no `epk`"),
        }
    }

    fn seal(&self, enc: Enc, _: Effort) -> Result<Option<Sealed<'_>>, Failed> {
        let ephemeral = AgreementKey::generate(self.curve)?;
        let agreed = self.agree(&ephemeral, &self.public, enc, [&[], &[]])?;
        let (content, encrypted_key) = match self.wrap_len {
            None => (ContentKey::new(enc, agreed.as_slice())?, EncryptedKey::EMPTY),
            Some(_) => wrap_fresh_key(&Kek::new(agreed.as_slice())?, enc)?,
        };
        let params =
            Params::EcdhEs { curve: self.curve, epk: ephemeral.public()?, apu: Vec::new(), apv: Vec::new() };
        Ok(Some(Sealed { content: ContentRef::Fresh(content), encrypted_key, params }))
    }

    fn open(
        &self,
        params: &Params,
        encrypted_key: &[u8],
        enc: Enc,
        _: Effort,
    ) -> Result<Option<Opened<'_>>, Failed> {
        let Params::EcdhEs { curve, epk, apu, apv } = params else { return Err(Failed) };
        let private = self.private.as_ref().ok_or(Failed)?;
        let epk = AgreementPublicKey::new(*curve, epk)?;
        let agreed = self.agree(private, &epk, enc, [apu, apv])?;
        let content = match self.wrap_len {
            None => ContentKey::new(enc, agreed.as_slice())?,
            Some(_) => unwrap_key(&Kek::new(agreed.as_slice())?, encrypted_key, enc)?,
        };
        Ok(Some(Opened { content: ContentRef::Fresh(content), derived: None }))
    }
}
