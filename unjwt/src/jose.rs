//! Tokens that are not sessions: bytes signed, verified, encrypted and decrypted in the compact
//! serialisations of RFC 7515 and RFC 7516.
//!
//! The layer below the sessions, with the same strictness: the key decides which algorithms are allowed,
//! never the token. Headers with `crit`, `zip` or `b64` are refused, and so are repeated members, tokens of
//! more than [`MAX_TOKEN_LEN`] bytes, encodings that are not canonical, and lengths other than the
//! algorithm's. There is no `none`, no `RSA1_5` and no JSON serialisation.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use unjwt::{jose, JweKey, Jwk, JwsKey};
//!
//! // Signed with the private half, verified with the public one.
//! let private = Jwk::generate("ES256")?;
//! let public = private.public().ok_or("symmetric")?;
//! let token = jose::sign(b"payload", &JwsKey::from_jwk(private))?;
//! let verified = jose::verify(&token, &JwsKey::verify_only(public))?;
//! assert_eq!(verified.payload, b"payload");
//! assert_eq!(verified.header.alg, "ES256");
//!
//! // Encrypted for the holder of the private half.
//! let private = Jwk::generate_on_curve("ECDH-ES+A256KW", "X25519")?;
//! let public = private.public().ok_or("symmetric")?;
//! let token = jose::encrypt(b"plaintext", &JweKey::from_jwk(public))?;
//! let decrypted = jose::decrypt(&token, &JweKey::from_jwk(private))?;
//! assert_eq!(decrypted.plaintext, b"plaintext");
//! assert_eq!(decrypted.header.enc.as_deref(), Some("A256GCM"));
//! # Ok(()) }
//! ```
//!
//! # Limits
//!
//! A token has at most [`MAX_TOKEN_LEN`] bytes, its header at most 4,096 characters of base64url (a
//! certificate chain in `x5c` may be longer; a session that is `issued_elsewhere` reads 16 KiB), `apu` and `apv` at most 256 bytes each. Of a set's keys
//! for the token's algorithm, sixteen at most are tried for a token that names no `kid`.
//!
//! # Security
//!
//! - Nothing looks at claims: `exp`, `aud`, `iss` and the rest of the payload are the caller's to check, and
//!   so is `typ` (RFC 8725 §3.11). [`Tokens`](crate::Tokens) does all that.
//! - Everything runs on the calling thread. With a [password](JweKey::password) each token is a derivation of
//!   a tenth of a second or so, and an RSA signature or decryption takes one to several milliseconds: keep
//!   those off the async threads, and bound how many run at once.
//! - A [`JweKey::secret`] gives other keys here than to any session, so a token of one is never a token of
//!   the other. All other keys are used as they are: give each purpose a key of its own.
//! - An encrypted token is as trustworthy as all who hold the key that encrypts: for RSA and ECDH-ES that is
//!   anyone.

use std::fmt;

use crate::error::Error;
use crate::token::{Codec, KeyFamily as _, Parsed, Profile};
use crate::{JweKey, JwsKey};

pub use crate::alg::{Enc, JweAlg, JwsAlg};

/// The longest token that is read, in bytes: 256 KiB.
pub const MAX_TOKEN_LEN: usize = 256 * 1024;

/// A token's protected header, as far as it has a meaning here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// The signature or key management algorithm (RFC 7515 §4.1.1, RFC 7516 §4.1.1).
    pub alg: String,
    /// The content encryption algorithm (RFC 7516 §4.1.2); none in a signed token.
    pub enc: Option<String>,
    /// The key's id, as the sender names it (RFC 7515 §4.1.4).
    pub kid: Option<String>,
    /// The type of the token (RFC 7515 §4.1.9).
    pub typ: Option<String>,
    /// The type of the content (RFC 7515 §4.1.10).
    pub cty: Option<String>,
}

/// The content of a signed token whose signature was verified.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The protected header.
    pub header: Header,
    /// The payload's bytes.
    pub payload: Vec<u8>,
}

/// The content of an encrypted token. `Debug` shows the plaintext's length only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decrypted {
    /// The protected header.
    pub header: Header,
    /// The plaintext's bytes.
    pub plaintext: Vec<u8>,
}

