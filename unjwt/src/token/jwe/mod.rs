//! JWE compact serialisation (RFC 7516 §7.1).

mod aes_gcm_kw;
mod aes_kw;
mod bound;
mod direct;
mod ecdh_es;
mod manager;
mod material;
mod pbes2;
mod refusal;
mod rsa_oaep;

use std::mem;
use std::sync::Arc;

pub(crate) use self::aes_kw::AesKw;
pub(crate) use aes_gcm_kw::AesGcmKw;
pub(crate) use bound::{Dearest, MOST_ITERATIONS};
pub(crate) use direct::Direct;
pub(crate) use ecdh_es::EcdhEs;
pub(crate) use manager::{Effort, KeyManager};
pub(crate) use material::{Encs, JweMaterial, JweReader, JweWriter, probe};
pub(crate) use pbes2::{DerivedKeys, Pbes2};
pub(crate) use rsa_oaep::RsaOaep;

use self::manager::Sealed;
use self::material::Sealing;
use self::refusal::{Refusal, invalid};
use super::envelope::{Envelope, HeaderRef};
use super::header::{Form, Header};
use super::keyring::Keyring;
use super::params::Params;
use super::{Codec, Identity, Parsed, Profile, compact};
use crate::alg::{Enc, JweAlg};
use crate::crypto::{Failed, StackBytes};
use crate::error::{Error, ErrorKind};
use crate::token::KeyDigest;
use crate::util::base64;
use crate::util::meter::Cost;

/// The longest encrypted key that is decoded, in bytes: RSA with 8192 bits.
const MAX_ENCRYPTED_KEY: usize = 1024;
/// Keys that are wrapped with AES are not longer.
const SHORT_ENCRYPTED_KEY: usize = 72;

/// Encrypts with one key and decrypts with one or more.
pub struct JweCodec {
    keys: Keyring<JweMaterial>,
    /// The algorithms that the keys read.
    offered: Vec<(JweAlg, Encs)>,
    envelope: Envelope,
    identity: Identity,
}

/// An encrypted token split into its segments.
pub struct JweParsed<'t> {
    header: HeaderRef<'t>,
    /// The header as it stood in the token: the additional authenticated data (RFC 7516 §5.2).
    aad: &'t str,
    encrypted_key: &'t str,
    ciphertext: &'t str,
    /// None if `enc` is unknown, so that no length is right.
    sealed_with: Option<Sealing>,
}

impl JweCodec {
    pub(crate) fn new(
        own: Arc<JweMaterial>,
        also: Vec<Arc<JweMaterial>>,
        identity: Identity,
        profile: &Profile,
    ) -> Self {
        let named = own.writer.as_ref().map(|writer| (writer.manager.alg(), writer.enc, &writer.kid));
        let named = named.or_else(|| {
            own.readers.first().map(|reader| {
                let enc = match reader.encs {
                    Encs::Only(enc) => enc,
                    Encs::GcmFamily => Enc::A256Gcm,
                };
                (reader.manager.alg(), enc, &reader.kid)
            })
        });
        let header = Header {
            alg: named.map(|(alg, ..)| alg.name().to_owned()).unwrap_or_default(),
            enc: named.map(|(_, enc, _)| enc.name().to_owned()),
            kid: named.and_then(|(.., kid)| kid.clone()),
            ..Header::default()
        };
        let envelope = Envelope::new(Form::Jwe, header, profile);
        let keys = Keyring::new(own, also);
        let mut offered = Vec::new();
        for reader in keys.readers() {
            let pair = (reader.manager.alg(), reader.encs);
            if !offered.contains(&pair) {
                offered.push(pair);
            }
        }
        Self { keys, offered, envelope, identity }
    }

    /// The most expensive token that a stranger can have tried with the passwords.
    pub(crate) fn dearest(&self) -> Dearest {
        let accepted = self.keys.readers().filter_map(|reader| {
            reader.manager.accepted_iterations().map(|accepted| (reader.manager.alg(), accepted))
        });
        Dearest::of(&accepted.collect::<Vec<_>>())
    }

    /// The reason why no key of the session reads this pair; `Refusal::Kid` if one does, and the token names
    /// another.
    fn offers(&self, alg: JweAlg, enc: Enc) -> Refusal {
        let mut refusal = Refusal::Algorithm;
        for (_, encs) in self.offered.iter().filter(|(offered, _)| *offered == alg) {
            refusal = refusal.max(if encs.allow(enc) { Refusal::Kid } else { Refusal::Encryption });
        }
        refusal
    }

