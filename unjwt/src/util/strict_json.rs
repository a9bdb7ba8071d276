//! JSON in which a repeated member is noticed (RFC 7515 §4, RFC 7517 §4).

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::json::{Json, Object};

/// The key under which serde_json passes a number if some crate of the build turned its `arbitrary_precision`
/// on.
pub(crate) const BIG_NUMBER: &str = "$serde_json::private::Number";

/// A member's name, borrowed from the JSON unless it is written with escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Name<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// A value, and whether every object within it names each of its members once.
pub(crate) struct Checked {
    pub(crate) value: Json,
    pub(crate) unique: bool,
}

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut unique = true;
        let value = Seed(&mut unique).deserialize(deserializer)?;
        Ok(Self { value, unique })
    }
}

/// The members of a JSON object without repetitions; none otherwise.
#[cfg(test)]
pub(crate) fn object(json: &[u8]) -> Option<Object> {
    match serde_json::from_slice(json).ok()? {
        Checked { value: Json::Object(members), unique: true } => Some(members),
        _ => None,
    }
}

struct Seed<'u>(&'u mut bool);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(Seed(self.0))? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut names = HashSet::new();
        let mut members = Object::default();
        while let Some(name) = map.next_key::<String>()? {
            if name == BIG_NUMBER && names.is_empty() {
                let number: Number = map.next_value::<String>()?.parse().map_err(Error::custom)?;
                return Ok(Json::Number(number));
            }
            let value = map.next_value_seed(Seed(self.0))?;
            *self.0 &= names.insert(name.clone());
            members.push(name, value);
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_a_repeated_member_at_any_depth() {
        for json in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"b":{"a":1,"a":2}}"#,
            r#"{"b":[{"a":1,"a":2}]}"#,
        ] {
            assert!(object(json.as_bytes()).is_none(), "{json}");
        }
        assert_eq!(object(br#"{"a":{"a":[{"a":1}]},"b":null}"#).unwrap().names().count(), 2);
    }

    #[test]
    fn refuses_what_is_no_object() {
        for json in ["", "[]", "1", "null", "\"a\"", "{", "{}x", "{}{}", "\u{feff}{}", "{\"a\":}", "{'a':1}"]
        {
            assert!(object(json.as_bytes()).is_none(), "{json}");
        }
        assert!(object(&[b'{', b'"', 0xff, b'"', b':', b'1', b'}']).is_none());
        assert!(object(&[b"{\"a\":".as_slice(), &[b'['; 4000]].concat()).is_none());
    }
}
