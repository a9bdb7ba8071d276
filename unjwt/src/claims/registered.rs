//! The types of the registered claims: each is absent, a value, or of the wrong JSON type.

use std::borrow::Cow;
use std::fmt;

#[cfg(feature = "dbsc")]
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::clock::NumericDate;
#[cfg(feature = "dbsc")]
use crate::device::Device;
use crate::error::{Error, ErrorKind};
#[cfg(feature = "dbsc")]
use crate::util::json::Json;
#[cfg(feature = "dbsc")]
use crate::util::strict_json::Checked;
use crate::util::strict_json::{BIG_NUMBER, Name};

/// Defines the type of a registered claim.
macro_rules! claim {
    ($(#[$meta:meta])* $name:ident $(<$lt:lifetime>)? ($value:ty) { $($visit:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default, PartialEq)]
        pub(crate) enum $name $(<$lt>)? {
            #[default]
            Absent,
            Value($value),
            /// The claim is present, but of the wrong JSON type.
            Wrong,
        }

        impl<'de $(: $lt, $lt)?> Deserialize<'de> for $name $(<$lt>)? {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Claim;
                impl<'de> Visitor<'de> for Claim {
                    type Value = claim!(@value $name $($lt)?);

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a claim")
                    }

                    $($visit)*

                    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                        Ok($name::Wrong)
                    }

                    fn visit_unit<E>(self) -> Result<Self::Value, E> {
                        Ok($name::Wrong)
                    }
                }
                deserializer.deserialize_any(Claim)
            }
        }
    };
    (@value $name:ident $lt:lifetime) => { $name<'de> };
    (@value $name:ident) => { $name };
}

macro_rules! wrong_numbers {
    ($name:ident) => {
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($name::Wrong)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($name::Wrong)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($name::Wrong)
        }
    };
}

macro_rules! wrong_object {
    ($name:ident) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($name::Wrong)
        }
    };
}

macro_rules! wrong_sequence {
    ($name:ident) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok($name::Wrong)
        }
    };
}

claim! {
    /// A NumericDate (RFC 7519 §2). Fractions are rounded down; a time before the epoch becomes the epoch.
    Date(NumericDate) {
        fn visit_u64<E>(self, secs: u64) -> Result<Self::Value, E> {
            Ok(Date::Value(NumericDate::from_secs(secs)))
        }

        fn visit_i64<E>(self, secs: i64) -> Result<Self::Value, E> {
            Ok(Date::Value(NumericDate::from_secs(u64::try_from(secs).unwrap_or(0))))
        }

        fn visit_f64<E>(self, secs: f64) -> Result<Self::Value, E> {
            // A cast from `f64` saturates.
            Ok(if secs.is_finite() { Date::Value(NumericDate::from_secs(secs as u64)) } else { Date::Wrong })
        }

        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Date::Wrong)
        }

        wrong_sequence!(Date);

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            // A fraction, if a crate in the build enabled serde_json's `arbitrary_precision`.
            let Some(name) = map.next_key::<Name<'de>>()? else { return Ok(Date::Wrong) };
            if name.0 == BIG_NUMBER {
                let number: f64 = map.next_value::<Name<'de>>()?.0.parse().unwrap_or(f64::NAN);
                return self.visit_f64(number);
            }
            map.next_value::<IgnoredAny>()?;
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Date::Wrong)
        }
    }
}

impl Date {
    /// Returns the date, if the claim is present; an error if it is not a date.
    pub(crate) fn get(&self) -> Result<Option<NumericDate>, Error> {
        match self {
            Self::Absent => Ok(None),
            Self::Value(date) => Ok(Some(*date)),
            Self::Wrong => Err(Error::new(ErrorKind::ClaimInvalid, "a date is not a number")),
        }
    }
}

claim! {
    /// A whole number.
    Count(u64) {
        fn visit_u64<E>(self, count: u64) -> Result<Self::Value, E> {
            Ok(Count::Value(count))
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Count::Wrong)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Count::Wrong)
        }

        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Count::Wrong)
        }

        wrong_sequence!(Count);
        wrong_object!(Count);
    }
}

claim! {
    /// A string.
    Text<'a>(Cow<'a, str>) {
        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Text::Value(Cow::Borrowed(text)))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Text::Value(Cow::Owned(text.to_owned())))
        }

        wrong_numbers!(Text);
        wrong_object!(Text);
        wrong_sequence!(Text);
    }
}

claim! {
    /// One string or an array of strings.
    Audience<'a>(Vec<Cow<'a, str>>) {
        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Audience::Value(vec![Cow::Borrowed(text)]))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Audience::Value(vec![Cow::Owned(text.to_owned())]))
        }

        wrong_numbers!(Audience);
        wrong_object!(Audience);

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut recipients = Vec::new();
            let mut wrong = false;
            while let Some(recipient) = seq.next_element::<Text<'de>>()? {
                match recipient {
                    Text::Value(text) => recipients.push(text),
                    Text::Absent | Text::Wrong => wrong = true,
                }
            }
            Ok(if wrong { Audience::Wrong } else { Audience::Value(recipients) })
        }
    }
}

#[cfg(feature = "dbsc")]
claim! {
    /// The device that the token is bound to (RFC 7800 §3.1).
    Confirmation(Device) {
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            let checked = Checked::deserialize(MapAccessDeserializer::new(map))?;
            let device = match checked {
                Checked { value: Json::Object(members), unique: true } => Device::of_claim(members),
                _ => None,
            };
            Ok(device.map_or(Confirmation::Wrong, Confirmation::Value))
        }

        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Confirmation::Wrong)
        }

        wrong_numbers!(Confirmation);
        wrong_sequence!(Confirmation);
    }
}

claim! {
    /// An object of counters.
    Counters<'a>(Vec<(Cow<'a, str>, u64)>) {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut counters = Vec::new();
            let mut wrong = false;
            while let Some(Name(name)) = map.next_key()? {
                match map.next_value()? {
                    Date::Value(counter) if counters.len() < MOST_COUNTERS => {
                        counters.push((name, counter.as_secs()));
                    }
                    _ => wrong = true,
                }
            }
            Ok(if wrong { Counters::Wrong } else { Counters::Value(counters) })
        }

        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Counters::Wrong)
        }

        wrong_numbers!(Counters);
        wrong_sequence!(Counters);
    }
}

/// More than a session has groups, also if it once had others.
const MOST_COUNTERS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn date(json: &str) -> Date {
        serde_json::from_str(json).unwrap()
    }

    /// Also holds with serde_json's `arbitrary_precision`, which any crate in a build may enable.
    #[test]
    fn dates_are_numbers_of_any_form() {
        for (json, secs) in [
            ("1700000000", 1_700_000_000),
            ("1700000000.9", 1_700_000_000),
            ("17e8", 1_700_000_000),
            ("-5", 0),
            ("-0.5", 0),
            ("0", 0),
            ("18446744073709551615", u64::MAX),
            ("18446744073709551616", u64::MAX),
            ("1e300", u64::MAX),
        ] {
            assert_eq!(date(json), Date::Value(NumericDate::from_secs(secs)), "{json}");
        }
        for json in ["\"1700000000\"", "true", "null", "[]", "[1]", "{}", "{\"a\":1}", "{\"a\":1,\"b\":{}}"] {
            assert_eq!(date(json), Date::Wrong, "{json}");
        }
    }
}
