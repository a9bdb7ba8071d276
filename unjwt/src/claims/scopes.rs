//! Scopes, as authorization servers write them.

use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The scopes of an access token: the claim `scope` of RFC 8693 §4.2 and RFC 9068 §2.2.3, one string with spaces between
/// them; or, as some providers write `scp` and `permissions`, an array.
///
/// ```
/// # use serde::Deserialize;
/// use unjwt::Scopes;
///
/// #[derive(Deserialize)]
/// struct Claims {
///     #[serde(default, alias = "scp")]
///     scope: Scopes,
/// }
///
/// # fn main() -> Result<(), serde_json::Error> {
/// let claims: Claims = serde_json::from_str(r#"{"scope": "openid invoices:read"}"#)?;
/// assert!(claims.scope.contains("invoices:read") && !claims.scope.contains("invoices"));
/// let claims: Claims = serde_json::from_str(r#"{"scp": ["invoices:read", "invoices:write"]}"#)?;
/// assert!(claims.scope.contains_all(["invoices:read", "invoices:write"]));
/// # Ok(()) }
/// ```
///
/// Serialises as one string. An element of an array is one scope, whatever it contains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Returns whether this scope was granted. Scopes are compared byte by byte (RFC 6749 §3.3).
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|own| own == scope)
    }

    /// Returns whether all of these were granted.
    pub fn contains_all<'s>(&self, scopes: impl IntoIterator<Item = &'s str>) -> bool {
        scopes.into_iter().all(|scope| self.contains(scope))
    }

    /// Returns whether any of these was granted.
    pub fn contains_any<'s>(&self, scopes: impl IntoIterator<Item = &'s str>) -> bool {
        scopes.into_iter().any(|scope| self.contains(scope))
    }

    /// Returns the scopes in the order of the token.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Returns whether there is no scope.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<S: Into<String>> FromIterator<S> for Scopes {
    fn from_iter<I: IntoIterator<Item = S>>(scopes: I) -> Self {
        Self(scopes.into_iter().map(Into::into).collect())
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Claim;

        impl<'de> Visitor<'de> for Claim {
            type Value = Scopes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("scopes: a string with spaces between them, or an array of strings")
            }

            fn visit_str<E>(self, text: &str) -> Result<Scopes, E> {
                Ok(text.split(' ').filter(|scope| !scope.is_empty()).collect())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Scopes, A::Error> {
                let mut scopes = Vec::new();
                while let Some(scope) = array.next_element()? {
                    scopes.push(scope);
                }
                Ok(Scopes(scopes))
            }

            fn visit_unit<E>(self) -> Result<Scopes, E> {
                Ok(Scopes::default())
            }
        }

        deserializer.deserialize_any(Claim)
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_or_an_array_is_read() {
        let read = |json| serde_json::from_str::<Scopes>(json).ok().map(|scopes| scopes.0);
        let expected = |scopes: &[&str]| Some(scopes.iter().map(|&scope| scope.to_owned()).collect());
        assert_eq!(read(r#""a  b ""#), expected(&["a", "b"]));
        assert_eq!(read(r#"["a b","c"]"#), expected(&["a b", "c"]));
        for empty in [r#""""#, "[]", "null"] {
            assert_eq!(read(empty), expected(&[]), "{empty}");
        }
        for wrong in ["1", "{}", "[1]", "[null]", "true"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(serde_json::to_string(&Scopes::from_iter(["a", "b"])).unwrap(), r#""a b""#);
    }
}
