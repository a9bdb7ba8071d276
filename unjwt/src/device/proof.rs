//! Proofs: JWSs that a browser signs with the key of its device.
//!
//! Only here a key is taken from a token's header, and nothing that is made of it is a session: the result is a
//! [`DeviceKey`] and the text that it signed.

use super::DeviceKey;
use crate::error::ErrorKind;
use crate::key::JwsKey;
use crate::token::{Codec as _, KeyFamily as _, Profile};
use crate::util::base64;
use crate::util::json::{Json, Object};
use crate::util::strict_json::Checked;

/// The header's `typ`.
const TYP: &str = "dbsc+jwt";

/// The longest proof in bytes: one with an RSA key of 4096 bits in its header takes about 2 KB beside its challenge.
const LONGEST: usize = 8192;

/// A proof that was not verified yet.
pub(crate) struct Proof<'t> {
    token: &'t str,
    header: Object,
    challenge: Box<str>,
}

/// The reason why a proof is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is malformed, or made with a key that no device has.
    Malformed(&'static str),
    /// Another key made it.
    Signature,
}

impl<'t> Proof<'t> {
    /// Reads a proof: the value of `Secure-Session-Response`, with or without the quotes of a string (RFC 8941 §3.3.3).
    pub(crate) fn read(value: &'t str) -> Result<Self, Refused> {
        let token = unquoted(value);
        if token.len() > LONGEST {
            return Err(Refused::Malformed("it is too long"));
        }
        let mut segments = token.split('.');
        let (Some(header), Some(payload), Some(_), None) =
            (segments.next(), segments.next(), segments.next(), segments.next())
        else {
            return Err(Refused::Malformed("it is not a signed token of three segments"));
        };
        let header =
            object(header).ok_or(Refused::Malformed("its header is not a JSON object in base64url"))?;
        if header.text("typ") != Some(TYP) {
            return Err(Refused::Malformed("its `typ` is not `dbsc+jwt`"));
        }
        let payload = object(payload).ok_or(Refused::Malformed("its payload is not a JSON object"))?;
        let challenge = payload.text("jti").ok_or(Refused::Malformed("it has no `jti`"))?.into();
        Ok(Self { token, header, challenge })
    }

    /// Returns the key in the proof's header, with which the proof itself was made.
    pub(crate) fn key(&self) -> Result<DeviceKey, Refused> {
        let Some(Json::Object(jwk)) = self.header.get("jwk") else {
            return Err(Refused::Malformed("its header has no `jwk`"));
        };
        let key = DeviceKey::of_jwk(jwk.clone())
            .ok_or(Refused::Malformed("its `jwk` is not a public key of P-256, or of RSA up to 4096 bits"))?;
        self.verify(&key)?;
        Ok(key)
    }

    /// Checks that the key made the proof.
    pub(crate) fn verify(&self, key: &DeviceKey) -> Result<(), Refused> {
        // A length that no key of this kind makes comes of damage on the way, not of an attempt with another key.
        let signature = self.token.rsplit('.').next().unwrap_or_default();
        if base64::decoded_len(signature.len()) != key.signature_len() {
            return Err(Refused::Malformed("its signature has another length"));
        }
        if self.header.text("alg") != Some(key.alg().name()) {
            return Err(Refused::Malformed("its `alg` is not that of the key"));
        }
        let profile = Profile {
            typ: Some(TYP.to_owned()),
            read_only: true,
            max_token_len: LONGEST,
            ..Profile::default()
        };
        let codec = JwsKey::from_jwk(key.jwk().with_alg(key.alg().name()))
            .prepare(&[], &profile)
            .map_err(|_| Refused::Malformed("its key is weak, or not a point of the curve"))?;
        codec
            .parse(self.token)
            .and_then(|parsed| codec.open(&parsed))
            .map_err(|error| match error.kind() {
                ErrorKind::JwsSignatureInvalid => Refused::Signature,
                _ => Refused::Malformed("it is not a signed token that could be verified"),
            })
            .map(drop)
    }

    /// Returns the challenge that was signed.
    pub(crate) fn challenge(&self) -> &str {
        &self.challenge
    }
}

