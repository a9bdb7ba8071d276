//! Reading a payload in one pass: the registered claims are extracted, and the struct receives the other
//! members.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::Reserved;
use super::member_name::MemberName;
use super::registered::{Audience, Counters, Date, Text};
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
    pub(crate) rm: Text<'a>,
    pub(crate) auth_time: Date,
    pub(crate) sid: Text<'a>,
    pub(crate) ep: Counters<'a>,
    pub(crate) generation: Date,
    /// The first required member that is missing.
    pub(crate) missing: Option<&'static str>,
}

/// Reads the registered claims and the struct. If the payload does not fit the struct, the data is `None`,
/// since the claims are judged first; [`explain`](super::explain) then finds the reason.
///
/// # Errors
///
/// Fails if the payload is not a JSON object, or if a claim appears twice.
pub(crate) fn read<'p, T: DeserializeOwned>(
    payload: &'p [u8],
    reserved: Reserved,
    required: &'static [&'static str],
) -> Result<(Registered<'p>, Option<T>), Error> {
    const NO_CLAIMS: Error =
        Error::new(ErrorKind::PayloadInvalid, "not a JSON object with each claim at most once");

    // JSON is UTF-8 (RFC 8259 §8.1). Validating it as a whole avoids validating each string.
    let payload = std::str::from_utf8(payload).map_err(|_| NO_CLAIMS)?;
    if let Ok((claims, data)) = parse(payload, reserved, required) {
        return Ok((claims, Some(data)));
    }
    match parse::<IgnoredAny>(payload, reserved, required) {
        Ok((claims, IgnoredAny)) => Ok((claims, None)),
        Err(_) => Err(NO_CLAIMS),
    }
}

fn parse<'p, T: Deserialize<'p>>(
    payload: &'p str,
    reserved: Reserved,
    required: &'static [&'static str],
) -> serde_json::Result<(Registered<'p>, T)> {
    let mut json = serde_json::Deserializer::from_str(payload);
    let mut sieve = Sieve::new(reserved, required);
    let data = T::deserialize(SiftedPayload { json: &mut json, sieve: &mut sieve })?;
    json.end()?;
    Ok((sieve.finish(), data))
}

/// A filter that extracts the registered claims from the payload's members.
pub(super) struct Sieve<'de> {
    claims: Registered<'de>,
    reserved: Reserved,
    seen: u16,
    required: &'static [&'static str],
    /// For each required member, `true` once it has been found.
    found: Vec<bool>,
}

impl<'de> Sieve<'de> {
    pub(super) fn new(reserved: Reserved, required: &'static [&'static str]) -> Self {
        let found = vec![false; required.len()];
        Self { claims: Registered::default(), reserved, seen: 0, required, found }
    }

    fn finish(self) -> Registered<'de> {
        let mut required = self.required.iter().zip(&self.found);
        let missing = required.find_map(|(name, found)| (!found).then_some(*name));
        Registered { missing, ..self.claims }
    }

    /// Takes the value of the member if it is a claim, and returns whether it was.
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        for (required, found) in self.required.iter().zip(&mut self.found) {
            *found |= *required == name;
        }
        // Most members have a name of another length, and are passed on without further comparison.
        if !matches!(name.len(), 2 | 3 | 9) {
            return Ok(false);
        }
        let bit = match name {
            "jti" => 1,
            "iat" => 1 << 1,
            "exp" => 1 << 2,
            "nbf" => 1 << 3,
            "iss" => 1 << 4,
            "sub" => 1 << 5,
            "aud" => 1 << 6,
            "rm" => 1 << 7,
            "auth_time" => 1 << 8,
            "sid" => 1 << 9,
            "ep" => 1 << 10,
            "gen" => 1 << 11,
            _ => return Ok(false),
        };
        if self.seen & bit != 0 {
            return Err(A::Error::custom("a claim appears twice"));
        }
        self.seen |= bit;
        match name {
            "jti" => self.claims.jti = map.next_value()?,
            "iat" => self.claims.iat = map.next_value()?,
            "exp" => self.claims.exp = map.next_value()?,
            "nbf" => self.claims.nbf = map.next_value()?,
            "iss" if self.reserved.iss => self.claims.iss = map.next_value()?,
            "sub" if self.reserved.sub => self.claims.sub = map.next_value()?,
            "aud" if self.reserved.aud => self.claims.aud = map.next_value()?,
            "rm" if self.reserved.rm => self.claims.rm = map.next_value()?,
            "auth_time" if self.reserved.auth_time => self.claims.auth_time = map.next_value()?,
            "sid" if self.reserved.login => self.claims.sid = map.next_value()?,
            "ep" if self.reserved.login => self.claims.ep = map.next_value()?,
            "gen" if self.reserved.generation => self.claims.generation = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The payload as the struct's `Deserialize` sees it: always an object, and without reserved claims. A
/// derived `Deserialize` would also read a struct from an array, which is not a claims set (RFC 7519 §3).
pub(super) struct SiftedPayload<'s, 'de, D> {
    pub(super) json: D,
    pub(super) sieve: &'s mut Sieve<'de>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for SiftedPayload<'_, 'de, D> {
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
struct Sifting<'s, 'de, V> {
    visitor: V,
    sieve: &'s mut Sieve<'de>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Sifting<'_, 'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Sifted { map, sieve: self.sieve })
    }
}

struct Sifted<'s, 'de, A> {
    map: A,
    sieve: &'s mut Sieve<'de>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Sifted<'_, 'de, A> {
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
