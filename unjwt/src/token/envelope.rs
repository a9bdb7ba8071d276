//! The checks that both codecs make around the cryptography: of the length, the header and the `typ`.

use std::ops::Deref;

use super::header::{Form, Header};
use super::{Profile, Types};

/// The protected header that a codec writes, and the checks of those that it reads.
pub(super) struct Envelope {
    form: Form,
    max_token_len: usize,
    elsewhere: Option<Types>,
    header: Header,
    segment: String,
}

impl Envelope {
    /// `header` gets the profile's `typ`.
    pub(super) fn new(form: Form, header: Header, profile: &Profile) -> Self {
        let header = Header { typ: profile.typ.clone(), ..header };
        let segment = header.to_segment();
        Self { form, max_token_len: profile.max_token_len, elsewhere: profile.elsewhere, header, segment }
    }

    /// The header of a new token.
    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// The same, encoded.
    pub(super) fn segment(&self) -> &str {
        &self.segment
    }

    /// Refuses a token that is too long to be looked at.
    pub(super) fn check_length(&self, token: &str) -> Result<(), &'static str> {
        if token.len() > self.max_token_len { Err("the token is too long") } else { Ok(()) }
    }

    /// Reads a token's header. The error gives the reason and quotes nothing.
    pub(super) fn read<'t>(&'t self, segment: &str) -> Result<HeaderRef<'t>, &'static str> {
        if segment == self.segment {
            return Ok(HeaderRef::Ours(&self.header));
        }
        let header = match self.elsewhere {
            Some(_) => Header::parse_foreign(segment, self.form)?,
            None => Header::parse(segment, self.form)?,
        };
        Ok(HeaderRef::Read(Box::new(header)))
    }

    /// Refuses another `typ` than the profile's, if that has one.
    pub(super) fn check_typ(&self, header: &Header) -> Result<(), &'static str> {
        const ANOTHER: &str = "`typ` is not the session's";
        if let Some(types) = self.elsewhere {
            let accepted = match &header.typ {
                None => types.untyped,
                Some(typ) => types.named.iter().any(|named| media_type(typ).eq_ignore_ascii_case(named)),
            };
            return if accepted { Ok(()) } else { Err(ANOTHER) };
        }
        let wanted = &self.header.typ;
        if wanted.is_some() && *wanted != header.typ { Err(ANOTHER) } else { Ok(()) }
    }
}

/// Returns the media type without the prefix that may be left out (RFC 7515 §4.1.9).
fn media_type(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
        _ => typ,
    }
}

/// A header that equals ours byte for byte needs no parsing.
pub(super) enum HeaderRef<'t> {
    Ours(&'t Header),
    Read(Box<Header>),
}

impl Deref for HeaderRef<'_> {
    type Target = Header;

    fn deref(&self) -> &Header {
        match self {
            Self::Ours(header) => header,
            Self::Read(header) => header,
        }
    }
}
