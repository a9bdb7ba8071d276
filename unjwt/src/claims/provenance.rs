//! The issuer of a session's tokens: this family of services, or an identity provider.

use std::fmt::Debug;
use std::sync::Arc;

use crate::clock::NumericDate;

/// The issuer of a session's tokens, which decides which claims every token has.
pub trait Provenance: 'static {
    /// `jti`: an `Arc<str>`, or an `Option` of it.
    type Id: Clone + Debug + Send + Sync + 'static;
    /// `iat`: a `NumericDate`, or an `Option` of it.
    type CreatedAt: Copy + Debug + PartialEq + Send + Sync + 'static;

    #[doc(hidden)]
    fn id(id: Option<Arc<str>>) -> Self::Id;
    #[doc(hidden)]
    fn id_of(id: &Self::Id) -> Option<&Arc<str>>;
    #[doc(hidden)]
    fn created_at(at: Option<NumericDate>) -> Self::CreatedAt;
    #[doc(hidden)]
    fn created_at_of(at: Self::CreatedAt) -> Option<NumericDate>;
}

/// Tokens of this session's own services, which all have `jti` and `iat`.
#[derive(Debug)]
pub enum IssuedHere {}

/// Tokens of an identity provider: `issued_elsewhere` in the attribute.
#[derive(Debug)]
pub enum IssuedElsewhere {}

impl Provenance for IssuedHere {
    type Id = Arc<str>;
    type CreatedAt = NumericDate;

    fn id(id: Option<Arc<str>>) -> Arc<str> {
        // Never `None`: the policy refuses a token without `jti`.
        id.unwrap_or_default()
    }

    fn id_of(id: &Arc<str>) -> Option<&Arc<str>> {
        Some(id)
    }

    fn created_at(at: Option<NumericDate>) -> NumericDate {
        // Never `None`, as above. The epoch would mean expired.
        at.unwrap_or(NumericDate::from_secs(0))
    }

    fn created_at_of(at: NumericDate) -> Option<NumericDate> {
        Some(at)
    }
}

impl Provenance for IssuedElsewhere {
    type Id = Option<Arc<str>>;
    type CreatedAt = Option<NumericDate>;

    fn id(id: Option<Arc<str>>) -> Option<Arc<str>> {
        id
    }

    fn id_of(id: &Option<Arc<str>>) -> Option<&Arc<str>> {
        id.as_ref()
    }

    fn created_at(at: Option<NumericDate>) -> Option<NumericDate> {
        at
    }

    fn created_at_of(at: Option<NumericDate>) -> Option<NumericDate> {
        at
    }
}
