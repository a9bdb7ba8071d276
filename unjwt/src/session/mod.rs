//! Session types, their tokens and their configuration, independent of requests.

pub(crate) mod config;
pub(crate) mod cross_site;
pub(crate) mod current;
pub(crate) mod deployment;
#[cfg(feature = "dbsc")]
pub(crate) mod device;
mod elsewhere;
pub(crate) mod group;
pub(crate) mod handle;
pub(crate) mod logins;
pub(crate) mod openapi;
pub(crate) mod operation;
pub(crate) mod origin;
pub(crate) mod symmetric;
pub(crate) mod tokens;
pub(crate) mod versions;

use std::any::Any;
use std::borrow::Borrow;
use std::sync::Arc;

use serde::Serialize;

pub use crate::claims::data::SessionData;
pub use crate::claims::provenance::{IssuedElsewhere, IssuedHere, Provenance};
pub use crate::claims::versions::{Becomes, HasVersion, OldPayload, OldVersion, WrittenFor};
use crate::clock::NumericDate;
use crate::error::Error;
use crate::login::group::Groups;
use crate::spec::Spec;
use crate::token::KeyFamily;
#[cfg(feature = "dbsc")]
use device::{DeviceFuture, DeviceRequest, OfferFuture};
use handle::HasSession;
use tokens::Tokens;

/// The properties of a session's type: everything that its tokens depend on, independent of requests.
///
/// Every [`Session`](crate::Session) implements it; no other type does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session",
    note = "write `#[derive(Session)]` and `#[session(jwe)]` or `#[session(jws)]` on it"
)]
pub trait SessionType: SessionData<<Self as SessionType>::Provenance> + Send + Sync + 'static {
    #[doc(hidden)]
    type Key: KeyFamily;
    #[doc(hidden)]
    type Provenance: Provenance;
    #[doc(hidden)]
    type Lifetime: Lifetime;
    /// The state that the session's hooks receive.
    type State: Send + Sync + 'static;
    #[doc(hidden)]
    type SignIn: SignInKind;
    #[doc(hidden)]
    type Login: 'static;

    #[doc(hidden)]
    const SPEC: Spec;
    /// `true` if a hook finds the keys of tokens.
    #[doc(hidden)]
    const LOOKS_KEYS_UP: bool;

    #[doc(hidden)]
    fn __add_login_groups(&self, _: &mut Groups) {}
    #[doc(hidden)]
    fn __migrate(payload: OldPayload<'_>) -> Result<Self, Error> {
        Err(payload.dropped())
    }
    #[doc(hidden)]
    fn __call_id_function() -> Arc<str>;
    /// Drops the session from a request whose login was replaced or ended.
    #[doc(hidden)]
    fn __leave(tokens: &Tokens<Self>, request: &dyn Any);
    /// Answers the browser of a bound session.
    #[cfg(feature = "dbsc")]
    #[doc(hidden)]
    fn __answer<'r>(
        _: &'r Tokens<Self>,
        _: &'r (dyn Any + Send + Sync),
        _: &'r DeviceRequest<'r>,
    ) -> DeviceFuture<'r> {
        Box::pin(std::future::ready(device::DeviceAnswer::Foreign))
    }
    /// Offers a registration with the response of the request, and makes the session if asked to.
    #[cfg(feature = "dbsc")]
    #[doc(hidden)]
    fn __offer<'r>(
        _: &'r Tokens<Self>,
        _: &'r (dyn Any + Send + Sync),
        _: &'r str,
        _: bool,
    ) -> OfferFuture<'r> {
        Box::pin(std::future::ready(()))
    }
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

/// A session of an identity provider's tokens: one with `issued_elsewhere` in its attribute.
#[diagnostic::on_unimplemented(
    message = "the tokens of `{Self}` are not an identity provider's",
    label = "this is for `#[session(issued_elsewhere)]`",
    note = "write `jws, read_only, issued_elsewhere` in `#[session(..)]`, or remove the call"
)]
pub trait Foreign {}

#[diagnostic::do_not_recommend]
impl<T: SessionType<Provenance = IssuedElsewhere>> Foreign for T {}

/// A session whose logins can end before their tokens expire: one with `revocable` in its attribute.
#[diagnostic::on_unimplemented(
    message = "the logins of `{Self}` cannot be ended: it is not `revocable`",
    label = "this is for `#[session(revocable)]`",
    note = "write `revocable` in `#[session(..)]` and give the configuration a store, or remove the call"
)]
pub trait Revocable {}

#[diagnostic::do_not_recommend]
impl<T: SessionType<SignIn: Ends>> Revocable for T {}

