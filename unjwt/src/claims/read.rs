//! Reading a payload in one pass: the registered claims are extracted, and the struct receives the other
//! members.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::Reserved;
use super::member_name::MemberName;
#[cfg(feature = "dbsc")]
use super::registered::Confirmation;
use super::registered::{Audience, Count, Counters, Date, Text};
use crate::error::{Error, ErrorKind};
use crate::util::strict_json::Name;

/// The registered claims of a payload. A claim that is not reserved belongs to the struct and is absent here.
#[derive(Debug, Default)]
pub(crate) struct Registered<'a> {
    pub(crate) jti: Text<'a>,
    pub(crate) iat: Date,
    pub(crate) exp: Date,
    pub(crate) nbf: Date,
    pub(crate) iss: Text<'a>,
    pub(crate) sub: Text<'a>,
    pub(crate) aud: Audience<'a>,
    pub(crate) in_place_of_aud: Audience<'a>,
    pub(crate) rm: Text<'a>,
    pub(crate) auth_time: Date,
    pub(crate) sid: Text<'a>,
    pub(crate) ep: Counters<'a>,
    pub(crate) generation: Date,
    pub(crate) v: Count,
    pub(crate) vr: Count,
    #[cfg(feature = "dbsc")]
    pub(crate) cnf: Confirmation,
    /// The required members that are missing.
    pub(crate) missing: Vec<&'static str>,
}

/// Reads the registered claims, to where the caller keeps them, and the struct. If the payload does not fit the struct,
/// the data is `None`, since the claims are judged first; [`explain`](super::explain) then finds the reason.
///
/// # Errors
///
/// Fails if the payload is not a JSON object, or if a claim appears twice.
pub(crate) fn read<'p, T: DeserializeOwned>(
    payload: &'p [u8],
    reserved: Reserved,
    required: &'static [&'static str],
    claims: &mut Registered<'p>,
) -> Result<Option<T>, Error> {
    const NO_CLAIMS: Error =
        Error::new(ErrorKind::PayloadInvalid, "not a JSON object with each claim at most once");

    // JSON is UTF-8 (RFC 8259 §8.1). Validating it as a whole avoids validating each string.
    let payload = std::str::from_utf8(payload).map_err(|_| NO_CLAIMS)?;
    if let Ok(data) = parse(payload, reserved, required, claims) {
        return Ok(Some(data));
    }
    *claims = Registered::default();
    match parse::<IgnoredAny>(payload, reserved, required, claims) {
        Ok(IgnoredAny) => Ok(None),
        Err(_) => Err(NO_CLAIMS),
    }
}

fn parse<'p, T: Deserialize<'p>>(
    payload: &'p str,
    reserved: Reserved,
    required: &'static [&'static str],
    claims: &mut Registered<'p>,
) -> serde_json::Result<T> {
    let mut json = serde_json::Deserializer::from_str(payload);
    let mut sieve = Sieve::new(reserved, required, claims);
    let data = T::deserialize(SiftedPayload { json: &mut json, sieve: &mut sieve })?;
    json.end()?;
    sieve.finish();
    Ok(data)
}

/// A filter that extracts the registered claims from the payload's members.
pub(super) struct Sieve<'c, 'de> {
    claims: &'c mut Registered<'de>,
    reserved: Reserved,
    seen: u16,
    required: &'static [&'static str],
    /// For each required member, `true` once it has been found.
    found: Vec<bool>,
}

