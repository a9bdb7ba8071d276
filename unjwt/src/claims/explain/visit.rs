//! A wrapper of a type's visitor that catches its errors before they reach the JSON deserializer.

use std::fmt;

use serde::de::{Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};

use super::access::{Elements, Entries, Variant};
use super::{Position, Traced};

pub(super) struct Visit<'t, V> {
    pub(super) visitor: V,
    pub(super) position: Position<'t>,
}

macro_rules! scalars {
    ($($method:ident($ty:ty))*) => {
        $(fn $method<E: Error>(self, value: $ty) -> Result<V::Value, E> {
            self.visitor.$method(value).map_err(|reason| self.position.trace.throw(reason))
        })*
    };
}

/// Strings may be keys, whose names are recorded.
macro_rules! texts {
    ($($method:ident($ty:ty))*) => {
        $(fn $method<E: Error>(self, value: $ty) -> Result<V::Value, E> {
            self.position.note(&value);
            self.visitor.$method(value).map_err(|reason| self.position.trace.throw(reason))
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Visit<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    scalars! {
        visit_bool(bool)
        visit_i8(i8)
        visit_i16(i16)
        visit_i32(i32)
        visit_i64(i64)
        visit_i128(i128)
        visit_u8(u8)
        visit_u16(u16)
        visit_u32(u32)
        visit_u64(u64)
        visit_u128(u128)
        visit_f32(f32)
        visit_f64(f64)
        visit_char(char)
        visit_bytes(&[u8])
        visit_borrowed_bytes(&'de [u8])
        visit_byte_buf(Vec<u8>)
    }

    texts! {
        visit_str(&str)
        visit_borrowed_str(&'de str)
        visit_string(String)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none().map_err(|reason| self.position.trace.throw(reason))
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit().map_err(|reason| self.position.trace.throw(reason))
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let position = self.position;
        self.visitor.visit_some(Traced { inner, position }).map_err(|reason| position.trace.throw(reason))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let position = self.position;
        self.visitor
            .visit_newtype_struct(Traced { inner, position })
            .map_err(|reason| position.trace.throw(reason))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let position = self.position;
        let elements = Elements { inner, position, next: 0 };
        self.visitor.visit_seq(elements).map_err(|reason| position.trace.throw(reason.within()))
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let position = self.position;
        let entries = Entries { inner, position, name: None };
        self.visitor.visit_map(entries).map_err(|reason| position.trace.throw(reason.within()))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let position = self.position;
        self.visitor
            .visit_enum(Variant { inner, position })
            .map_err(|reason| position.trace.throw(reason.within()))
    }
}