/// A session that is bound to a key of the browser's device: one with `bind = "dbsc"` in its attribute.
///
/// Every session with that setting implements it; no other type does.
#[cfg(feature = "dbsc")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not bound to a device",
    label = "this is for `#[session(bind = \"dbsc\")]`",
    note = "write `bind = \"dbsc\"` in `#[session(..)]`, beside `login` and a `max_age` of 3 to 15 minutes, or remove the call"
)]
pub trait DeviceBound {}

/// A session whose tokens state when the user signed in: one with `revocable` or `absolute` in its attribute.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not record when its user signed in",
    label = "a session without `auth_time`",
    note = "write `absolute = \"30D\"` in `#[session(..)]`, or `revocable`"
)]
pub trait HasAuthTime {}

#[diagnostic::do_not_recommend]
impl<T: SessionType<SignIn: Dates>> HasAuthTime for T {}

/// The statement of a session's tokens about its sign-in. A session with `login = ..` has that of its login.
pub trait SignInKind: 'static {
    /// As much of another session's statement as this one repeats.
    type Of<Other: SignInKind>: SignInKind;
    /// The same without logins that end, as `revocable = false` has it.
    type Unending: SignInKind;
}

/// A statement with the time of the sign-in.
pub trait Dates {}

/// A statement with the login, which can be ended.
pub trait Ends: Dates {}

/// Tokens state nothing about the sign-in.
#[derive(Debug)]
pub enum NoSignIn {}

/// Tokens state the time of the sign-in.
#[derive(Debug)]
pub enum Dated {}

/// Tokens state the time of the sign-in and the login.
#[derive(Debug)]
pub enum Ending {}

impl SignInKind for NoSignIn {
    type Of<Other: SignInKind> = Self;
    type Unending = Self;
}

impl SignInKind for Dated {
    type Of<Other: SignInKind> = Other::Unending;
    type Unending = Self;
}

impl SignInKind for Ending {
    type Of<Other: SignInKind> = Other;
    type Unending = Dated;
}

impl Dates for Dated {}
impl Dates for Ending {}
impl Ends for Ending {}

/// The login of a session whose attribute has no `login = ..`: its own.
#[derive(Debug)]
pub enum NoLogin {}

/// A login that the state `S` holds, for the session `T`.
#[diagnostic::on_unimplemented(
    message = "the state `{S}` holds no `SessionHandle<{Self}>`, the login that `{T}` belongs to",
    label = "no handle of this session's login",
    note = "install both: `unjwt::install(({Self}::config(key), {T}::config(key)), ..)`, and give the state a field `SessionHandle<{Self}>`"
)]
pub trait LoginHeldBy<S, T> {}

#[diagnostic::do_not_recommend]
impl<S, T> LoginHeldBy<S, T> for NoLogin {}

#[diagnostic::do_not_recommend]
impl<S: HasSession<X>, T, X: SessionType> LoginHeldBy<S, T> for X {}

/// The login of a session that can be built alone.
#[diagnostic::on_unimplemented(
    message = "`{T}` belongs to the login of `{Self}`, and cannot be built without it",
    label = "one half of a pair",
    note = "build both, with `use unjwt::SessionConfigs`: `({Self}::config(key), {T}::config(key)).store(store).build()`, without the store if `{Self}` is not `revocable`; or install them"
)]
pub trait BuiltAlone<T> {}

impl<T> BuiltAlone<T> for NoLogin {}

/// A session whose logins are listed: one with `revocable(by(..))` in its attribute.
#[diagnostic::on_unimplemented(
    message = "the logins of `{Self}` are not listed: nothing says whose they are",
    label = "a session without `by(..)`",
    note = "name the field that holds the user in `#[session(..)]`: `revocable(by(user))`",
    note = "if `{Self}` has a `login`, its logins are those of that session: ask the `SessionHandle` of that one, with its `Current` as the handler's argument"
)]
pub trait ListsLogins: Revocable {}

/// The type of a field in `by(..)`.
#[diagnostic::on_unimplemented(
    message = "logins cannot be grouped by a `{Self}`, which does not implement `Serialize`",
    label = "a field of this type",
    note = "write `#[derive(Serialize)]` on `{Self}`; it is needed here even if the field has a `with` of serde"
)]
pub trait GroupField {
    #[doc(hidden)]
    fn __add_to(&self, groups: &mut Groups);
}

#[diagnostic::do_not_recommend]
impl<F: Serialize> GroupField for F {
    fn __add_to(&self, groups: &mut Groups) {
        groups.add(self);
    }
}

/// A value of a field in `by(..)` whose type is `F`: an `F`, or what it lends, such as a `str` for a `String`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of the field in `by(..)`, which is `{F}`",
    label = "not a `{F}`",
    note = "logins are found by the value that their field has: pass a `&{F}`"
)]
pub trait FieldValue<F: ?Sized>: Serialize {}

#[diagnostic::do_not_recommend]
impl<F: Borrow<V> + ?Sized, V: Serialize + ?Sized> FieldValue<F> for V {}

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