    /// Everything about the token and a key that can be told without cryptography.
    fn fits(reader: &JweReader, alg: JweAlg, enc: Enc, parsed: &JweParsed<'_>) -> Result<(), Refusal> {
        if reader.manager.alg() != alg {
            return Err(Refusal::Algorithm);
        }
        if !reader.encs.allow(enc) {
            return Err(Refusal::Encryption);
        }
        let len = reader.manager.encrypted_key_len(enc);
        if len > MAX_ENCRYPTED_KEY || base64::decoded_len(parsed.encrypted_key.len()) != Some(len) {
            return Err(Refusal::EncryptedKeyLength);
        }
        reader.manager.check(&parsed.header.params).map_err(Refusal::Params)
    }

    /// The keys that may open the token, as far as that can be told without cryptography.
    fn fitting(&self, parsed: &JweParsed<'_>) -> impl Iterator<Item = &JweReader> {
        let alg = JweAlg::from_name(&parsed.header.alg);
        let enc = parsed.sealed_with.as_ref().map(|sealing| sealing.enc);
        let pair = alg.zip(enc);
        self.keys
            .candidates(parsed.header.kid.as_deref())
            .filter(move |reader| pair.is_some_and(|(alg, enc)| Self::fits(reader, alg, enc, parsed).is_ok()))
    }

    fn decrypt(&self, parsed: &JweParsed<'_>, effort: Effort) -> Result<Option<Vec<u8>>, Error> {
        let header = &*parsed.header;
        self.envelope.check_typ(header).map_err(invalid)?;
        let alg = JweAlg::from_name(&header.alg).ok_or(Refusal::Algorithm)?;
        let sealing = parsed.sealed_with.as_ref().ok_or(Refusal::Encryption)?;
        let (mut short, mut long);
        let buffer: &mut [u8] = if parsed.encrypted_key.len() <= base64::encoded_len(SHORT_ENCRYPTED_KEY) {
            short = [0; SHORT_ENCRYPTED_KEY];
            &mut short
        } else {
            long = [0; MAX_ENCRYPTED_KEY];
            &mut long
        };
        let encrypted_key = base64::decode_slice(parsed.encrypted_key, buffer)
            .map_err(|_| invalid("the encrypted key is not base64url"))?;

        // Decrypting happens in place: the first key gets this text, each further one its own.
        let decode =
            || base64::decode(parsed.ciphertext).map_err(|_| invalid("the ciphertext is not base64url"));
        let mut decoded = Some(decode()?);
        let mut text = || decoded.take().map_or_else(decode, Ok).map_err(|_| Failed);

        let mut refusal = self.offers(alg, sealing.enc);
        let candidates = self.keys.candidates(header.kid.as_deref());
        let mut fitting = candidates.filter(|reader| {
            let fits = Self::fits(reader, alg, sealing.enc, parsed);
            refusal = refusal.max(fits.err().unwrap_or(Refusal::Decryption));
            fits.is_ok()
        });
        // Two readings of one key, so that the quick keys come first: what a derived key that is remembered
        // refuses is refused. It is remembered only after a genuine token, so it tells whose token this is,
        // and deriving the other passwords' keys too would let a changed copy cost what the original does
        // not.
        let slow: Vec<&JweReader> = {
            let mut slow = Vec::new();
            let mut refused = false;
            for reader in fitting.by_ref() {
                match reader.open(parsed, encrypted_key, sealing, Effort::Quick, &mut text) {
                    Ok(Some(payload)) => return Ok(Some(payload)),
                    Ok(None) => slow.push(reader),
                    Err(Failed) => refused = true,
                }
            }
            if refused { Vec::new() } else { slow }
        };
        drop(fitting);
        if !slow.is_empty() && effort == Effort::Quick {
            return Ok(None);
        }
        for reader in slow {
            if let Ok(Some(payload)) = reader.open(parsed, encrypted_key, sealing, Effort::Any, &mut text) {
                return Ok(Some(payload));
            }
        }
        Err(refusal.into())
    }
}

impl Codec for JweCodec {
    type Parsed<'t> = JweParsed<'t>;

    fn parse<'t>(&'t self, token: &'t str) -> Result<JweParsed<'t>, Error> {
        self.envelope.check_length(token).map_err(invalid)?;
        let [aad, encrypted_key, iv, ciphertext, tag] =
            compact::split::<5>(token).ok_or(invalid("an encrypted token has five segments"))?;
        if base64::decoded_len(ciphertext.len()).is_none() {
            return Err(invalid("the ciphertext is not base64url"));
        }
        if base64::decoded_len(encrypted_key.len()).is_none_or(|len| len > MAX_ENCRYPTED_KEY) {
            return Err(invalid("the encrypted key is not base64url or too long"));
        }
        let header = self.envelope.read(aad).map_err(invalid)?;
        let sealed_with = match header.enc.as_deref().and_then(Enc::from_name) {
            None => None,
            Some(enc) => Some(Sealing {
                enc,
                iv: exactly(iv, enc.iv_len()).ok_or(invalid("the initialization vector is malformed"))?,
                tag: exactly(tag, enc.tag_len()).ok_or(invalid("the authentication tag is malformed"))?,
            }),
        };
        Ok(JweParsed { header, aad, encrypted_key, ciphertext, sealed_with })
    }

