//! JWS compact serialisation (RFC 7515 §7.1).

use std::sync::Arc;

use super::envelope::{Envelope, HeaderRef};
use super::header::{Form, Header};
use super::keyring::{Keyring, Material};
use super::{Codec, Identity, Parsed, Profile, compact};
use crate::alg::{JwsAlg, Signature};
use crate::crypto::{SigningKey, VerifyingKey};
use crate::error::{Error, ErrorKind};
use crate::token::KeyDigest;
use crate::util::base64;
use crate::util::meter::Cost;

/// The longest signature that is decoded, in bytes: RSA with 8192 bits.
const MAX_SIGNATURE: usize = 1024;
/// HMAC's and Ed25519's are not longer.
const SHORT_SIGNATURE: usize = 64;

/// One validated key, as a writer and as readers.
pub(crate) struct JwsMaterial {
    /// None in material that only verifies.
    pub(crate) writer: Option<JwsWriter>,
    pub(crate) readers: Vec<JwsReader>,
}

pub(crate) struct JwsWriter {
    pub(crate) alg: JwsAlg,
    pub(crate) kid: Option<String>,
    pub(crate) key: SigningKey,
}

pub(crate) struct JwsReader {
    pub(crate) alg: JwsAlg,
    pub(crate) kid: Option<String>,
    pub(crate) digest: KeyDigest,
    pub(crate) key: VerifyingKey,
}

impl Material for JwsMaterial {
    type Reader = JwsReader;

    fn readers(&self) -> &[JwsReader] {
        &self.readers
    }

    fn kid_of(reader: &JwsReader) -> Option<&str> {
        reader.kid.as_deref()
    }
}

/// Signs with one key and verifies with one or more.
pub struct JwsCodec {
    keys: Keyring<JwsMaterial>,
    /// The algorithms that the keys verify.
    signatures: Vec<Signature>,
    envelope: Envelope,
    identity: Identity,
}

/// A signed token split into its segments.
pub struct JwsParsed<'t> {
    header: HeaderRef<'t>,
    signing_input: &'t str,
    payload: &'t str,
    signature: &'t str,
}

impl JwsCodec {
    pub(crate) fn new(
        own: Arc<JwsMaterial>,
        also: Vec<Arc<JwsMaterial>>,
        identity: Identity,
        profile: &Profile,
    ) -> Self {
        let named = own
            .writer
            .as_ref()
            .map(|writer| (writer.alg, &writer.kid))
            .or_else(|| own.readers.first().map(|reader| (reader.alg, &reader.kid)));
        let header = Header {
            alg: named.map(|(alg, _)| alg.name().to_owned()).unwrap_or_default(),
            kid: named.and_then(|(_, kid)| kid.clone()),
            ..Header::default()
        };
        let envelope = Envelope::new(Form::Jws, header, profile);
        let keys = Keyring::new(own, also);
        let mut signatures = Vec::new();
        for reader in keys.readers() {
            let signature = reader.alg.signature();
            if !signatures.contains(&signature) {
                signatures.push(signature);
            }
        }
        Self { keys, signatures, envelope, identity }
    }
}

impl Codec for JwsCodec {
    type Parsed<'t> = JwsParsed<'t>;

    fn parse<'t>(&'t self, token: &'t str) -> Result<JwsParsed<'t>, Error> {
        self.envelope.check_length(token).map_err(invalid)?;
        let [header, payload, signature] =
            compact::split::<3>(token).ok_or(invalid("a signed token has three segments"))?;
        if base64::decoded_len(payload.len()).is_none() {
            return Err(invalid("the payload is not base64url"));
        }
        if base64::decoded_len(signature.len()).is_none_or(|len| len > MAX_SIGNATURE) {
            return Err(invalid("the signature is not base64url or too long"));
        }
        let header = self.envelope.read(header).map_err(invalid)?;
        Ok(JwsParsed { header, signing_input: compact::before_last_dot(token), payload, signature })
    }

    fn is_ours(&self, token: &str) -> bool {
        self.parse(token).is_ok_and(|parsed| self.envelope.check_typ(&parsed.header).is_ok())
    }

