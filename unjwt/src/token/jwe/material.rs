use std::sync::Arc;

use super::JweParsed;
use super::manager::{Effort, KeyManager};
use crate::alg::{Content, Enc, JweAlg};
use crate::crypto::{Failed, StackBytes};
use crate::token::KeyDigest;
use crate::token::keyring::Material;

/// One validated key, as a writer and as readers.
pub(crate) struct JweMaterial {
    /// None in material that only decrypts.
    pub(crate) writer: Option<JweWriter>,
    pub(crate) readers: Vec<JweReader>,
}

pub(crate) struct JweWriter {
    pub(crate) manager: Arc<dyn KeyManager>,
    pub(crate) enc: Enc,
    pub(crate) kid: Option<String>,
}

pub(crate) struct JweReader {
    pub(crate) manager: Arc<dyn KeyManager>,
    pub(crate) encs: Encs,
    pub(crate) kid: Option<String>,
    pub(crate) digest: KeyDigest,
}

/// The content encryptions that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encs {
    Only(Enc),
    GcmFamily,
}

impl Encs {
    pub(super) const fn allow(self, enc: Enc) -> bool {
        match self {
            // Derived equality is not const.
            Self::Only(only) => only as u8 == enc as u8,
            Self::GcmFamily => matches!(enc.content(), Content::Gcm(_)),
        }
    }
}

/// Encrypts once and decrypts: the only proof that the halves of a key belong together.
pub(crate) fn probe(manager: &dyn KeyManager, enc: Enc) -> Result<(), Failed> {
    let text = b"unjwt: do the halves of this key fit?";
    let iv = StackBytes::<16>::random(enc.iv_len()).ok_or(Failed)?;
    let sealed = manager.seal(enc, Effort::Any)?.ok_or(Failed)?;
    let (ciphertext, tag) = sealed.content.seal(iv.as_slice(), &[], text.to_vec())?;
    let encrypted_key = sealed.encrypted_key.as_slice();
    let opened = manager.open(&sealed.params, encrypted_key, enc, Effort::Any)?.ok_or(Failed)?;
    opened.content.open(iv.as_slice(), &[], tag.as_slice(), ciphertext).map(|_| ())
}

/// A token's `enc`, and the IV and tag whose lengths follow from it.
pub(super) struct Sealing {
    pub(super) enc: Enc,
    pub(super) iv: StackBytes<16>,
    pub(super) tag: StackBytes<32>,
}

impl Material for JweMaterial {
    type Reader = JweReader;

    fn readers(&self) -> &[JweReader] {
        &self.readers
    }

    fn kid_of(reader: &JweReader) -> Option<&str> {
        reader.kid.as_deref()
    }
}

impl JweMaterial {
    /// The algorithm with which anyone who has a public key can make tokens for this one.
    pub(crate) fn asymmetric_alg(&self) -> Option<JweAlg> {
        self.readers.iter().map(|reader| reader.manager.alg()).find(|alg| alg.is_asymmetric())
    }
}

impl JweReader {
    /// Finds the token's key, checks the tag and decrypts. None if that takes more than the effort.
    pub(super) fn open(
        &self,
        parsed: &JweParsed<'_>,
        encrypted_key: &[u8],
        sealing: &Sealing,
        effort: Effort,
        text: impl FnOnce() -> Result<Vec<u8>, Failed>,
    ) -> Result<Option<Vec<u8>>, Failed> {
        let params = &parsed.header.params;
        let Some(opened) = self.manager.open(params, encrypted_key, sealing.enc, effort)? else {
            return Ok(None);
        };
        let aad = parsed.aad.as_bytes();
        let payload = opened.content.open(sealing.iv.as_slice(), aad, sealing.tag.as_slice(), text()?)?;
        if let Some(derived) = opened.derived {
            self.manager.remember(params, derived);
        }
        Ok(Some(payload))
    }
}