    fn is_ours(&self, token: &str) -> bool {
        self.parse(token).is_ok_and(|parsed| self.envelope.check_typ(&parsed.header).is_ok())
    }

    fn may_open(&self, token: &str) -> bool {
        let Ok(parsed) = self.parse(token) else { return false };
        self.envelope.check_typ(&parsed.header).is_ok() && self.fitting(&parsed).next().is_some()
    }

    fn open_now(&self, parsed: &JweParsed<'_>) -> Result<Option<Vec<u8>>, Error> {
        self.decrypt(parsed, Effort::Quick)
    }

    fn open(&self, parsed: &JweParsed<'_>) -> Result<Vec<u8>, Error> {
        self.decrypt(parsed, Effort::Any)?.ok_or(Refusal::Decryption.into())
    }

    fn open_cost(&self, parsed: &JweParsed<'_>) -> Cost {
        let costs = self.fitting(parsed).map(|reader| reader.manager.open_cost(&parsed.header.params));
        costs.fold(Cost::NONE, Cost::and)
    }

    fn seal_cost(&self) -> Cost {
        self.keys.own().writer.as_ref().map_or(Cost::NONE, |writer| writer.manager.seal_cost())
    }

    fn is_costly(&self) -> bool {
        self.keys.readers().any(|reader| reader.manager.is_costly())
    }

    fn identity(&self) -> Identity {
        self.identity
    }

    fn key_digests(&self) -> Vec<KeyDigest> {
        self.keys.readers().map(|reader| reader.digest).collect()
    }

    fn seal_now(&self, payload: &mut Vec<u8>) -> Result<Option<String>, Error> {
        self.encrypt(payload, Effort::Quick)
    }

    fn seal(&self, payload: &[u8]) -> Result<String, Error> {
        self.encrypt(&mut payload.to_vec(), Effort::Any)?.ok_or(NOT_ENCRYPTED)
    }

    fn runs_low(&self) -> bool {
        self.keys.own().writer.as_ref().is_some_and(|writer| writer.manager.runs_low())
    }

    fn derive_ahead(&self) {
        if let Some(writer) = &self.keys.own().writer {
            writer.manager.derive_ahead();
        }
    }
}

const NOT_ENCRYPTED: Error = Error::new(ErrorKind::Crypto, "the token could not be encrypted");

impl JweCodec {
    fn encrypt(&self, payload: &mut Vec<u8>, effort: Effort) -> Result<Option<String>, Error> {
        let writer = self.keys.own().writer.as_ref();
        let writer = writer.ok_or(Error::new(ErrorKind::KeyNotFound, "the key only decrypts"))?;
        match writer.manager.seal(writer.enc, effort) {
            Ok(Some(sealed)) => {
                self.compact(writer.enc, sealed, mem::take(payload)).map(Some).map_err(|Failed| NOT_ENCRYPTED)
            }
            Ok(None) => Ok(None),
            Err(Failed) => Err(NOT_ENCRYPTED),
        }
    }

    fn compact(&self, enc: Enc, sealed: Sealed<'_>, payload: Vec<u8>) -> Result<String, Failed> {
        let rendered;
        let segment = match sealed.params {
            Params::None => self.envelope.segment(),
            params => {
                rendered = Header { params, ..self.envelope.header().clone() }.to_segment();
                &rendered
            }
        };
        let iv = StackBytes::<16>::random(enc.iv_len()).ok_or(Failed)?;
        let (text, tag) = sealed.content.seal(iv.as_slice(), segment.as_bytes(), payload)?;

        let parts = [sealed.encrypted_key.as_slice(), iv.as_slice(), &text, tag.as_slice()];
        let len: usize = parts.iter().map(|part| base64::encoded_len(part.len()) + 1).sum();
        let mut token = String::with_capacity(segment.len() + len);
        token.push_str(segment);
        for part in parts {
            token.push('.');
            base64::encode_into(part, &mut token);
        }
        Ok(token)
    }
}

impl Parsed for JweParsed<'_> {
    fn alg(&self) -> &str {
        &self.header.alg
    }

    fn enc(&self) -> Option<&str> {
        self.header.enc.as_deref()
    }

    fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }

    fn cty(&self) -> Option<&str> {
        self.header.cty.as_deref()
    }
}

/// Decodes a segment that must have exactly `len` bytes.
fn exactly<const N: usize>(segment: &str, len: usize) -> Option<StackBytes<N>> {
    let mut bytes = StackBytes::zeroed(len)?;
    let decoded = base64::decode_slice(segment, bytes.as_mut_slice()).ok()?.len();
    (decoded == len).then_some(bytes)
}
