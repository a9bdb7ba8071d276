//! The protected header: its members that are read, and the writing of ours.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::members::{Member, Members};
use super::params::Params;
use crate::util::base64;

/// The longest header segment that is decoded, in characters.
pub(crate) const MAX_SEGMENT: usize = 4096;

/// The same for a token that was issued elsewhere.
const MAX_FOREIGN_SEGMENT: usize = 16 * 1024;

/// The members that have a meaning here. All others (`jku`, `jwk`, `x5u`, `x5c` …) are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) enc: Option<String>,
    pub(crate) kid: Option<String>,
    pub(crate) typ: Option<String>,
    pub(crate) cty: Option<String>,
    pub(crate) params: Params,
}

/// The serialisation to which a header belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Jws,
    Jwe,
}

impl Header {
    /// Reads a header segment. The error gives the reason and quotes nothing.
    pub(crate) fn parse(segment: &str, form: Form) -> Result<Self, &'static str> {
        Self::parse_up_to(MAX_SEGMENT, segment, form, text)
    }

    /// Does the same for a token that was issued elsewhere: its header may hold a chain of certificates, and `null` for
    /// a member that is absent.
    pub(crate) fn parse_foreign(segment: &str, form: Form) -> Result<Self, &'static str> {
        Self::parse_up_to(MAX_FOREIGN_SEGMENT, segment, form, |members, name| match members.get(name) {
            Some(Member::Null) => Ok(None),
            _ => text(members, name),
        })
    }

    fn parse_up_to(
        limit: usize,
        segment: &str,
        form: Form,
        optional: impl for<'m> Fn(&'m Members<'_>, &str) -> Result<Option<&'m str>, &'static str>,
    ) -> Result<Self, &'static str> {
        if segment.len() > limit {
            return Err("the header is too long");
        }
        let json = base64::decode(segment).map_err(|_| "the header is not base64url")?;
        let members = Members::parse(&json).ok_or("the header is not a JSON object with each member once")?;

        // RFC 7515 §4.1.11: no extension is understood here, so any critical one refuses the token.
        if members.has("crit") {
            return Err("the header has critical extensions");
        }
        if members.has("b64") {
            return Err("unencoded payloads (RFC 7797) are not supported");
        }
        if members.has("zip") {
            return Err("compressed payloads are not supported");
        }
        let alg = text(&members, "alg")?.ok_or("the header names no `alg`")?;
        let (enc, params) = match form {
            Form::Jws => (None, Params::None),
            Form::Jwe => {
                let enc = text(&members, "enc")?.ok_or("the header names no `enc`")?;
                (Some(enc.to_owned()), Params::read(&members, alg)?)
            }
        };
        Ok(Self {
            alg: alg.to_owned(),
            enc,
            kid: optional(&members, "kid")?.map(str::to_owned),
            typ: optional(&members, "typ")?.map(str::to_owned),
            cty: optional(&members, "cty")?.map(str::to_owned),
            params,
        })
    }

    /// The header as a segment.
    pub(crate) fn to_segment(&self) -> String {
        let mut json = Vec::with_capacity(256);
        // Texts and a count are no reason to fail, and neither is a vector to be written to.
        let written = serde_json::to_writer(&mut json, self);
        debug_assert!(written.is_ok());
        base64::encode(&json)
    }
}

/// In the order in which npm `unjwt` writes the members.
impl Serialize for Header {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in [("kid", &self.kid), ("typ", &self.typ), ("cty", &self.cty)] {
            if let Some(value) = value {
                map.serialize_entry(name, value)?;
            }
        }
        self.params.serialize_into(&mut map)?;
        map.serialize_entry("alg", &self.alg)?;
        if let Some(enc) = &self.enc {
            map.serialize_entry("enc", enc)?;
        }
        map.end()
    }
}

pub(super) fn text<'m>(members: &'m Members<'_>, name: &str) -> Result<Option<&'m str>, &'static str> {
    match members.get(name) {
        None => Ok(None),
        Some(Member::Text(text)) => Ok(Some(text)),
        Some(_) => Err("a header member that is a string has another type"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str, form: Form) -> Result<Header, &'static str> {
        Header::parse(&base64::encode(json.as_bytes()), form)
    }

    #[test]
    fn reads_what_it_writes() {
        let header = Header {
            alg: "PBES2-HS256+A128KW".into(),
            enc: Some("A256GCM".into()),
            kid: Some("a\"b".into()),
            typ: Some("s+jwt".into()),
            cty: None,
            params: Params::Pbes2 { salt: vec![1; 16], iterations: 600_000 },
        };
        let segment = header.to_segment();
        assert_eq!(Header::parse(&segment, Form::Jwe).unwrap(), header);
        assert_eq!(
            String::from_utf8(base64::decode(&segment).unwrap()).unwrap(),
            r#"{"kid":"a\"b","typ":"s+jwt","p2c":600000,"p2s":"AQEBAQEBAQEBAQEBAQEBAQ","alg":"PBES2-HS256+A128KW","enc":"A256GCM"}"#
        );
    }

    #[test]
    fn refuses_malformed_jws_headers() {
        for json in [
            "",
            "[]",
            "{}",
            r#"{"alg":1}"#,
            r#"{"alg":null}"#,
            r#"{"ALG":"HS256"}"#,
            r#"{"alg":"HS256","alg":"HS256"}"#,
            r#"{"alg":"HS256","x":1,"x":1}"#,
            r#"{"alg":"HS256","jwk":{"k":1,"k":2}}"#,
            r#"{"alg":"HS256","kid":1}"#,
            r#"{"alg":"HS256","typ":["JWT"]}"#,
            r#"{"alg":"HS256","cty":{}}"#,
            r#"{"alg":"HS256","crit":[]}"#,
            r#"{"alg":"HS256","crit":["exp"],"exp":1}"#,
            r#"{"alg":"HS256","crit":null}"#,
            r#"{"alg":"HS256","b64":false}"#,
            r#"{"alg":"HS256","b64":true}"#,
            r#"{"alg":"HS256","zip":"DEF"}"#,
            r#"{"alg":"HS256"}x"#,
        ] {
            assert!(parse(json, Form::Jws).is_err(), "{json}");
        }
        assert!(
            parse(r#"{"alg":"HS256","jku":"https://x","x5c":[],"nested":{"a":{"a":1}}}"#, Form::Jws).is_ok()
        );
    }

    #[test]
    fn refuses_long_headers_undecoded() {
        let json = format!(r#"{{"alg":"HS256","x":"{}"}}"#, "x".repeat(4000));
        assert_eq!(parse(&json, Form::Jws), Err("the header is too long"));
    }
}
