//! Explanations of why a payload does not fit the session's struct: the path to the member, and the reason,
//! without any value.
//!
//! Payloads that the first reading refused are read a second time, so valid payloads have no overhead. Every
//! call of the type's `Deserialize` to the JSON deserializer passes through here, so that an error is caught
//! where it arises.

mod access;
mod reason;
mod short;
mod visit;

use std::cell::Cell;

use serde::de::{DeserializeOwned, Deserializer, Visitor};

use super::Reserved;
use super::read::{Registered, Sieve, SiftedPayload};
use reason::{Expectation, Reason};
use visit::Visit;

/// Returns the reason why the payload is not a `T`, or `None` if it is a `T` after all, or is not a JSON
/// object.
///
/// `members` are the names of the struct's members, as far as the program knows them.
pub(crate) fn explain<T: DeserializeOwned>(
    payload: &[u8],
    reserved: Reserved,
    members: &'static [&'static str],
) -> Option<String> {
    let mut json = serde_json::Deserializer::from_slice(payload);
    let mut claims = Registered::default();
    let mut sieve = Sieve::new(reserved, &[], &mut claims);
    let trace = Trace::default();
    let traced = Traced {
        inner: SiftedPayload { json: &mut json, sieve: &mut sieve },
        position: Position { trace: &trace, names: members, found: None, depth: 0 },
    };
    T::deserialize(traced).err().map(|reason| reason.to_string())
}

/// A side channel that carries a reason through a deserializer with its own error type.
#[derive(Default)]
struct Trace(Cell<Option<Reason>>);

impl Trace {
    /// Returns the reason behind the error.
    fn catch<E: std::fmt::Display>(&self, error: &E) -> Reason {
        self.0.take().unwrap_or_else(|| Reason::of(error))
    }

    /// Creates an error, storing the reason for the code that catches it.
    fn throw<E: serde::de::Error>(&self, reason: Reason) -> E {
        self.0.set(Some(reason));
        E::custom("")
    }
}

/// The position of the current value.
#[derive(Clone, Copy)]
struct Position<'t> {
    trace: &'t Trace,
    /// The names that a key or a variant here can have.
    names: &'static [&'static str],
    /// If the value is such a key, the place to store the name that it matched.
    found: Option<&'t Cell<Option<&'static str>>>,
    depth: u8,
}

impl Position<'_> {
    fn named(self, names: &'static [&'static str]) -> Self {
        Self { names, ..self }
    }

    /// Records the name that the text matches.
    fn note(&self, text: &str) {
        if let Some(found) = self.found {
            found.set(self.names.iter().find(|name| **name == text).copied());
        }
    }
}

/// A deserializer all of whose errors are caught.
struct Traced<'t, D> {
    inner: D,
    position: Position<'t>,
}

macro_rules! scalars {
    ($($method:ident $words:literal)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
            let Position { trace, .. } = self.position;
            self.inner
                .$method(Visit { visitor, position: self.position })
                .map_err(|error| trace.catch(&error).expecting(Expectation::Plain($words)))
        })*
    };
}

macro_rules! unknown {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
            let Position { trace, .. } = self.position;
            self.inner.$method(Visit { visitor, position: self.position }).map_err(|error| trace.catch(&error))
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Traced<'_, D> {
    type Error = Reason;

    scalars! {
        deserialize_bool "a boolean"
        deserialize_i8 "i8"
        deserialize_i16 "i16"
        deserialize_i32 "i32"
        deserialize_i64 "i64"
        deserialize_i128 "i128"
        deserialize_u8 "u8"
        deserialize_u16 "u16"
        deserialize_u32 "u32"
        deserialize_u64 "u64"
        deserialize_u128 "u128"
        deserialize_f32 "f32"
        deserialize_f64 "f64"
        deserialize_char "a character"
        deserialize_str "a string"
        deserialize_string "a string"
        deserialize_bytes "bytes"
        deserialize_byte_buf "bytes"
        deserialize_unit "null"
        deserialize_seq "an array"
        deserialize_map "an object"
    }

    unknown! { deserialize_any deserialize_option deserialize_identifier deserialize_ignored_any }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Reason> {
        let Position { trace, .. } = self.position;
        self.inner
            .deserialize_unit_struct(name, Visit { visitor, position: self.position })
            .map_err(|error| trace.catch(&error).expecting(Expectation::Plain("null")))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Reason> {
        let Position { trace, .. } = self.position;
        self.inner
            .deserialize_newtype_struct(name, Visit { visitor, position: self.position })
            .map_err(|error| trace.catch(&error))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Reason> {
        let Position { trace, .. } = self.position;
        self.inner
            .deserialize_tuple(len, Visit { visitor, position: self.position })
            .map_err(|error| trace.catch(&error).expecting(Expectation::Plain("an array")))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Reason> {
        let Position { trace, .. } = self.position;
        self.inner
            .deserialize_tuple_struct(name, len, Visit { visitor, position: self.position })
            .map_err(|error| trace.catch(&error).expecting(Expectation::Plain("an array")))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Reason> {
        let Position { trace, .. } = self.position;
        self.inner
            .deserialize_struct(name, fields, Visit { visitor, position: self.position.named(fields) })
            .map_err(|error| trace.catch(&error).expecting(Expectation::Struct(name)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Reason> {
        let Position { trace, .. } = self.position;
        self.inner
            .deserialize_enum(name, variants, Visit { visitor, position: self.position.named(variants) })
            .map_err(|error| trace.catch(&error).expecting(Expectation::Enum(name)))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}
