//! Hooks: the functions of the service that take part in a session's life.

pub(crate) mod error;
pub(crate) mod events;
pub(crate) mod function;
pub(crate) mod lookup;

use std::any::Any;
use std::sync::Arc;

#[cfg(feature = "dbsc")]
use super::device;
use super::login::{self, LoginType};
use super::loud;
use crate::error::Error;
use crate::login::group::Groups;
#[cfg(feature = "dbsc")]
use crate::session::device::{DeviceFuture, DeviceRequest, OfferFuture};
use crate::session::openapi::SecurityScheme;
use crate::session::tokens::Tokens;
use crate::session::{Lifetime, OldPayload, Provenance, SessionData, SessionType, SignInKind};
use crate::spec::{HookSet, Spec};
use crate::token::KeyFamily;
use error::HookError;
use events::{Clear, Expire, Failure, HookFuture, KeyLookup, LookupFuture, Read, Renew, Reuse, Update};

/// A struct that is a session. Implemented by `#[derive(Session)]` and by nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session",
    note = "write `#[derive(Session)]` and `#[session(jwe)]` or `#[session(jws)]` on it"
)]
pub trait Session: SessionData<<Self as Session>::Provenance> + Send + Sync + 'static {
    #[doc(hidden)]
    type Key: KeyFamily;
    #[doc(hidden)]
    type Provenance: Provenance;
    #[doc(hidden)]
    type Lifetime: Lifetime;
    /// The state that the session's hooks receive; [`NoState`](crate::bounds::NoState) if the attribute names
    /// none.
    type State: Send + Sync + 'static;
    /// The struct with every field optional, as [`update`](crate::SessionManager::update) takes it.
    type Patch: Send;
    #[doc(hidden)]
    type OwnSignIn: SignInKind;
    /// The session that `login = ..` names; [`NoLogin`](crate::bounds::NoLogin) if the attribute names none.
    type Login: LoginType<Self>;

    /// The cookie's name, as given in the attribute.
    const NAME: &'static str = Self::SPEC.name;

    #[doc(hidden)]
    const SPEC: Spec;
    #[doc(hidden)]
    const HOOKS: HookSet = HookSet::NONE;

    /// Returns the ways in which clients present the session, for the components of an OpenAPI document: its cookie, its
    /// header, or either. The cookie has the name in the attribute here, and not that of
    /// [`Config::cookie_name`](crate::Config::cookie_name).
    fn security_schemes() -> Vec<SecurityScheme> {
        SecurityScheme::of(&Self::SPEC)
    }

    /// Adds the values of the fields in `by(..)`, in their order.
    #[doc(hidden)]
    fn __add_login_groups(&self, _: &mut Groups) {}

    /// Returns the data of a session that begins within a login.
    #[doc(hidden)]
    fn __from_login(_: &Self::Login) -> Option<Self> {
        None
    }

    /// Makes the data of an older version's.
    #[doc(hidden)]
    fn __migrate(payload: OldPayload<'_>) -> Result<Self, Error> {
        Err(payload.dropped())
    }

    /// Merges a patch into the data, or makes new data from it; `Err` contains the name of the missing field.
    #[doc(hidden)]
    fn __merge(current: Option<&Self>, patch: Self::Patch) -> Result<Self, &'static str>;

    // These names differ widely from those of hooks, since the compiler would otherwise suggest them for an
    // unresolved path.
    #[doc(hidden)]
    fn __call_id_function() -> Arc<str> {
        let id = uuid::Builder::from_random_bytes(crate::crypto::random_id()).into_uuid();
        Arc::from(&*id.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()))
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
    fn __call_hook_on_reuse<'a>(_: Reuse<'a, Self>) -> HookFuture<'a> {
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

#[diagnostic::do_not_recommend]
impl<T: Session> SessionType for T {
    type Key = T::Key;
    type Provenance = T::Provenance;
    type Lifetime = T::Lifetime;
    type State = T::State;
    type SignIn = <T::Login as LoginType<T>>::SignIn;
    type Login = T::Login;

    const SPEC: Spec = T::SPEC;
    const LOOKS_KEYS_UP: bool = T::HOOKS.key_lookup;

    fn __add_login_groups(&self, groups: &mut Groups) {
        <T as Session>::__add_login_groups(self, groups);
    }

    fn __migrate(payload: OldPayload<'_>) -> Result<Self, Error> {
        <T as Session>::__migrate(payload)
    }

    fn __call_id_function() -> Arc<str> {
        <T as Session>::__call_id_function()
    }

    fn __leave(tokens: &Tokens<Self>, request: &dyn Any) {
        if let Some(context) = request.downcast_ref() {
            login::leave(context, tokens);
        }
    }

    #[cfg(feature = "dbsc")]
    fn __answer<'r>(
        tokens: &'r Tokens<Self>,
        request: &'r (dyn Any + Send + Sync),
        asked: &'r DeviceRequest<'r>,
    ) -> DeviceFuture<'r> {
        device::answer(tokens, request, asked)
    }

    #[cfg(feature = "dbsc")]
    fn __offer<'r>(
        tokens: &'r Tokens<Self>,
        request: &'r (dyn Any + Send + Sync),
        subject: &'r str,
        makes: bool,
    ) -> OfferFuture<'r> {
        Box::pin(async move {
            if let Some(context) = request.downcast_ref() {
                device::begin(context, tokens, subject, makes).await;
            }
        })
    }
}

fn no_hook<'a>() -> HookFuture<'a> {
    Box::pin(std::future::ready(Ok(())))
}

/// Logs the failure of a hook and returns the error for the response.
pub(crate) fn report<T: Session>(hook: &'static str, error: HookError) -> Error {
    tracing::error!(session = T::SPEC.type_name, hook, %error, "a session hook failed");
    loud::hook_failed(T::SPEC.type_name, hook, &error);
    error.into_error()
}
