//! A struct as a session: the trait that `#[derive(Session)]` implements, and what follows from it.

pub(crate) mod config;
pub(crate) mod cross_site;
pub(crate) mod data;
pub(crate) mod handle;
pub(crate) mod hook_fn;
pub(crate) mod link;
pub(crate) mod origin;
pub(crate) mod spec;
pub(crate) mod symmetric;
pub(crate) mod tokens;
pub(crate) mod verified;

use crate::clock::NumericDate;
use crate::lifecycle::events::{
    Clear, Expire, Failure, HookFuture, KeyLookup, LookupFuture, Read, Renew, Update,
};
use crate::token::KeyFamily;
pub use data::SessionData;
use spec::{HookSet, Spec};

/// A struct that is a session. Implemented by `#[derive(Session)]` and by nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no session",
    note = "write `#[derive(Session)]` and `#[session(jwe)]` or `#[session(jws)]` on it"
)]
pub trait Session: SessionData + Send + Sync + 'static {
    #[doc(hidden)]
    type Key: KeyFamily;
    #[doc(hidden)]
    type Lifetime: Lifetime;
    /// The state that the session's hooks receive; [`NoState`] where the attribute names none.
    type State: Send + Sync + 'static;
    /// The struct with every field optional: what [`update`](crate::SessionManager::update) merges.
    type Patch: Send;

    #[doc(hidden)]
    const SPEC: Spec;
    #[doc(hidden)]
    const HOOKS: HookSet = HookSet::NONE;

    /// Merges a patch into the data, or makes new data of it; `Err` names the field that is missing.
    #[doc(hidden)]
    fn __merge(current: Option<&Self>, patch: Self::Patch) -> Result<Self, &'static str>;

    // These names are far from those of hooks, or the compiler would offer them for a path that leads nowhere.
    #[doc(hidden)]
    fn __call_id_function() -> String {
        uuid::Builder::from_random_bytes(crate::crypto::random_id()).into_uuid().to_string()
    }

    #[doc(hidden)]
    fn __call_hook_on_read<'a>(_: Read<'a, Self>) -> HookFuture<'a> {
        no_hook()
    }
    #[doc(hidden)]
    fn __call_hook_on_update<'a>(_: Update<'a, Self>) -> HookFuture<'a> {
        no_hook()
    }
    #[doc(hidden)]
    fn __call_hook_on_clear<'a>(_: Clear<'a, Self>) -> HookFuture<'a> {
        no_hook()
    }
    #[doc(hidden)]
    fn __call_hook_on_expire<'a>(_: Expire<'a, Self>) -> HookFuture<'a> {
        no_hook()
    }
    #[doc(hidden)]
    fn __call_hook_on_error<'a>(_: Failure<'a, Self>) -> HookFuture<'a> {
        no_hook()
    }
    #[doc(hidden)]
    fn __call_hook_renew<'a>(_: Renew<'a, Self>) -> HookFuture<'a> {
        no_hook()
    }
    #[doc(hidden)]
    fn __call_hook_key_lookup<'a>(_: KeyLookup<'a, Self>) -> LookupFuture<'a, Self::Key> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

fn no_hook<'a>() -> HookFuture<'a> {
    Box::pin(std::future::ready(Ok(())))
}

/// A session whose token is a JWE: only the server can read it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no encrypted session",
    label = "`seal` and `unseal` are for `#[session(jwe)]`",
    note = "use `sign` and `verify`, or write `#[session(jwe)]` on the struct"
)]
pub trait Encrypted {}

/// A session whose token is a JWS: the client can read it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no signed session",
    label = "`sign` and `verify` are for `#[session(jws)]`",
    note = "use `seal` and `unseal`, or write `#[session(jws)]` on the struct"
)]
pub trait Signed {}

/// A session that this service may write, which is every one without `read_only`.
#[diagnostic::on_unimplemented(
    message = "this service only reads `{Self}`",
    label = "a write of a `read_only` session",
    note = "remove `read_only` from `#[session(..)]` and give the session a private or shared key"
)]
pub trait Writable {}

/// The state of a session whose attribute has no `state = ..`.
///
/// Where a hook meets it and wanted another type, write `state = Arc<App>` in `#[session(..)]`.
#[derive(Debug)]
#[non_exhaustive]
pub struct NoState;

impl NoState {
    pub(crate) const VALUE: Self = Self;
}

/// [`NoState`]: the session's hooks receive no state, so its tokens need none.
#[diagnostic::on_unimplemented(
    message = "the session's hooks receive a `{Self}`, and `build` has none to give",
    label = "`state = ..` in the session's attribute",
    note = "use `unjwt::install`, or `unjwt::link(config, |handle| state)` where there is no router"
)]
pub trait Stateless {}

impl Stateless for NoState {}

/// What a router's state or a [`RequestContext`](crate::RequestContext) must be for a session whose hooks receive `X`:
/// that very type, or anything where the attribute names no state.
#[diagnostic::on_unimplemented(
    message = "the sessions' hooks receive a `{X}`, and the state here is `{Self}`",
    label = "not the type of `state = ..` in the session's attribute",
    note = "make `state = ..` in `#[session(..)]` the type that is the router's state"
)]
pub trait ProvidesState<X> {}

#[diagnostic::do_not_recommend]
impl<S> ProvidesState<NoState> for S {}

// `NoState` is not `Clone`, which keeps the two apart.
#[diagnostic::do_not_recommend]
impl<S: Clone> ProvidesState<S> for S {}

/// Whether `expires_at` is always there.
pub trait Lifetime: 'static {
    /// `NumericDate`, or an option of it.
    type ExpiresAt: Copy + std::fmt::Debug + PartialEq + Send + Sync + 'static;

    #[doc(hidden)]
    fn expires_at(exp: Option<NumericDate>) -> Self::ExpiresAt;
    #[doc(hidden)]
    fn exp(at: Self::ExpiresAt) -> Option<NumericDate>;
}

/// A session with `max_age`: every one of its tokens ends.
#[derive(Debug)]
pub enum Limited {}

impl Lifetime for Limited {
    type ExpiresAt = NumericDate;

    fn expires_at(exp: Option<NumericDate>) -> NumericDate {
        // The policy always knows one, from `iat` and `max_age`. The epoch would mean expired.
        exp.unwrap_or(NumericDate::from_secs(0))
    }

    fn exp(at: NumericDate) -> Option<NumericDate> {
        Some(at)
    }
}

/// A session without `max_age`: a token ends only if it says so itself.
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
