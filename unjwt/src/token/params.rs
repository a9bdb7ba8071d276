//! The header members that belong to one key management algorithm.

use serde::Serialize;
use serde::ser::SerializeMap;

use super::header::text;
use super::members::{Member, Members};
use crate::alg::{EcdhCurve, JweAlg, KeyManagement};
use crate::crypto::Point;
use crate::util::base64;

/// The salt's length in bytes (RFC 7518 §4.8.1.1 asks for 8 or more).
const P2S_LEN: std::ops::RangeInclusive<usize> = 8..=64;
/// Bytes of AES-GCM's initialization vector and tag (RFC 7518 §4.7.1).
const GCM_IV_LEN: usize = 12;
const GCM_TAG_LEN: usize = 16;
/// Bytes of `apu` and of `apv` at most. They name the parties, so a short text is usual.
const MAX_PARTY_INFO: usize = 256;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Params {
    #[default]
    None,
    /// `p2s` and `p2c` (RFC 7518 §4.8.1).
    Pbes2 { salt: Vec<u8>, iterations: u32 },
    /// `iv` and `tag` (RFC 7518 §4.7.1).
    AesGcmKw { iv: [u8; GCM_IV_LEN], tag: [u8; GCM_TAG_LEN] },
    /// `epk`, `apu` and `apv` (RFC 7518 §4.6.1).
    EcdhEs { curve: EcdhCurve, epk: Point, apu: Vec<u8>, apv: Vec<u8> },
}

impl Params {
    /// Reads those of `alg` and refuses those of any other algorithm.
    pub(super) fn read(members: &Members<'_>, alg: &str) -> Result<Self, &'static str> {
        let management = JweAlg::from_name(alg).map(JweAlg::management);
        let has = |names: &[&str]| names.iter().any(|name| members.has(name));
        let is_pbes2 = matches!(management, Some(KeyManagement::Pbes2 { .. }));
        if !is_pbes2 && has(&["p2s", "p2c"]) {
            return Err("`p2s` and `p2c` belong to passwords only");
        }
        let is_gcm = matches!(management, Some(KeyManagement::AesGcmKw(_)));
        if !is_gcm && has(&["iv", "tag"]) {
            return Err("`iv` and `tag` belong to AES-GCM key wrap only");
        }
        let is_ecdh = matches!(management, Some(KeyManagement::EcdhEs(_)));
        if !is_ecdh && has(&["epk", "apu", "apv"]) {
            return Err("`epk`, `apu` and `apv` belong to ECDH-ES only");
        }
        match management {
            Some(KeyManagement::Pbes2 { .. }) => Self::pbes2(members),
            Some(KeyManagement::AesGcmKw(_)) => Self::aes_gcm_kw(members),
            Some(KeyManagement::EcdhEs(_)) => Self::ecdh_es(members),
            _ => Ok(Self::None),
        }
    }

    fn pbes2(members: &Members<'_>) -> Result<Self, &'static str> {
        let salt = text(members, "p2s")?.ok_or("the header names no `p2s`")?;
        let salt = base64::decode(salt).map_err(|_| "`p2s` is not base64url")?;
        if !P2S_LEN.contains(&salt.len()) {
            return Err("`p2s` is too short or too long");
        }
        let iterations = match members.get("p2c") {
            Some(Member::Number(count)) => u32::try_from(*count).ok().filter(|count| *count > 0),
            _ => None,
        };
        let iterations = iterations.ok_or("`p2c` is not a count of iterations")?;
        Ok(Self::Pbes2 { salt, iterations })
    }

    fn aes_gcm_kw(members: &Members<'_>) -> Result<Self, &'static str> {
        const MALFORMED: &str = "`iv` or `tag` is absent or malformed";
        Ok(Self::AesGcmKw {
            iv: exactly(text(members, "iv")?.ok_or(MALFORMED)?).ok_or(MALFORMED)?,
            tag: exactly(text(members, "tag")?.ok_or(MALFORMED)?).ok_or(MALFORMED)?,
        })
    }

    fn ecdh_es(members: &Members<'_>) -> Result<Self, &'static str> {
        let Some(Member::Object(epk)) = members.get("epk") else {
            return Err("the header names no `epk`");
        };
        let (curve, epk) = public_key(epk).ok_or("`epk` is no public key on a curve of ECDH-ES")?;
        let party = |name| match text(members, name)? {
            None => Ok(Vec::new()),
            Some(info) if info.len() <= base64::encoded_len(MAX_PARTY_INFO) => {
                base64::decode(info).map_err(|_| "`apu` or `apv` is not base64url")
            }
            Some(_) => Err("`apu` or `apv` is too long"),
        };
        Ok(Self::EcdhEs { curve, epk, apu: party("apu")?, apv: party("apv")? })
    }

    /// In the order in which npm `unjwt` writes them.
    pub(super) fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self {
            Self::None => Ok(()),
            Self::Pbes2 { salt, iterations } => {
                map.serialize_entry("p2c", iterations)?;
                map.serialize_entry("p2s", &base64::encode(salt))
            }
            Self::AesGcmKw { iv, tag } => {
                map.serialize_entry("iv", &base64::encode(iv))?;
                map.serialize_entry("tag", &base64::encode(tag))
            }
            Self::EcdhEs { curve, epk, apu, apv } => {
                let (x, y) = (base64::encode(&epk.x), epk.y.as_deref().map(base64::encode));
                map.serialize_entry("epk", &Epk { kty: curve.kty(), crv: curve.name(), x, y })?;
                for (name, info) in [("apu", apu), ("apv", apv)] {
                    if !info.is_empty() {
                        map.serialize_entry(name, &base64::encode(info))?;
                    }
                }
                Ok(())
            }
        }
    }
}

/// An ephemeral public key as a JWK.
#[derive(Serialize)]
struct Epk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
}

/// An ephemeral public key with coordinates of exactly its curve's length and nothing private.
fn public_key(members: &Members<'_>) -> Option<(EcdhCurve, Point)> {
    let member = |name: &str| members.text(name);
    let curve = EcdhCurve::from_name(member("crv")?)?;
    if member("kty")? != curve.kty() || members.has("d") {
        return None;
    }
    let coordinate = |name| {
        let text = member(name)?;
        let fits = base64::decoded_len(text.len()) == Some(curve.len());
        if fits { base64::decode(text).ok() } else { None }
    };
    let y = match curve {
        EcdhCurve::Ec(_) => Some(coordinate("y")?),
        EcdhCurve::X25519 if members.has("y") => return None,
        EcdhCurve::X25519 => None,
    };
    Some((curve, Point { x: coordinate("x")?, y }))
}

fn exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let decoded = base64::decode_slice(text, &mut bytes).ok()?.len();
    (decoded == N).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use crate::token::header::{Form, Header};
    use crate::util::base64;

    fn parse(json: &str, form: Form) -> Result<Header, &'static str> {
        Header::parse(&base64::encode(json.as_bytes()), form)
    }

