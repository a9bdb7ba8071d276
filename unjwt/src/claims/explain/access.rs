//! The parts of a value: elements, entries and variants, each of which becomes a step of the path.

use std::cell::Cell;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::reason::{Reason, Step};
use super::visit::Visit;
use super::{Position, Traced};

/// The maximum number of steps in a path. Each adds a few stack frames to those of the reading itself.
const DEPTH: u8 = 16;

impl<'t> Position<'t> {
    /// Returns the position of a value within this one.
    fn inner(self) -> Self {
        Self { names: &[], found: None, depth: self.depth.saturating_add(1), ..self }
    }

    /// Returns the position of a key of this value, or of the name of its variant.
    fn key<'k>(self, found: &'k Cell<Option<&'static str>>) -> Position<'k>
    where
        't: 'k,
    {
        Position { found: Some(found), ..self }
    }

    fn fault<E: std::fmt::Display>(self, error: &E, step: Step) -> Reason {
        self.trace.catch(error).at(step)
    }
}

/// A seed that reads a part and catches its errors.
struct Seed<'t, S> {
    seed: S,
    position: Position<'t>,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Seed<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        let trace = self.position.trace;
        if self.position.depth >= DEPTH {
            return self
                .seed
                .deserialize(inner)
                .map_err(|error| trace.throw(Reason::of(&error).at(Step::Deeper)));
        }
        self.seed.deserialize(Traced { inner, position: self.position }).map_err(|reason| trace.throw(reason))
    }
}

pub(super) struct Elements<'t, A> {
    pub(super) inner: A,
    pub(super) position: Position<'t>,
    pub(super) next: usize,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, A> {
    type Error = Reason;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Reason> {
        let index = self.next;
        self.next += 1;
        let seed = Seed { seed, position: self.position.inner() };
        self.inner.next_element_seed(seed).map_err(|error| self.position.fault(&error, Step::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

pub(super) struct Entries<'t, A> {
    pub(super) inner: A,
    pub(super) position: Position<'t>,
    /// The entry's key, if it is one of the program's names.
    pub(super) name: Option<&'static str>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, A> {
    type Error = Reason;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Reason> {
        let found = Cell::new(None);
        let seed = Seed { seed, position: self.position.key(&found) };
        let key = self.inner.next_key_seed(seed).map_err(|error| {
            let reason = self.position.trace.catch(&error);
            // The keys of a struct are its fields' names, so the step is added only to the keys of maps.
            if self.position.names.is_empty() { reason.at(Step::Key) } else { reason.within() }
        })?;
        self.name = found.get();
        Ok(key)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Reason> {
        let step = self.name.map_or(Step::Entry, Step::Name);
        let seed = Seed { seed, position: self.position.inner() };
        self.inner.next_value_seed(seed).map_err(|error| self.position.fault(&error, step))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

pub(super) struct Variant<'t, A> {
    pub(super) inner: A,
    pub(super) position: Position<'t>,
}

impl<'de, 't, A: EnumAccess<'de>> EnumAccess<'de> for Variant<'t, A> {
    type Error = Reason;
    type Variant = Content<'t, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), Reason> {
        let found = Cell::new(None);
        let seed = Seed { seed, position: self.position.key(&found) };
        let (variant, inner) =
            self.inner.variant_seed(seed).map_err(|error| self.position.trace.catch(&error).within())?;
        let step = found.get().map_or(Step::Entry, Step::Name);
        Ok((variant, Content { inner, position: self.position, step }))
    }
}

/// The content of a variant.
pub(super) struct Content<'t, A> {
    inner: A,
    position: Position<'t>,
    step: Step,
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Content<'_, A> {
    type Error = Reason;

    fn unit_variant(self) -> Result<(), Reason> {
        self.inner.unit_variant().map_err(|error| self.position.fault(&error, self.step))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Reason> {
        let seed = Seed { seed, position: self.position.inner() };
        self.inner.newtype_variant_seed(seed).map_err(|error| self.position.fault(&error, self.step))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Reason> {
        let visitor = Visit { visitor, position: self.position.inner() };
        self.inner.tuple_variant(len, visitor).map_err(|error| self.position.fault(&error, self.step))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Reason> {
        let visitor = Visit { visitor, position: self.position.inner().named(fields) };
        self.inner.struct_variant(fields, visitor).map_err(|error| self.position.fault(&error, self.step))
    }
}
