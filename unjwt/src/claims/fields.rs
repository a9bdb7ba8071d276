//! A walk over a struct's fields as its `Serialize` passes them, without writing them.

use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser::{self, Impossible, SerializeStruct, Serializer};

/// A visitor of a struct's fields.
pub(super) trait Meet {
    /// Visits a field; `Err` ends the walk.
    fn meet<V: Serialize + ?Sized>(&mut self, name: &'static str, value: &V) -> Result<(), Done>;

    /// Visits the struct's name and the number of its fields; `Err` ends the walk.
    fn begin(&mut self, _name: &'static str, _fields: usize) -> Result<(), Done> {
        Ok(())
    }
}

/// Walks over the fields of a struct. Returns `Err` if the visitor ended the walk, or if the value is not
/// written as a struct.
pub(super) fn walk<T: Serialize>(data: &T, meet: &mut impl Meet) -> Result<(), Done> {
    data.serialize(Walk(meet))
}

/// An error without content that ends the walk.
#[derive(Debug)]
pub(super) struct Done;

impl Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the walk has ended")
    }
}

impl std::error::Error for Done {}

impl ser::Error for Done {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

struct Walk<'m, M>(&'m mut M);

macro_rules! no_struct {
    ($($method:ident($($ty:ty),*) -> $result:ty;)*) => {
        $(fn $method(self, $(_: $ty),*) -> Result<$result, Done> {
            Err(Done)
        })*
    };
}

impl<M: Meet> Serializer for Walk<'_, M> {
    type Ok = ();
    type Error = Done;
    type SerializeSeq = Impossible<(), Done>;
    type SerializeTuple = Impossible<(), Done>;
    type SerializeTupleStruct = Impossible<(), Done>;
    type SerializeTupleVariant = Impossible<(), Done>;
    type SerializeMap = Impossible<(), Done>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), Done>;

    fn serialize_struct(self, name: &'static str, fields: usize) -> Result<Self, Done> {
        self.0.begin(name, fields)?;
        Ok(self)
    }

    no_struct! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), Done> {
        Err(Done)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<(), Done> {
        Err(Done)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Done> {
        Err(Done)
    }
}

impl<M: Meet> SerializeStruct for Walk<'_, M> {
    type Ok = ();
    type Error = Done;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Done> {
        self.0.meet(name, value)
    }

    fn end(self) -> Result<(), Done> {
        Ok(())
    }
}
