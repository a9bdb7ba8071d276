//! Session types, their tokens and their configuration, independent of requests.

pub(crate) mod config;
pub(crate) mod cross_site;
pub(crate) mod current;
pub(crate) mod deployment;
pub(crate) mod group;
pub(crate) mod handle;
pub(crate) mod operation;
pub(crate) mod origin;
pub(crate) mod symmetric;
pub(crate) mod tokens;

pub use crate::claims::data::SessionData;
use crate::clock::NumericDate;
use crate::spec::Spec;
use crate::token::KeyFamily;

/// The properties of a session's type: everything that its tokens depend on, independent of requests.
///
/// Every [`Session`](crate::Session) implements it; no other type does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session",
    note = "write `#[derive(Session)]` and `#[session(jwe)]` or `#[session(jws)]` on it"
)]
pub trait SessionType: SessionData + Send + Sync + 'static {
    #[doc(hidden)]
    type Key: KeyFamily;
    #[doc(hidden)]
    type Lifetime: Lifetime;
    /// The state that the session's hooks receive.
    type State: Send + Sync + 'static;

    #[doc(hidden)]
    const SPEC: Spec;

    #[doc(hidden)]
    fn __call_id_function() -> String;
}

/// A session whose token is a JWE: only the server can read it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an encrypted session",
    label = "`seal` and `unseal_without_hooks` are for `#[session(jwe)]`",
    note = "use `sign` and `verify_without_hooks`, or write `#[session(jwe)]` on the struct"
)]
pub trait Encrypted {}

/// A session whose token is a JWS: the client can read it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a signed session",
    label = "`sign` and `verify_without_hooks` are for `#[session(jws)]`",
    note = "use `seal` and `unseal_without_hooks`, or write `#[session(jws)]` on the struct"
)]
pub trait Signed {}

/// A session that this service may write, which is every session without `read_only`.
#[diagnostic::on_unimplemented(
    message = "this service only reads `{Self}`",
    label = "a write of a `read_only` session",
    note = "remove `read_only` from `#[session(..)]` and give the session a private or shared key"
)]
pub trait Writable {}

/// The state of a session whose attribute has no `state = ..`.
///
/// If a hook expects a different type, write `state = Arc<App>` in `#[session(..)]`.
#[derive(Debug)]
#[non_exhaustive]
pub struct NoState;

impl NoState {
    pub(crate) const VALUE: Self = Self;
}

/// Implemented by [`NoState`] alone: the session's hooks receive no state, so its tokens need none.
#[diagnostic::on_unimplemented(
    message = "the session's hooks receive a `{Self}`, but `build` has none to pass",
    label = "this session has `state = ..` in its attribute",
    note = "use `unjwt::install`, or `unjwt::build(config, |handle| state)` where there is no router"
)]
pub trait Stateless {}

impl Stateless for NoState {}

/// The bound on the state of a router or a [`RequestContext`](crate::RequestContext) for a session whose
/// hooks receive `X`: the state must be of that type, or of any type if the attribute names no state.
#[diagnostic::on_unimplemented(
    message = "the sessions' hooks receive a `{X}`, but the state here is `{Self}`",
    label = "not the type of `state = ..` in the session's attribute",
    note = "write the type of the router's state as `state = ..` in `#[session(..)]`"
)]
pub trait ProvidesState<X> {}

#[diagnostic::do_not_recommend]
impl<S> ProvidesState<NoState> for S {}

// `NoState` is not `Clone`, so the two implementations do not overlap.
#[diagnostic::do_not_recommend]
impl<S: Clone> ProvidesState<S> for S {}

/// The kind of lifetime, which decides whether `expires_at` is optional.
pub trait Lifetime: 'static {
    /// `NumericDate`, or an `Option` of it.
    type ExpiresAt: Copy + std::fmt::Debug + PartialEq + Send + Sync + 'static;

    #[doc(hidden)]
    fn expires_at(exp: Option<NumericDate>) -> Self::ExpiresAt;
    #[doc(hidden)]
    fn exp(at: Self::ExpiresAt) -> Option<NumericDate>;
}

/// A session with `max_age`, all of whose tokens expire.
#[derive(Debug)]
pub enum Limited {}

/// The lifetime of a session whose attribute has a `max_age`.
#[diagnostic::on_unimplemented(
    message = "a lifetime can only be chosen for a session with `max_age`",
    label = "this session has no `max_age`",
    note = "write the longest lifetime in `#[session(..)]`, like `max_age = \"30D\"`"
)]
pub trait HasMaxAge {}

impl HasMaxAge for Limited {}

impl Lifetime for Limited {
    type ExpiresAt = NumericDate;

    fn expires_at(exp: Option<NumericDate>) -> NumericDate {
        // Never `None`: the policy computes it from `iat` and `max_age`. The epoch would mean expired.
        exp.unwrap_or(NumericDate::from_secs(0))
    }

    fn exp(at: NumericDate) -> Option<NumericDate> {
        Some(at)
    }
}

/// A session without `max_age`: a token expires only if it has an `exp`.
#[derive(Debug)]
pub enum Unlimited {}

impl Lifetime for Unlimited {
    type ExpiresAt = Option<NumericDate>;

    fn expires_at(exp: Option<NumericDate>) -> Option<NumericDate> {
        exp
    }

    fn exp(at: Option<NumericDate>) -> Option<NumericDate> {
        at
    }
}