/// Signs a payload: a JWS in compact serialisation (RFC 7515 §7.1), with `alg` and the key's `kid` in its
/// header.
///
/// # Errors
///
/// [`ErrorKind::KeyUnusable`](crate::ErrorKind::KeyUnusable) with the reason if the key is malformed, too
/// weak, or not a private one; [`ErrorKind::Crypto`](crate::ErrorKind::Crypto) if the library fails.
pub fn sign(payload: &[u8], key: &JwsKey) -> Result<String, Error> {
    key.prepare(&[], &profile(false))?.seal(payload)
}

/// Verifies a JWS in compact serialisation (RFC 7515 §5.2) with the key, or with the one of a set that fits
/// by `kid` and `alg`.
///
/// # Errors
///
/// [`ErrorKind::JwsInvalid`](crate::ErrorKind::JwsInvalid),
/// [`JwsAlgorithmNotAllowed`](crate::ErrorKind::JwsAlgorithmNotAllowed),
/// [`KeyNotFound`](crate::ErrorKind::KeyNotFound) or
/// [`JwsSignatureInvalid`](crate::ErrorKind::JwsSignatureInvalid) if the token is refused;
/// [`KeyUnusable`](crate::ErrorKind::KeyUnusable) with the reason if the key is.
///
/// # Security
///
/// The claims in the payload are not looked at.
pub fn verify(token: &str, key: &JwsKey) -> Result<Verified, Error> {
    let codec = key.prepare(&[], &profile(true))?;
    open(&codec, token).map(|(header, payload)| Verified { header, payload })
}

/// Encrypts a plaintext: a JWE in compact serialisation (RFC 7516 §7.1). A public key suffices.
///
/// A [password](JweKey::password) is derived on the calling thread.
///
/// # Errors
///
/// [`ErrorKind::KeyUnusable`](crate::ErrorKind::KeyUnusable) with the reason if the key is malformed or too
/// weak; [`ErrorKind::Crypto`](crate::ErrorKind::Crypto) if the library fails.
pub fn encrypt(plaintext: &[u8], key: &JweKey) -> Result<String, Error> {
    key.encrypter(&profile(false))?.seal(plaintext)
}

/// Decrypts a JWE in compact serialisation (RFC 7516 §5.2).
///
/// A [password](JweKey::password) is derived on the calling thread, unless the token's key is among those
/// remembered; the count of iterations is checked before.
///
/// # Errors
///
/// [`ErrorKind::JweInvalid`](crate::ErrorKind::JweInvalid),
/// [`JweAlgorithmNotAllowed`](crate::ErrorKind::JweAlgorithmNotAllowed),
/// [`JweEncryptionNotAllowed`](crate::ErrorKind::JweEncryptionNotAllowed) or
/// [`JweDecryptionFailed`](crate::ErrorKind::JweDecryptionFailed) if the token is refused;
/// [`KeyUnusable`](crate::ErrorKind::KeyUnusable) with the reason if the key is, or is not a private one.
///
/// # Security
///
/// Successful decryption tells who can have written the token only if the key is symmetric.
pub fn decrypt(token: &str, key: &JweKey) -> Result<Decrypted, Error> {
    let codec = key.prepare(&[], &profile(true))?;
    open(&codec, token).map(|(header, plaintext)| Decrypted { header, plaintext })
}

fn profile(read_only: bool) -> Profile {
    Profile { read_only, anyone_writes: true, max_token_len: MAX_TOKEN_LEN, ..Profile::default() }
}

fn open<C: Codec>(codec: &C, token: &str) -> Result<(Header, Vec<u8>), Error> {
    let parsed = codec.parse(token)?;
    let bytes = codec.open(&parsed)?;
    Ok((Header::of(&parsed), bytes))
}

impl Header {
    pub(crate) fn of(parsed: &impl Parsed) -> Self {
        Self {
            alg: parsed.alg().to_owned(),
            enc: parsed.enc().map(str::to_owned),
            kid: parsed.kid().map(str::to_owned),
            typ: parsed.typ().map(str::to_owned),
            cty: parsed.cty().map(str::to_owned),
        }
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("header", &self.header)
            .field("payload", &format_args!("{} bytes", self.payload.len()))
            .finish()
    }
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decrypted")
            .field("header", &self.header)
            .field("plaintext", &format_args!("{} bytes", self.plaintext.len()))
            .finish()
    }
}