/// Returns the text of a string of a structured field (RFC 8941 §3.3.3), or the value as it is: browsers have sent both.
/// Neither tokens nor identifiers of ours have characters that are escaped in a string.
pub(crate) fn unquoted(value: &str) -> &str {
    let value = value.trim_matches([' ', '\t']);
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

fn object(segment: &str) -> Option<Object> {
    match serde_json::from_slice(&base64::decode(segment).ok()?).ok()? {
        Checked { value: Json::Object(members), unique: true } => Some(members),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alg::JwsAlg;
    use crate::crypto::SigningKey;
    use crate::key::Jwk;

    const PAYLOAD: &str = r#"{"jti":"c"}"#;

    /// Signs whatever the header says.
    fn proof(key: &Jwk, header: &str, payload: &str) -> String {
        let alg = if key.kty() == "EC" { JwsAlg::Es256 } else { JwsAlg::Rs256 };
        let input = format!("{}.{}", base64::encode(header.as_bytes()), base64::encode(payload.as_bytes()));
        let signature =
            SigningKey::private(alg.signature(), key.members()).ok().unwrap().sign(input.as_bytes());
        format!("{input}.{}", base64::encode(signature.ok().unwrap().as_ref()))
    }

    fn header(key: &Jwk, alg: &str) -> String {
        format!(r#"{{"alg":"{alg}","typ":"dbsc+jwt","jwk":{}}}"#, key.public().unwrap().to_json())
    }

    #[test]
    fn a_proof_gives_the_key_that_made_it() {
        for alg in ["ES256", "RS256"] {
            let key = Jwk::generate(alg).unwrap();
            let token = proof(&key, &header(&key, alg), PAYLOAD);
            for value in [token.clone(), format!("\"{token}\"")] {
                let proof = Proof::read(&value).unwrap();
                let device = proof.key().unwrap();
                assert_eq!((proof.challenge(), device.thumbprint()), ("c", &*key.thumbprint().unwrap()));
                assert_eq!(proof.verify(&device), Ok(()));
            }
            // A later one names no key.
            let later = proof(&key, &format!(r#"{{"alg":"{alg}","typ":"dbsc+jwt"}}"#), PAYLOAD);
            let (later, device) = (Proof::read(&later).unwrap(), Proof::read(&token).unwrap().key().unwrap());
            assert_eq!(later.verify(&device), Ok(()));
            assert!(matches!(later.key(), Err(Refused::Malformed(_))));
        }
    }

    #[test]
    fn another_key_made_it() {
        let (own, other) = (Jwk::generate("ES256").unwrap(), Jwk::generate("ES256").unwrap());
        let forged = proof(&other, &header(&own, "ES256"), PAYLOAD);
        assert_eq!(Proof::read(&forged).unwrap().key(), Err(Refused::Signature));
        let device = Proof::read(&proof(&own, &header(&own, "ES256"), PAYLOAD)).unwrap().key().unwrap();
        let theirs = proof(&other, &header(&other, "ES256"), PAYLOAD);
        assert_eq!(
            Proof::read(&theirs).unwrap().verify(&device),
            Err(Refused::Signature),
            "its own key does not help"
        );
        // That of another kind of key is not even compared, and neither is one that was cut off.
        let rsa = Jwk::generate("RS256").unwrap();
        for damaged in [proof(&rsa, &header(&rsa, "RS256"), PAYLOAD), theirs[..theirs.len() - 4].to_owned()] {
            assert!(matches!(Proof::read(&damaged).unwrap().verify(&device), Err(Refused::Malformed(_))));
        }
    }

    #[test]
    fn a_key_that_no_device_has_is_refused() {
        let key = Jwk::generate("ES256").unwrap();
        let off_the_curve = key.public().unwrap().with("y", base64::encode(&[1; 32]));
        for jwk in [
            off_the_curve.to_json(),
            key.to_json(),
            r#"{"kty":"oct","k":"AAAA"}"#.to_owned(),
            "{}".to_owned(),
        ] {
            let header = format!(r#"{{"alg":"ES256","typ":"dbsc+jwt","jwk":{jwk}}}"#);
            let token = proof(&key, &header, PAYLOAD);
            assert!(matches!(Proof::read(&token).unwrap().key(), Err(Refused::Malformed(_))), "{jwk}");
        }
    }

    #[test]
    fn what_is_not_a_proof_is_not_read() {
        let key = Jwk::generate("ES256").unwrap();
        let jwk = key.public().unwrap().to_json();
        let twice = format!(r#"{{"alg":"ES256","typ":"dbsc+jwt","typ":"dbsc+jwt","jwk":{jwk}}}"#);
        for (header, payload) in [
            (r#"{"alg":"ES256","typ":"JWT"}"#, PAYLOAD),
            (r#"{"alg":"ES256"}"#, PAYLOAD),
            (&*twice, PAYLOAD),
            ("[]", PAYLOAD),
            (&*header(&key, "ES256"), "{}"),
            (&*header(&key, "ES256"), r#"{"jti":7}"#),
            (&*header(&key, "ES256"), r#"{"jti":"c","jti":"d"}"#),
        ] {
            assert!(Proof::read(&proof(&key, header, payload)).is_err(), "{header} {payload}");
        }
        let good = proof(&key, &header(&key, "ES256"), PAYLOAD);
        for token in [
            "",
            "..",
            "a.b.c",
            &format!("{good}."),
            &good[..good.rfind('.').unwrap()],
            &"a".repeat(LONGEST + 1),
        ] {
            assert!(Proof::read(token).is_err(), "{token}");
        }
        // None, an algorithm that its key is not for, and an extension that must be understood (RFC 7515 §4.1.11).
        let critical =
            format!(r#"{{"alg":"ES256","typ":"dbsc+jwt","crit":["b64"],"b64":false,"jwk":{jwk}}}"#);
        for header in [header(&key, "none"), header(&key, "RS256"), header(&key, "HS256"), critical] {
            let token = proof(&key, &header, PAYLOAD);
            assert!(matches!(Proof::read(&token).unwrap().key(), Err(Refused::Malformed(_))), "{header}");
        }
    }

    /// The vectors of dbsc-toolkit (`spec/vectors` in its repository), which is in no registry that a test can ask:
    /// `UNJWT_DBSC_VECTORS` names their folder.
    #[test]
    fn proofs_of_another_implementation_are_read() {
        let Some(folder) = std::env::var_os("UNJWT_DBSC_VECTORS").map(std::path::PathBuf::from) else {
            eprintln!("SKIPPED: `UNJWT_DBSC_VECTORS` names no folder");
            return;
        };
        let vector = |name: &str| -> serde_json::Value {
            serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
        };
        let (registration, refresh) = (vector("registration.json"), vector("refresh.json"));
        let proof = Proof::read(registration["secureSessionResponse"].as_str().unwrap()).unwrap();
        let key = proof.key().unwrap();
        let jwk = Jwk::from_json(&registration["publicKeyJwk"].to_string()).unwrap();
        assert_eq!(
            (proof.challenge(), key.thumbprint()),
            (registration["challenge"].as_str().unwrap(), &*jwk.thumbprint().unwrap())
        );
        let proof = Proof::read(refresh["secureSessionResponse"].as_str().unwrap()).unwrap();
        assert_eq!((proof.challenge(), proof.verify(&key)), (refresh["challenge"].as_str().unwrap(), Ok(())));
    }
}
