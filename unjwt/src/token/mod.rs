//! The compact serialisations of RFC 7515 and RFC 7516: one trait, two codecs.
//!
//! Synchronous and without I/O. What is slow says so, and the caller decides on which thread it runs.

pub(crate) mod changing;
mod compact;
mod envelope;
mod header;
mod identity;

pub(crate) mod jwe;
pub(crate) mod jws;
mod key_digest;
mod keyring;
mod members;
mod params;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::config_error::{KeyError, Pins};
use crate::error::Error;
use crate::util::meter::Cost;

pub(crate) use changing::{ChangingKeys, KeyCheck};
pub(crate) use identity::Identity;

pub(crate) use key_digest::KeyDigest;

/// A session's requirements of its tokens beyond the key.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The session's name; keys derived from a shared secret are bound to it.
    pub(crate) name: String,
    /// The protected header's `typ`: written, and required on read. `None` writes none and reads any.
    pub(crate) typ: Option<String>,
    /// The types that are accepted in place of `typ`, of tokens that are issued elsewhere.
    pub(crate) elsewhere: Option<Types>,
    /// The algorithms that the attribute pins.
    pub(crate) pins: Pins,
    /// `true` if the session only reads, so that a verify-only key is enough.
    pub(crate) read_only: bool,
    /// `true` if a key may encrypt with a public half, so that a token does not show who wrote it.
    pub(crate) anyone_writes: bool,
    /// The longest token that is looked at, in bytes.
    pub(crate) max_token_len: usize,
}

/// The values of `typ` that the tokens of identity providers may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Types {
    /// In lower case and without `application/`.
    pub(crate) named: &'static [&'static str],
    /// `true` if a token may have no `typ`.
    pub(crate) untyped: bool,
}

/// The keys of one session, ready for use.
pub trait Codec: Send + Sync + Sized + 'static {
    /// A token split and decoded as far as that needs no key.
    type Parsed<'t>: Parsed;

    /// Splits the token and reads its protected header. Checks the structure and no policy.
    fn parse<'t>(&'t self, token: &'t str) -> Result<Self::Parsed<'t>, Error>;

    /// Returns whether the token has the form and the `typ` of a token of this session, which takes no key to
    /// tell.
    fn is_ours(&self, token: &str) -> bool;

    /// Returns whether [`open`](Codec::open) would get as far as a key operation: a token that is refused
    /// before is not ours.
    fn may_open(&self, token: &str) -> bool;

    /// [`open`](Codec::open), unless that would take a password derivation or an RSA private-key operation.
    fn open_now(&self, parsed: &Self::Parsed<'_>) -> Result<Option<Vec<u8>>, Error>;

    /// Checks `typ`, `alg` and `enc` against the profile, then verifies or decrypts: the payload's bytes.
    fn open(&self, parsed: &Self::Parsed<'_>) -> Result<Vec<u8>, Error>;

    /// The most that a slow [`open`](Codec::open) of this token can cost: the cost of every key that it would
    /// be tried with.
    fn open_cost(&self, _: &Self::Parsed<'_>) -> Cost {
        Cost::NONE
    }

    /// The cost of a slow [`seal`](Codec::seal).
    fn seal_cost(&self) -> Cost {
        Cost::NONE
    }

    /// Returns whether opening a token costs much more than reading its payload, so that remembering it pays.
    fn is_costly(&self) -> bool;

    /// Returns whether one of the keys has this `kid`.
    fn names(&self, _kid: &str) -> bool {
        true
    }

    /// The identity of these keys, which tells what they read from what other keys read.
    fn identity(&self) -> Identity;

    /// The digests of the keys that read, including retired ones.
    fn key_digests(&self) -> Vec<KeyDigest>;

    /// [`seal`](Codec::seal), unless that would take a password derivation or an RSA private-key operation:
    /// then the payload is as it was. Else it may have been encrypted where it lies.
    fn seal_now(&self, payload: &mut Vec<u8>) -> Result<Option<String>, Error>;

    /// Signs or encrypts a payload into a compact token.
    fn seal(&self, payload: &[u8]) -> Result<String, Error>;

    /// Returns whether [`derive_ahead`](Codec::derive_ahead) would help the next
    /// [`seal_now`](Codec::seal_now).
    fn runs_low(&self) -> bool {
        false
    }

    /// Does the slow part of a later [`seal`](Codec::seal) beforehand, for one token.
    fn derive_ahead(&self) {}
}

/// The protected header of a parsed token, as far as a key look-up may ask for it. Nothing in it is verified.
pub trait Parsed {
    /// `alg`.
    fn alg(&self) -> &str;
    /// `enc`; none in a signed token.
    fn enc(&self) -> Option<&str>;
    /// `kid`.
    fn kid(&self) -> Option<&str>;
    /// `typ`.
    fn typ(&self) -> Option<&str>;
    /// `cty`.
    fn cty(&self) -> Option<&str>;
}

/// [`JwsKey`](crate::JwsKey) or [`JweKey`](crate::JweKey).
pub trait KeyFamily: Clone + Send + Sync + 'static {
    /// The codec of this family.
    type Codec: Codec;

    /// Validates the keys: `self` writes and reads, `also` only read.
    fn prepare(&self, also: &[Self], profile: &Profile) -> Result<Self::Codec, KeyError>;

    /// Returns the source of the keys, if they change while the program runs.
    fn changing(&self) -> Option<&Arc<dyn ChangingKeys<Self>>>;
}