    fn may_open(&self, token: &str) -> bool {
        let Ok(parsed) = self.parse(token) else { return false };
        let header = &*parsed.header;
        let wanted = JwsAlg::from_name(&header.alg).map(JwsAlg::signature);
        let len = base64::decoded_len(parsed.signature.len());
        self.envelope.check_typ(header).is_ok()
            && self
                .keys
                .candidates_that(header.kid.as_deref(), |reader| Some(reader.alg.signature()) == wanted)
                .any(|reader| Some(reader.key.signature_len()) == len)
    }

    fn open_now(&self, parsed: &JwsParsed<'_>) -> Result<Option<Vec<u8>>, Error> {
        self.open(parsed).map(Some)
    }

    fn open(&self, parsed: &JwsParsed<'_>) -> Result<Vec<u8>, Error> {
        const NOT_ALLOWED: Error = Error::new(ErrorKind::JwsAlgorithmNotAllowed, "");
        let header = &*parsed.header;
        self.envelope.check_typ(header).map_err(invalid)?;
        // Compared by construction: `EdDSA` and `Ed25519` name one algorithm.
        let wanted = JwsAlg::from_name(&header.alg)
            .map(JwsAlg::signature)
            .filter(|wanted| self.signatures.contains(wanted))
            .ok_or(NOT_ALLOWED)?;

        let (mut short, mut long);
        let buffer: &mut [u8] = if parsed.signature.len() <= base64::encoded_len(SHORT_SIGNATURE) {
            short = [0; SHORT_SIGNATURE];
            &mut short
        } else {
            long = [0; MAX_SIGNATURE];
            &mut long
        };
        let signature = base64::decode_slice(parsed.signature, buffer)
            .map_err(|_| invalid("the signature is not base64url"))?;

        let mut refusal = Error::new(ErrorKind::KeyNotFound, "");
        let fits = |reader: &JwsReader| reader.alg.signature() == wanted;
        for reader in self.keys.candidates_that(header.kid.as_deref(), fits) {
            if reader.key.verify(parsed.signing_input.as_bytes(), signature) {
                return base64::decode(parsed.payload).map_err(|_| invalid("the payload is not base64url"));
            }
            // A lone key is tried whatever its name is; if it is another, the token's key is not here.
            if header.kid.is_none() || reader.kid.is_none() || header.kid == reader.kid {
                refusal = Error::new(ErrorKind::JwsSignatureInvalid, "");
            }
        }
        Err(refusal)
    }

    fn is_costly(&self) -> bool {
        self.signatures.iter().any(|signature| !matches!(signature, Signature::Hmac(_)))
    }

    fn identity(&self) -> Identity {
        self.identity
    }

    fn names(&self, kid: &str) -> bool {
        self.keys.names(kid)
    }

    fn seal_cost(&self) -> Cost {
        self.keys.own().writer.as_ref().map_or(Cost::NONE, |writer| writer.key.cost())
    }

    fn key_digests(&self) -> Vec<KeyDigest> {
        self.keys.readers().map(|reader| reader.digest).collect()
    }

    fn seal_now(&self, payload: &mut Vec<u8>) -> Result<Option<String>, Error> {
        if self.seal_cost() == Cost::NONE { self.seal(payload).map(Some) } else { Ok(None) }
    }

    fn seal(&self, payload: &[u8]) -> Result<String, Error> {
        let writer = self
            .keys
            .own()
            .writer
            .as_ref()
            .ok_or(Error::new(ErrorKind::KeyNotFound, "the key only verifies"))?;
        let mut token = String::with_capacity(
            self.envelope.segment().len()
                + base64::encoded_len(payload.len())
                + base64::encoded_len(writer.key.signature_len())
                + 2,
        );
        token.push_str(self.envelope.segment());
        token.push('.');
        base64::encode_into(payload, &mut token);
        let signature = writer
            .key
            .sign(token.as_bytes())
            .map_err(|_| Error::new(ErrorKind::Crypto, "the signature could not be made"))?;
        token.push('.');
        base64::encode_into(signature.as_ref(), &mut token);
        Ok(token)
    }
}

impl Parsed for JwsParsed<'_> {
    fn alg(&self) -> &str {
        &self.header.alg
    }

    fn enc(&self) -> Option<&str> {
        None
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

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::JwsInvalid, detail)
}