impl<'c, 'de> Sieve<'c, 'de> {
    pub(super) fn new(
        reserved: Reserved,
        required: &'static [&'static str],
        claims: &'c mut Registered<'de>,
    ) -> Self {
        let found = vec![false; required.len()];
        Self { claims, reserved, seen: 0, required, found }
    }

    fn finish(self) {
        let required = self.required.iter().zip(&self.found);
        self.claims.missing = required.filter(|(_, found)| !**found).map(|(name, _)| *name).collect();
    }

    /// Takes the value of the member if it is a claim, and returns whether it was.
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        for (required, found) in self.required.iter().zip(&mut self.found) {
            *found |= *required == name;
        }
        let claim = match Claim::named(name) {
            _ if self.reserved.audience_claim == Some(name) => Claim::InPlaceOfAud,
            Some(claim) => claim,
            None => return Ok(false),
        };
        let bit = 1 << claim as u16;
        if self.seen & bit != 0 {
            return Err(A::Error::custom("a claim appears twice"));
        }
        self.seen |= bit;
        let (claims, reserved) = (&mut *self.claims, self.reserved);
        match claim {
            Claim::Jti => claims.jti = map.next_value()?,
            Claim::Iat => claims.iat = map.next_value()?,
            Claim::Exp => claims.exp = map.next_value()?,
            Claim::Nbf => claims.nbf = map.next_value()?,
            Claim::Iss if reserved.iss => claims.iss = map.next_value()?,
            Claim::Sub if reserved.sub => claims.sub = map.next_value()?,
            Claim::Aud if reserved.aud => claims.aud = map.next_value()?,
            Claim::InPlaceOfAud => claims.in_place_of_aud = map.next_value()?,
            Claim::Rm if reserved.rm => claims.rm = map.next_value()?,
            Claim::AuthTime if reserved.auth_time => claims.auth_time = map.next_value()?,
            Claim::Sid if reserved.login => claims.sid = map.next_value()?,
            Claim::Ep if reserved.login => claims.ep = map.next_value()?,
            Claim::Gen if reserved.generation => claims.generation = map.next_value()?,
            Claim::V if reserved.version => claims.v = map.next_value()?,
            Claim::Vr if reserved.version => claims.vr = map.next_value()?,
            #[cfg(feature = "dbsc")]
            Claim::Cnf if reserved.device => claims.cnf = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A registered claim.
#[derive(Clone, Copy)]
enum Claim {
    Jti,
    Iat,
    Exp,
    Nbf,
    Iss,
    Sub,
    Aud,
    Rm,
    AuthTime,
    Sid,
    Ep,
    Gen,
    V,
    Vr,
    #[cfg(feature = "dbsc")]
    Cnf,
    InPlaceOfAud,
}

impl Claim {
    fn named(name: &str) -> Option<Self> {
        Some(match name.as_bytes() {
            [b'j', b't', b'i'] => Self::Jti,
            [b'i', b'a', b't'] => Self::Iat,
            [b'e', b'x', b'p'] => Self::Exp,
            [b'n', b'b', b'f'] => Self::Nbf,
            [b'i', b's', b's'] => Self::Iss,
            [b's', b'u', b'b'] => Self::Sub,
            [b'a', b'u', b'd'] => Self::Aud,
            [b'v'] => Self::V,
            [b'v', b'r'] => Self::Vr,
            [b'r', b'm'] => Self::Rm,
            [b's', b'i', b'd'] => Self::Sid,
            [b'e', b'p'] => Self::Ep,
            [b'g', b'e', b'n'] => Self::Gen,
            b"auth_time" => Self::AuthTime,
            #[cfg(feature = "dbsc")]
            b"cnf" => Self::Cnf,
            _ => return None,
        })
    }
}

/// The payload as the struct's `Deserialize` sees it: always an object, and without reserved claims. A
/// derived `Deserialize` would also read a struct from an array, which is not a claims set (RFC 7519 §3).
pub(super) struct SiftedPayload<'s, 'c, 'de, D> {
    pub(super) json: D,
    pub(super) sieve: &'s mut Sieve<'c, 'de>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for SiftedPayload<'_, '_, 'de, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.json.deserialize_map(Sifting { visitor, sieve: self.sieve })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// The struct's visitor, which sees only the members that the sieve passes on.
struct Sifting<'s, 'c, 'de, V> {
    visitor: V,
    sieve: &'s mut Sieve<'c, 'de>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Sifting<'_, '_, 'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Sifted { map, sieve: self.sieve })
    }
}

struct Sifted<'s, 'c, 'de, A> {
    map: A,
    sieve: &'s mut Sieve<'c, 'de>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Sifted<'_, '_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(Name(name)) = self.map.next_key()? {
            if !self.sieve.take(&name, &mut self.map)? {
                return seed.deserialize(MemberName::new(name)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
