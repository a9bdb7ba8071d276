//! The places where a value is written, and the refusal of a wrong one.

/// The place where a value is written. The reason against it is the same at each, and the fix is worded for
/// the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `#[session(..)]`, read while the struct compiles.
    Attribute,
    /// `T::config(..)`, read while the process starts.
    Config,
}

/// A setting by its names at the two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting<'a> {
    /// The key in the attribute.
    pub key: &'a str,
    /// The method of the configuration.
    pub method: &'a str,
}

impl Setting<'static> {
    /// The cookie's name.
    pub const NAME: Self = Self { key: "name", method: "cookie_name" };
    /// The cookie's `Path`.
    pub const PATH: Self = Self { key: "path", method: "cookie_path" };
    /// The cookie's `Domain`.
    pub const DOMAIN: Self = Self { key: "domain", method: "cookie_domain" };
    /// `iss`.
    pub const ISSUER: Self = Self::both("issuer");
    /// `aud`.
    pub const AUDIENCE: Self = Self::both("audience");
    /// `sub`.
    pub const SUBJECT: Self = Self::both("subject");
    /// The claims without which a token is refused.
    pub const REQUIRED_CLAIMS: Self = Self::both("required_claims");
}

impl<'a> Setting<'a> {
    /// A setting with one name at both places, or one of the attribute alone.
    #[must_use]
    pub const fn both(name: &'a str) -> Self {
        Self { key: name, method: name }
    }

    /// The setting as a message names it.
    pub(crate) fn named(self, place: Place) -> String {
        match place {
            Place::Attribute => format!("`{}`", self.key),
            Place::Config => format!("`.{}(..)`", self.method),
        }
    }

    /// The setting as it is written with this value.
    pub(crate) fn written(self, place: Place, value: &str) -> String {
        match place {
            Place::Attribute => format!("`{} = {value:?}`", self.key),
            Place::Config => format!("`.{}({value:?})`", self.method),
        }
    }
}

/// The reason against a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The mistake and the reason; the same at every place.
    pub why: String,
    /// The text to write instead.
    pub fix: String,
}

impl Refusal {
    pub(crate) fn new(why: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { why: why.into(), fix: fix.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_named_as_its_place_writes_it() {
        assert_eq!(Setting::DOMAIN.named(Place::Attribute), "`domain`");
        assert_eq!(Setting::DOMAIN.named(Place::Config), "`.cookie_domain(..)`");
        assert_eq!(Setting::DOMAIN.written(Place::Attribute, "a.b"), "`domain = \"a.b\"`");
        assert_eq!(Setting::DOMAIN.written(Place::Config, "a.b"), "`.cookie_domain(\"a.b\")`");
    }
}
