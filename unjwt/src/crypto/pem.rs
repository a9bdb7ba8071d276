use openssl::pkey::{Id, PKey, PKeyRef};
use openssl::rsa::Rsa;

use super::Failed;
use super::pkey;
use crate::util::json::Object;

/// Why a PEM text yields no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PemError {
    /// What it calls itself is right, what it holds is not.
    Malformed,
    /// A type or curve that no algorithm here uses.
    Unsupported,
}

/// The forms in which a key stands in a PEM text, by its label (RFC 7468 §10 and §13, RFC 8017 §A.1, RFC 5915 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PemForm {
    /// `PRIVATE KEY`, `RSA PRIVATE KEY`, `EC PRIVATE KEY`.
    Private,
    /// `PUBLIC KEY`.
    Public,
    /// `RSA PUBLIC KEY`.
    RsaPublic,
}

/// The members of the JWK that the text's key is. `pem` holds one block and is not encrypted.
pub(crate) fn read_pem(pem: &[u8], form: PemForm) -> Result<Object, PemError> {
    match form {
        PemForm::Private => {
            // With a callback, so that OpenSSL never asks the terminal for a passphrase.
            let key = PKey::private_key_from_pem_callback(pem, |_| Ok(0)).map_err(|_| PemError::Malformed)?;
            check_type(&key)?;
            let members = pkey::private_members(&key).ok_or(PemError::Unsupported)?;
            // OpenSSL reads a private key beside any point of its curve. For RSA such a look takes too long.
            if key.id() == Id::EC {
                key.ec_key().and_then(|key| key.check_key()).map_err(|_| PemError::Malformed)?;
            }
            Ok(members)
        }
        PemForm::Public => {
            let key = PKey::public_key_from_pem(pem).map_err(|_| PemError::Malformed)?;
            check_type(&key)?;
            pkey::public_members(&key).ok_or(PemError::Unsupported)
        }
        PemForm::RsaPublic => {
            let key = Rsa::public_key_from_pem_pkcs1(pem).and_then(PKey::from_rsa);
            pkey::public_members(&*key.map_err(|_| PemError::Malformed)?).ok_or(PemError::Unsupported)
        }
    }
}

/// A private JWK's members as PKCS#8 (RFC 5958).
pub(crate) fn private_pem(members: &Object) -> Result<String, Failed> {
    let pem = pkey::private(members)?.private_key_to_pem_pkcs8()?;
    String::from_utf8(pem).map_err(|_| Failed)
}

/// A public JWK's members as `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
pub(crate) fn public_pem(members: &Object) -> Result<String, Failed> {
    String::from_utf8(pkey::public(members)?.public_key_to_pem()?).map_err(|_| Failed)
}

fn check_type<T>(key: &PKeyRef<T>) -> Result<(), PemError> {
    match key.id() {
        Id::RSA | Id::EC | Id::ED25519 | Id::X25519 => Ok(()),
        _ => Err(PemError::Unsupported),
    }
}
