//! Reasons why a value does not fit its type, made only of the program's own words, never of its data.
//!
//! A `Deserialize` puts the value into its error message, and often text of its own. Neither is kept: a
//! reason consists of the names that serde passes as `&'static str` and of the words in this file.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use super::short::{Beginning, Short};

/// A step from a value to one within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A field or a variant, by its name in serde's impls.
    Name(&'static str),
    Index(usize),
    /// The value under a key that comes from the data.
    Entry,
    /// Such a key itself.
    Key,
    /// Steps that were not followed.
    Deeper,
}

#[derive(Debug)]
pub(super) struct Reason {
    fault: Fault,
    expected: Option<Expectation>,
    /// The steps from the invalid value outwards.
    steps: Vec<Step>,
    /// `true` if the error arose within the current value, so that the expectation for the current value does
    /// not apply to it.
    within: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Type(&'static str),
    Value(&'static str),
    Missing(&'static str),
    Duplicate(&'static str),
    UnknownVariant(&'static [&'static str]),
    UnknownField(&'static [&'static str]),
    Other(&'static str),
}

/// The kind of value that a type expects, as derived from the method that it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expectation {
    Plain(&'static str),
    Struct(&'static str),
    Enum(&'static str),
}

const REFUSED: Fault = Fault::Other("the value is refused by its type's `Deserialize`");
const LENGTH: Fault = Fault::Other("the array is too short or too long");

const KEY: Fault = Fault::Other("a key has the wrong type");

/// Prefixes of messages of serde and serde_json, with their replacements.
const MESSAGES: [(&str, Fault); 15] = [
    ("recursion limit exceeded", Fault::Other("the value is nested too deeply")),
    (
        "data did not match any variant of untagged enum",
        Fault::Other("the value fits no variant of its untagged enum"),
    ),
    ("u128 is not supported", Fault::Other("a 128-bit number cannot be read here")),
    ("i128 is not supported", Fault::Other("a 128-bit number cannot be read here")),
    ("invalid length", LENGTH),
    ("trailing characters", LENGTH),
    ("a member's name has another type", KEY),
    ("invalid value: expected key to be a number", KEY),
    ("missing field", Fault::Other("a field is missing")),
    ("duplicate field", Fault::Other("a field appears twice")),
    ("unknown field", Fault::Other("a field is unknown")),
    ("unknown variant", Fault::Other("a variant is unknown")),
    ("number out of range", Fault::Other("a number is out of range")),
    ("invalid number", Fault::Other("the value is not a number")),
    ("expected value", Fault::Other("it is not an enum")),
];

/// Prefixes that denote the kind of a value in a message, with their replacements.
const KINDS: [(&str, &str); 10] = [
    ("null", "null"),
    ("unit", "null"),
    ("boolean", "a boolean"),
    ("integer", "an integer"),
    ("floating point", "a fraction"),
    ("number", "a number"),
    ("character", "a string"),
    ("string", "a string"),
    ("sequence", "an array"),
    ("map", "an object"),
];

/// The expectations of the types of std, with their replacements.
const EXPECTED: [(&str, &str); 20] = [
    ("a boolean", "a boolean"),
    ("i8", "i8"),
    ("i16", "i16"),
    ("i32", "i32"),
    ("i64", "i64"),
    ("i128", "i128"),
    ("isize", "isize"),
    ("u8", "u8"),
    ("u16", "u16"),
    ("u32", "u32"),
    ("u64", "u64"),
    ("u128", "u128"),
    ("usize", "usize"),
    ("f32", "f32"),
    ("f64", "f64"),
    ("a character", "a character"),
    ("a string", "a string"),
    ("unit", "null"),
    ("a sequence", "an array"),
    ("a map", "an object"),
];

impl Reason {
    fn new(fault: Fault) -> Self {
        Self { fault, expected: None, steps: Vec::new(), within: false }
    }

    /// Derives a reason from the error of a foreign deserializer.
    pub(super) fn of(error: &impl Display) -> Self {
        let message = Beginning::of(error);
        let known = MESSAGES.iter().find(|(message_begins, _)| message.text().starts_with(message_begins));
        if let Some((_, fault)) = known {
            return Self::new(*fault);
        }
        let found = |rest: &str| KINDS.iter().find(|(kind, _)| rest.starts_with(kind)).map(|(_, word)| *word);
        if let Some(rest) = message.text().strip_prefix("invalid type: ") {
            return Self::new(found(rest).map_or(REFUSED, Fault::Type));
        }
        if let Some(rest) = message.text().strip_prefix("invalid value: ") {
            return Self::new(found(rest).map_or(REFUSED, Fault::Value));
        }
        Self::new(REFUSED)
    }

    pub(super) fn at(mut self, step: Step) -> Self {
        self.steps.push(step);
        self.within = true;
        self
    }

    /// Marks the reason as coming from a part of the value.
    pub(super) fn within(mut self) -> Self {
        self.within = true;
        self
    }

    /// Adds the expectation for the current value, if none is known yet.
    pub(super) fn expecting(mut self, expected: Expectation) -> Self {
        if !self.within && self.expected.is_none() {
            self.expected = Some(expected);
        }
        self.within = true;
        self
    }
}

impl de::Error for Reason {
    fn custom<T: Display>(message: T) -> Self {
        Self::of(&message)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self { expected: expectation(expected), ..Self::new(kind(found).map_or(REFUSED, Fault::Type)) }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self { expected: expectation(expected), ..Self::new(kind(found).map_or(REFUSED, Fault::Value)) }
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::new(LENGTH)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Fault::UnknownVariant(expected))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Fault::UnknownField(expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Fault::Missing(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Fault::Duplicate(field))
    }
}

impl std::error::Error for Reason {}

fn kind(found: Unexpected<'_>) -> Option<&'static str> {
    Some(match found {
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a fraction",
        Unexpected::Char(_) | Unexpected::Str(_) => "a string",
        Unexpected::Seq | Unexpected::Bytes(_) => "an array",
        Unexpected::Map => "an object",
        _ => return None,
    })
}

/// Returns the expectation of a visitor. Visitors can write arbitrary text, so only known words are accepted.
fn expectation(expected: &dyn Expected) -> Option<Expectation> {
    let said = Beginning::of(&expected);
    let known = EXPECTED.iter().find(|(text, _)| said.text() == *text);
    known.map(|(_, word)| Expectation::Plain(word))
}

/// The maximum length of a reason in bytes.
const LONGEST: usize = 256;

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Short::<LONGEST>::default();
        // An error means that the buffer is full.
        let full = self.tell(&mut text).is_err();
        f.write_str(&text.0)?;
        if full { f.write_str("..") } else { Ok(()) }
    }
}

impl Reason {
    fn tell(&self, text: &mut impl fmt::Write) -> fmt::Result {
        if !self.steps.is_empty() {
            text.write_char('`')?;
            for (position, step) in self.steps.iter().rev().enumerate() {
                match step {
                    Step::Name(name) if position == 0 => text.write_str(name)?,
                    Step::Name(name) => write!(text, ".{name}")?,
                    Step::Index(index) => write!(text, "[{index}]")?,
                    Step::Entry => text.write_str("{..}")?,
                    Step::Key => text.write_str("{key}")?,
                    Step::Deeper => text.write_str("..")?,
                }
            }
            text.write_str("`: ")?;
        }
        match self.fault {
            Fault::Type(found) => write!(text, "invalid type: {found}")?,
            Fault::Value(found) => write!(text, "invalid value: {found}")?,
            Fault::Missing(field) => write!(text, "missing field `{field}`")?,
            Fault::Duplicate(field) => write!(text, "the field `{field}` appears twice")?,
            Fault::UnknownVariant(known) => one_of("unknown variant", known, text)?,
            Fault::UnknownField(known) => one_of("unknown field", known, text)?,
            Fault::Other(words) => text.write_str(words)?,
        }
        match (self.fault, self.expected) {
            (Fault::Type(_) | Fault::Value(_), Some(Expectation::Plain(words))) => {
                write!(text, ", expected {words}")
            }
            (Fault::Type(_) | Fault::Value(_), Some(Expectation::Struct(name))) => {
                write!(text, ", expected struct {name}")
            }
            (Fault::Type(_) | Fault::Value(_), Some(Expectation::Enum(name))) => {
                write!(text, ", expected enum {name}")
            }
            _ => Ok(()),
        }
    }
}

fn one_of(what: &str, known: &[&str], text: &mut impl fmt::Write) -> fmt::Result {
    match known {
        [] => text.write_str(what),
        [one] => write!(text, "{what}, expected `{one}`"),
        [one, other] => write!(text, "{what}, expected `{one}` or `{other}`"),
        [first, rest @ ..] => {
            write!(text, "{what}, expected one of `{first}`")?;
            rest.iter().try_for_each(|name| write!(text, ", `{name}`"))
        }
    }
}
