use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, IntoDeserializer as _, Visitor};
use serde::forward_to_deserialize_any;

/// A member's name as the key of a struct or of a map. As in `serde_json`, keys that are numbers or booleans
/// are parsed from the text.
pub(super) struct MemberName<'de, E>(Cow<'de, str>, PhantomData<E>);

impl<'de, E> MemberName<'de, E> {
    pub(super) fn new(name: Cow<'de, str>) -> Self {
        Self(name, PhantomData)
    }
}

macro_rules! from_text {
    ($($method:ident $visit:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(E::custom("a member's name has another type")),
            }
        })*
    };
}

impl<'de, E: Error> Deserializer<'de> for MemberName<'de, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.0 {
            Cow::Borrowed(name) => visitor.visit_borrowed_str(name),
            Cow::Owned(name) => visitor.visit_string(name),
        }
    }

    from_text! {
        deserialize_bool visit_bool
        deserialize_i8 visit_i8
        deserialize_i16 visit_i16
        deserialize_i32 visit_i32
        deserialize_i64 visit_i64
        deserialize_i128 visit_i128
        deserialize_u8 visit_u8
        deserialize_u16 visit_u16
        deserialize_u32 visit_u32
        deserialize_u64 visit_u64
        deserialize_u128 visit_u128
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        self.0.into_deserializer().deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}
