//! Detection of structs whose `Serialize` and `Deserialize` are derived by serde.
//!
//! The derive of `Session` sees the struct, but not its serde impls. A manual impl may change a value when it
//! is written or refuse one when it is read, regardless of the types of the fields.

use std::any::type_name;
use std::fmt::{self, Display};
use std::ptr;

use serde::de::{self, Deserializer, Visitor};
use serde::{Serialize, forward_to_deserialize_any};

use super::data::{SessionData, Wire};
use super::fields::{self, Done, Meet};
use crate::spec::Spec;

/// Returns whether the data is written as its own fields, under the names that the derive of `Session` knows,
/// and read by a visitor that serde derived. The result for one value holds for all, since a derived impl
/// treats all values alike.
pub(crate) fn is_derived<T: SessionData<P>, P>(data: &T, spec: &Spec) -> bool {
    let mut fields = Fields { spec, address: ptr::from_ref(data).addr(), met: 0 };
    let written = fields::walk(&Wire::new(data), &mut fields).is_ok() && fields.met == spec.members.len();
    let asked = Asked { spec, session: type_name::<T>() };
    written && matches!(T::__deserialize(asked), Err(Answer { is_derived: true }))
}

/// Compares the address of each field with its place in the struct.
struct Fields<'s> {
    spec: &'s Spec,
    /// The address of the struct.
    address: usize,
    met: usize,
}

impl Meet for Fields<'_> {
    fn begin(&mut self, name: &'static str, fields: usize) -> Result<(), Done> {
        let is_ours = name == self.spec.type_name && fields == self.spec.layout.len();
        if is_ours { Ok(()) } else { Err(Done) }
    }

    fn meet<V: Serialize + ?Sized>(&mut self, name: &'static str, value: &V) -> Result<(), Done> {
        let (member, place) = (self.spec.members.get(self.met), self.spec.layout.get(self.met));
        self.met += 1;
        let at = ptr::from_ref(value).cast::<()>().addr().checked_sub(self.address);
        let is_the_field =
            place.is_some_and(|&(offset, size)| at == Some(offset) && size_of_val(value) == size);
        if member == Some(&name) && is_the_field { Ok(()) } else { Err(Done) }
    }
}

/// A deserializer without data that only inspects the visitor it is given.
struct Asked<'s> {
    spec: &'s Spec,
    /// The session's type.
    session: &'static str,
}

#[derive(Debug)]
struct Answer {
    is_derived: bool,
}

impl Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no data")
    }
}

impl std::error::Error for Answer {}

impl de::Error for Answer {
    fn custom<T: Display>(_: T) -> Self {
        Self { is_derived: false }
    }
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Answer;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Answer> {
        Err(Answer { is_derived: false })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Answer> {
        // The name of serde's visitor for this type, within the block in which serde puts its impls. If a
        // compiler formats the name differently, the check fails, and what is written is read back instead.
        let visitor = type_name::<V>().replace("<'_>", "");
        let by_serde = visitor
            .strip_suffix(">::deserialize::__Visitor")
            .and_then(|rest| rest.strip_suffix(self.session))
            .is_some_and(|rest| rest.contains("::_::<impl ") && rest.ends_with("::de::Deserialize for "));
        Err(Answer { is_derived: by_serde && name == self.spec.type_name && fields == self.spec.members })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serializer};

    use super::*;
    use crate::claims::provenance::IssuedHere;

    fn is_derived<T: SessionData>(data: &T, spec: &Spec) -> bool {
        super::is_derived::<T, IssuedHere>(data, spec)
    }

    /// Returns the spec of a struct of this name with the single field `age: u32`.
    fn spec(type_name: &'static str) -> Spec {
        Spec { type_name, members: &["age"], symmetric: true, layout: &[(0, 4)], ..Spec::BARE }
    }

    #[derive(Clone, Serialize, Deserialize)]
    struct Derived {
        age: u32,
    }

    #[test]
    fn knows_what_serde_derives() {
        let data = Derived { age: 1 };
        assert!(is_derived(&data, &spec("Derived")));
        assert!(!is_derived(&data, &spec("Other")), "another struct");
        assert!(!is_derived(&data, &Spec { members: &["name"], ..spec("Derived") }), "another member");
        assert!(!is_derived(&data, &Spec { layout: &[(0, 8)], ..spec("Derived") }), "another size");
        assert!(!is_derived(&data, &Spec { layout: &[(4, 4)], ..spec("Derived") }), "another field");
        assert!(!is_derived(&data, &Spec { members: &["age", "b"], ..spec("Derived") }), "more of them");
    }

    #[test]
    fn knows_a_derive_within_a_function() {
        #[derive(Clone, Serialize, Deserialize)]
        struct Within {
            age: u32,
        }
        assert!(is_derived(&Within { age: 1 }, &spec("Within")));
    }

    #[derive(Clone, Deserialize)]
    struct Written {
        age: u32,
    }

    impl Serialize for Written {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeStruct as _;
            let mut members = serializer.serialize_struct("Written", 1)?;
            members.serialize_field("age", &(self.age / 2))?;
            members.end()
        }
    }

    #[test]
    fn what_a_field_became_is_not_the_field() {
        assert!(!is_derived(&Written { age: 1 }, &spec("Written")));
    }

    #[derive(Clone, Serialize)]
    struct Handed {
        age: u32,
    }

    impl<'de> Deserialize<'de> for Handed {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            #[derive(Deserialize)]
            #[serde(rename = "Handed")]
            struct Raw {
                age: u32,
            }
            Raw::deserialize(deserializer).map(|Raw { age }| Self { age })
        }
    }

    #[derive(Clone, Serialize)]
    struct Remote {
        age: u32,
    }

    impl<'de> Deserialize<'de> for Remote {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            #[derive(Deserialize)]
            #[serde(remote = "Remote")]
            struct Raw {
                age: u32,
            }
            Raw::deserialize(deserializer)
        }
    }

    #[derive(Clone, Serialize)]
    struct Visited {
        age: u32,
    }

    impl<'de> Deserialize<'de> for Visited {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct __Visitor;
            impl Visitor<'_> for __Visitor {
                type Value = Visited;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("nothing")
                }
            }
            deserializer.deserialize_struct("Visited", &["age"], __Visitor)
        }
    }

    #[test]
    fn a_reader_by_hand_is_not_derived() {
        assert!(!is_derived(&Handed { age: 1 }, &spec("Handed")));
        assert!(!is_derived(&Remote { age: 1 }, &spec("Remote")));
        assert!(!is_derived(&Visited { age: 1 }, &spec("Visited")));
    }
}
