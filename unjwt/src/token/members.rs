//! The members of a protected header, borrowed from its JSON: strict like `strict_json`, without a tree of
//! values.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::util::strict_json::{BIG_NUMBER, Name};

/// Up to here, comparing each name with each costs less than sorting them.
const FEW: usize = 16;

/// An object's members, each of them once.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, Member<'a>)>);

/// The value of a member, as far as a header's meaning depends on it.
#[derive(Debug)]
pub(super) enum Member<'a> {
    Text(Cow<'a, str>),
    /// A whole number that is not negative.
    Number(u64),
    Object(Members<'a>),
    Null,
    Other,
}

impl<'a> Members<'a> {
    /// None unless the text is one JSON object in which no object names a member twice.
    pub(super) fn parse(json: &'a [u8]) -> Option<Self> {
        match serde_json::from_slice(json).ok()? {
            Member::Object(members) => Some(members),
            _ => None,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Member<'a>> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, member)| member)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A string; none if it is absent or of another type.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Member::Text(text) => Some(text),
            _ => None,
        }
    }

    fn are_unique(&self) -> bool {
        if self.0.len() <= FEW {
            let mut rest = self.0.as_slice();
            while let Some(((name, _), others)) = rest.split_first() {
                if others.iter().any(|(other, _)| other == name) {
                    return false;
                }
                rest = others;
            }
            return true;
        }
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names.iter().zip(names.iter().skip(1)).all(|(one, next)| one != next)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Member<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Member<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_bool<E>(self, _: bool) -> Result<Member<'de>, E> {
                Ok(Member::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Member<'de>, E> {
                Ok(Member::Other)
            }

            fn visit_u64<E>(self, number: u64) -> Result<Member<'de>, E> {
                Ok(Member::Number(number))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Member<'de>, E> {
                Ok(Member::Other)
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Member<'de>, E> {
                Ok(Member::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Member<'de>, E> {
                Ok(Member::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Member<'de>, E> {
                Ok(Member::Null)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Member<'de>, A::Error> {
                // Objects within are looked at like those outside.
                while seq.next_element::<Member<'de>>()?.is_some() {}
                Ok(Member::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member<'de>, A::Error> {
                let mut members = Members(Vec::new());
                while let Some(Name(name)) = map.next_key()? {
                    // How serde_json hands over a number where some crate of the build turned
                    // `arbitrary_precision` on.
                    if name == BIG_NUMBER && members.0.is_empty() {
                        let digits: Cow<'de, str> = map.next_value::<Name<'de>>()?.0;
                        return Ok(digits.parse().map_or(Member::Other, Member::Number));
                    }
                    if members.0.is_empty() {
                        members.0.reserve(8);
                    }
                    members.0.push((name, map.next_value()?));
                }
                if members.are_unique() {
                    Ok(Member::Object(members))
                } else {
                    Err(A::Error::custom("a member appears twice"))
                }
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_a_member_is() {
        let json =
            r#"{"a":"x","\u0062":7,"c":{"d":"y"},"e":-1,"f":1.5,"g":null,"h":[{"a":1},{"a":2}],"i":true}"#;
        let members = Members::parse(json.as_bytes()).unwrap();
        assert_eq!(members.text("a"), Some("x"));
        assert!(matches!(members.get("b"), Some(Member::Number(7))));
        let Some(Member::Object(inner)) = members.get("c") else { panic!() };
        assert_eq!(inner.text("d"), Some("y"));
        assert!(matches!(members.get("g"), Some(Member::Null)));
        for other in ["e", "f", "h", "i"] {
            assert!(matches!(members.get(other), Some(Member::Other)), "{other}");
        }
        assert!(!members.has("j") && members.text("b").is_none());
    }

    #[test]
    fn agrees_with_the_strict_reader_of_keys() {
        let many = |last: &str| {
            let names: Vec<String> = (0..40).map(|number| format!("\"m{number}\":{number}")).collect();
            format!("{{{},\"{last}\":1}}", names.join(","))
        };
        for json in [
            "",
            "[]",
            "1",
            "null",
            "{",
            "{}",
            "{}x",
            "{}{}",
            "\u{feff}{}",
            r#"{"a":}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"b":{"a":1,"a":2}}"#,
            r#"{"b":[{"a":1,"a":2}]}"#,
            r#"{"b":[[{"a":1}],{"a":[{"a":2}]}]}"#,
            r#"{"a":1e999}"#,
            r#"{"a":"\ud800"}"#,
            &many("m40"),
            &many("m39"),
        ] {
            let strict = crate::util::strict_json::object(json.as_bytes()).is_some();
            assert_eq!(Members::parse(json.as_bytes()).is_some(), strict, "{json}");
        }
    }
}
