//! Sessions in an OpenAPI document.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::spec::{Spec, TokenSource};

/// A way in which clients present a session, as a Security Scheme Object of OpenAPI 3
/// ([§4.27](https://spec.openapis.org/oas/v3.1.1.html#security-scheme-object)). Returned by
/// [`security_schemes`](crate::Session::security_schemes).
///
/// It converts to the type of any library that reads such an object, as those of `utoipa` and `aide` do:
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use unjwt::Session;
/// use utoipa::openapi::security::SecurityScheme;
///
/// #[derive(Clone, Serialize, Deserialize, Session)]
/// #[session(jwe, name = "__Host-sid", max_age = "7D")]
/// struct Sid { user: u64 }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut components = utoipa::openapi::Components::new();
/// for scheme in Sid::security_schemes() {
///     components.add_security_scheme(scheme.name(), scheme.to::<SecurityScheme>()?);
/// }
/// # assert!(serde_json::to_string(&components)?.contains(r#""in":"cookie""#));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecurityScheme {
    #[serde(skip)]
    name: String,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Kind {
    ApiKey {
        #[serde(rename = "in")]
        location: &'static str,
        name: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    Http { scheme: &'static str, bearer_format: &'static str },
}

impl SecurityScheme {
    /// Returns the schemes of a session, in the order in which its sources are tried.
    pub(crate) fn of(spec: &Spec) -> Vec<Self> {
        let is_alone = spec.sources.len() < 2;
        let schemes = spec.sources.iter().filter_map(|source| {
            let (suffix, kind) = match source {
                TokenSource::Cookie => ("Cookie", Kind::ApiKey { location: "cookie", name: spec.name }),
                TokenSource::Header => ("Header", in_header(spec.header?)),
            };
            let name = format!("{}{}", spec.type_name, if is_alone { "" } else { suffix });
            Some(Self { name, kind })
        });
        schemes.collect()
    }

    /// Returns the name under which the scheme belongs into the document's components: the struct's, and the source if there
    /// are two.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the scheme as the type of another library.
    ///
    /// # Errors
    ///
    /// Fails if that type does not read a Security Scheme Object of OpenAPI 3.
    pub fn to<S: DeserializeOwned>(&self) -> Result<S, impl std::error::Error + Send + Sync + use<S>> {
        serde_json::to_value(self).and_then(serde_json::from_value)
    }
}

/// A token in `Authorization` is a bearer token (RFC 6750); other headers have no scheme of their own.
fn in_header(name: &'static str) -> Kind {
    if name == "authorization" {
        Kind::Http { scheme: "bearer", bearer_format: "JWT" }
    } else {
        Kind::ApiKey { location: "header", name }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_source_is_a_scheme() {
        const SPEC: Spec =
            Spec { type_name: "Sid", name: "sid", header: Some("authorization"), ..Spec::BARE };
        let shown = |sources: &'static [TokenSource], header| -> Vec<_> {
            let schemes = SecurityScheme::of(&Spec { sources, header, ..SPEC });
            schemes.iter().map(|scheme| (scheme.name().to_owned(), json!(scheme))).collect()
        };
        let cookie = json!({ "type": "apiKey", "in": "cookie", "name": "sid" });
        let bearer = json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" });
        assert_eq!(shown(&[TokenSource::Cookie], None), [("Sid".to_owned(), cookie.clone())]);
        assert_eq!(
            shown(&[TokenSource::Header, TokenSource::Cookie], SPEC.header),
            [("SidHeader".to_owned(), bearer), ("SidCookie".to_owned(), cookie)]
        );
        let header = json!({ "type": "apiKey", "in": "header", "name": "x-sid" });
        assert_eq!(shown(&[TokenSource::Header], Some("x-sid")), [("Sid".to_owned(), header)]);
        assert!(shown(&[], None).is_empty());
    }
}