    #[test]
    fn refuses_malformed_jwe_headers() {
        let salt = base64::encode(&[1; 16]);
        let short = base64::encode(&[1; 7]);
        let long = base64::encode(&[1; 65]);
        let pbes2 = |rest: &str| format!(r#"{{"alg":"PBES2-HS256+A128KW","enc":"A128GCM"{rest}}}"#);
        for json in [
            r#"{"alg":"dir"}"#.to_owned(),
            r#"{"enc":"A256GCM"}"#.to_owned(),
            r#"{"alg":"dir","enc":256}"#.to_owned(),
            r#"{"alg":"dir","enc":"A256GCM","p2c":1000}"#.to_owned(),
            pbes2(""),
            pbes2(&format!(r#","p2s":"{salt}""#)),
            pbes2(r#","p2c":1000"#),
            pbes2(&format!(r#","p2s":"{short}","p2c":1000"#)),
            pbes2(&format!(r#","p2s":"{long}","p2c":1000"#)),
            pbes2(&format!(r#","p2s":"{salt}=","p2c":1000"#)),
            pbes2(&format!(r#","p2s":"{salt}","p2c":0"#)),
            pbes2(&format!(r#","p2s":"{salt}","p2c":-1"#)),
            pbes2(&format!(r#","p2s":"{salt}","p2c":1000.0"#)),
            pbes2(&format!(r#","p2s":"{salt}","p2c":"1000""#)),
            pbes2(&format!(r#","p2s":"{salt}","p2c":4294967296"#)),
            pbes2(&format!(r#","p2s":"{salt}","p2c":1e3"#)),
        ] {
            assert!(parse(&json, Form::Jwe).is_err(), "{json}");
        }
        assert!(parse(&pbes2(&format!(r#","p2s":"{salt}","p2c":1000"#)), Form::Jwe).is_ok());
    }

    #[test]
    fn refuses_malformed_parameters_of_gcm_key_wrap() {
        let [iv, tag] = [12, 16].map(|len| base64::encode(&vec![1; len]));
        let header = |alg: &str, rest: &str| format!(r#"{{"alg":"{alg}","enc":"A128GCM"{rest}}}"#);
        let good = format!(r#","iv":"{iv}","tag":"{tag}""#);
        assert!(parse(&header("A256GCMKW", &good), Form::Jwe).is_ok());
        for rest in [
            String::new(),
            format!(r#","iv":"{iv}""#),
            format!(r#","tag":"{tag}""#),
            format!(r#","iv":"{iv}","tag":null"#),
            format!(r#","iv":"{iv}=","tag":"{tag}""#),
        ] {
            assert!(parse(&header("A256GCMKW", &rest), Form::Jwe).is_err(), "{rest}");
        }
        for len in (0..40).map(|len| base64::encode(&vec![1; len])) {
            let rest = format!(r#","iv":"{len}","tag":"{tag}""#);
            assert_eq!(parse(&header("A128GCMKW", &rest), Form::Jwe).is_ok(), len == iv, "{rest}");
            let rest = format!(r#","iv":"{iv}","tag":"{len}""#);
            assert_eq!(parse(&header("A192GCMKW", &rest), Form::Jwe).is_ok(), len == tag, "{rest}");
        }
        for alg in ["dir", "A256KW", "RSA-OAEP"] {
            assert!(parse(&header(alg, &good), Form::Jwe).is_err(), "{alg}");
        }
    }

    #[test]
    fn refuses_malformed_ephemeral_keys() {
        let [x, short, long] = [32, 31, 33].map(|len| base64::encode(&vec![1; len]));
        let header = |rest: &str| format!(r#"{{"alg":"ECDH-ES","enc":"A128GCM"{rest}}}"#);
        let epk = |members: String| header(&format!(r#","epk":{{{members}}}"#));
        for good in [
            format!(r#""kty":"EC","crv":"P-256","x":"{x}","y":"{x}""#),
            format!(r#""kty":"EC","crv":"P-256","x":"{x}","y":"{x}","key_ops":[],"use":"enc""#),
            format!(r#""kty":"OKP","crv":"X25519","x":"{x}""#),
        ] {
            let header = parse(&epk(good.clone()), Form::Jwe).unwrap();
            let again = Header::parse(&header.to_segment(), Form::Jwe).unwrap();
            assert_eq!(again, header, "{good}");
        }
        for bad in [
            String::new(),
            format!(r#""kty":"OKP","crv":"P-256","x":"{x}","y":"{x}""#),
            format!(r#""kty":"EC","crv":"X25519","x":"{x}","y":"{x}""#),
            format!(r#""kty":"OKP","crv":"X25519","x":"{x}","y":"{x}""#),
            format!(r#""kty":"EC","crv":"P-256","x":"{x}""#),
            format!(r#""kty":"EC","crv":"P-256","y":"{x}""#),
            format!(r#""kty":"EC","crv":"P-256","x":"{short}","y":"{x}""#),
            format!(r#""kty":"EC","crv":"P-256","x":"{x}","y":"{long}""#),
            format!(r#""kty":"EC","crv":"P-256","x":"{x}=","y":"{x}""#),
            format!(r#""kty":"EC","crv":"P-384","x":"{x}","y":"{x}""#),
            format!(r#""kty":"EC","crv":"secp256k1","x":"{x}","y":"{x}""#),
            format!(r#""kty":"EC","crv":"P-256","x":1,"y":"{x}""#),
            format!(r#""kty":"EC","crv":"P-256","x":"{x}","y":"{x}","d":"{x}""#),
            format!(r#""kty":"EC","crv":"P-256","x":"{x}","y":"{x}","x":"{x}""#),
            format!(r#""crv":"P-256","x":"{x}","y":"{x}""#),
            format!(r#""kty":"OKP","crv":"Ed25519","x":"{x}""#),
            format!(r#""kty":"OKP","crv":"X25519","x":"{short}""#),
        ] {
            assert!(parse(&epk(bad.clone()), Form::Jwe).is_err(), "{bad}");
        }
        let key = format!(r#","epk":{{"kty":"OKP","crv":"X25519","x":"{x}"}}"#);
        let party = |name: &str, value: &str| header(&format!(r#"{key},"{name}":{value}"#));
        for name in ["apu", "apv"] {
            let [most, more] = [256, 257].map(|len| format!("\"{}\"", base64::encode(&vec![1; len])));
            assert!(parse(&party(name, r#""QWxpY2U""#), Form::Jwe).is_ok());
            assert!(parse(&party(name, &most), Form::Jwe).is_ok());
            for bad in [more.as_str(), "1", "null", r#""Q""#, r#""QWxpY2U=""#] {
                assert!(parse(&party(name, bad), Form::Jwe).is_err(), "{name} {bad}");
            }
        }
        for epk in ["null", "[]", r#""""#, "1"] {
            assert!(parse(&header(&format!(r#","epk":{epk}"#)), Form::Jwe).is_err(), "{epk}");
        }
        let dir = format!(r#"{{"alg":"dir","enc":"A128GCM"{key}}}"#);
        assert!(parse(&dir, Form::Jwe).is_err());
    }
}
