//! The reasons why no key opened a token.

use crate::error::{Error, ErrorKind};

/// The step at which every key had refused a token; the furthest is reported.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Refusal {
    Algorithm,
    Encryption,
    Kid,
    EncryptedKeyLength,
    Params(&'static str),
    Decryption,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Algorithm => Self::new(ErrorKind::JweAlgorithmNotAllowed, ""),
            Refusal::Encryption => Self::new(ErrorKind::JweEncryptionNotAllowed, ""),
            Refusal::Kid => Self::new(ErrorKind::KeyNotFound, ""),
            Refusal::EncryptedKeyLength => invalid("the encrypted key has the wrong length"),
            Refusal::Params(detail) => invalid(detail),
            Refusal::Decryption => Self::new(ErrorKind::JweDecryptionFailed, ""),
        }
    }
}

pub(super) fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::JweInvalid, detail)
}
