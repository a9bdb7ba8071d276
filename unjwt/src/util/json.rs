//! JSON whose strings are wiped when they go, however far it was read: keys have private members.

use std::fmt;
use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Number;
use zeroize::Zeroizing;

/// A value. `Debug` shows no text and no number.
#[derive(Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(Zeroizing<String>),
    Array(Vec<Json>),
    Object(Object),
}

/// An object's members in the order in which they were written, each of them once.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Object(Vec<(String, Json)>);

impl Json {
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }
}

impl Json {
    /// Returns whether the value is `null`, `""` or `[]`.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Array(values) => values.is_empty(),
            Self::Bool(_) | Self::Number(_) | Self::Object(_) => false,
        }
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl Object {
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Json::as_text)
    }

    /// In the place of the member of that name, or at the end.
    pub(crate) fn insert(&mut self, name: &str, value: impl Into<Json>) {
        let value = value.into();
        match self.0.iter_mut().find(|(own, _)| own == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// At the end, without a look at the others.
    pub(super) fn push(&mut self, name: String, value: Json) {
        self.0.push((name, value));
    }

    /// The members with these names, in their order.
    pub(crate) fn select(&self, names: &[&str]) -> Self {
        let member = |name: &&str| Some(((*name).to_owned(), self.get(name)?.clone()));
        Self(names.iter().filter_map(member).collect())
    }

    /// Returns the members without those of these names.
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect())
    }

    /// Drops the members that the function does not want.
    pub(crate) fn retain(&mut self, wants: impl Fn(&str, &Json) -> bool) {
        self.0.retain(|(name, value)| wants(name, value));
    }

    /// Takes the member of that name out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Json> {
        let index = self.0.iter().position(|(own, _)| own == name)?;
        Some(self.0.remove(index).1)
    }

    /// The JSON text, in memory that no other copy of it was in.
    pub(crate) fn write(&self) -> Zeroizing<Vec<u8>> {
        // A buffer that grows leaves its text behind.
        let mut length = Length(0);
        let counted = serde_json::to_writer(&mut length, self);
        let mut text = Zeroizing::new(Vec::with_capacity(length.0));
        match counted.and_then(|()| serde_json::to_writer(&mut *text, self)) {
            Ok(()) => text,
            // Neither the writers nor the values have an error to tell.
            Err(_) => Zeroizing::default(),
        }
    }
}

#[cfg(test)]
impl Object {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Array(values) => serializer.collect_seq(values),
            Self::Object(members) => members.serialize(serializer),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(members) => members.fmt(f),
            Self::Array(values) => f.debug_list().entries(values).finish(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => f.write_str(".."),
        }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, value)| (name, value))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::util::strict_json::object;

    #[test]
    fn what_is_read_is_written_in_its_order() {
        let json = r#"{"z":null,"a":[true,1,-2,1.5,"x\n\"é"],"m":{"b":{},"a":[]}}"#;
        let object = object(json.as_bytes()).unwrap();
        assert_eq!(*object.write(), json.as_bytes());
        assert_eq!(serde_json::to_string(&object).unwrap(), json);
        assert_eq!(object.write().capacity(), json.len());
        assert_eq!(*object.select(&["m", "none", "z"]).write(), br#"{"m":{"b":{},"a":[]},"z":null}"#);
    }

    #[test]
    fn a_member_is_replaced_where_it_was() {
        let mut object = Object::default();
        for (name, value) in [("a", "1"), ("b", "2"), ("a", "3")] {
            object.insert(name, value);
        }
        assert_eq!(*object.write(), br#"{"a":"3","b":"2"}"#);
        assert_eq!((object.text("a"), object.text("c")), (Some("3"), None));
    }

    #[test]
    fn debug_shows_names_only() {
        let object = object(br#"{"d":"s3cr3t","oth":[{"d":"s3cr3t"},3]}"#).unwrap();
        assert_eq!(format!("{object:?}"), r#"{"d": .., "oth": [{"d": ..}, ..]}"#);
    }
}
