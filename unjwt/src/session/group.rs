//! Several sessions of one application, validated together.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use unjwt_store::AnyStore;

use super::config::{Config, StoreReady};
use super::deployment::Deployment;
#[cfg(feature = "dbsc")]
use super::device::BoundSession;
use super::handle::{HasSession, SessionHandle};
use super::tokens::{AnyTokens, Linked, link};
use super::{BuiltAlone, LoginHeldBy, ProvidesState, SessionType, Stateless};
use crate::clock::Clock;
use crate::config_error::ConfigError;
use crate::spec::{Protection, Spec, names_clash};

/// Validates the configurations and hands their handles to a function that builds the application's state.
///
/// For services without axum's router; with a router, use [`install`](crate::install).
///
/// # Errors
///
/// The first problem with a key, with a deployment value, or between two sessions.
pub fn build<C, S>(configs: C, state: impl FnOnce(C::Handles) -> S) -> Result<S, ConfigError>
where
    C: SessionConfigs + HeldBy<S>,
{
    build_for(&Arc::new(Group::default()), configs, state)
}

/// Does the same as [`build`], for a layer that serves this group.
pub(crate) fn build_for<C, S>(
    group: &Arc<Group>,
    configs: C,
    state: impl FnOnce(C::Handles) -> S,
) -> Result<S, ConfigError>
where
    C: SessionConfigs + HeldBy<S>,
{
    Ok(state(configs.__handles(group)?))
}

/// The sessions installed by one call, which share one layer and one state for their hooks.
#[derive(Default)]
pub struct Group {
    state: OnceLock<Arc<dyn Any + Send + Sync>>,
    /// The sessions that are bound to devices.
    #[cfg(feature = "dbsc")]
    bound: OnceLock<Box<[Arc<dyn BoundSession>]>>,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Group(..)")
    }
}

impl Group {
    /// Sets the state that the group's hooks receive.
    #[cfg(feature = "tower")]
    pub(crate) fn serve(&self, state: Arc<dyn Any + Send + Sync>) {
        // Never set before: the group is made for the one call that sets its state.
        let _ = self.state.set(state);
    }

    pub(crate) fn state(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.state.get()
    }

    #[cfg(feature = "dbsc")]
    fn bind(&self, sessions: &[&dyn Linked]) {
        let _ = self.bound.set(sessions.iter().filter_map(|session| session.to_bound()).collect());
    }

    /// Returns the sessions that are bound to devices.
    #[cfg(feature = "dbsc")]
    pub(crate) fn bound(&self) -> &[Arc<dyn BoundSession>] {
        self.bound.get().map(AsRef::as_ref).unwrap_or_default()
    }
}

/// One [`Config`], or a tuple of up to 24.
///
/// Its methods set a value for all of the configurations at once:
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// # use unjwt::{JweKey, Session, SessionConfigs};
/// # #[derive(Clone, Serialize, Deserialize, Session)]
/// # #[session(jwe, max_age = "1h")]
/// # struct Visitor { name: String }
/// # #[derive(Clone, Serialize, Deserialize, Session)]
/// # #[session(jwe, max_age = "1h")]
/// # struct Cart { items: Vec<u32> }
/// # fn main() -> Result<(), unjwt::ConfigError> {
/// let key = JweKey::secret([7; 32]);                 // from the environment, not from the source
/// let (visitors, carts) = (Visitor::config(key.clone()), Cart::config(key))
///     .cookie_domain("shop.example")
///     .issuer("https://shop.example")
///     .build()?;
/// # assert_eq!((visitors.name(), carts.name()), ("visitor", "cart"));
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session configuration",
    label = "expected `T::config(key)` or a tuple of them",
    note = "write `unjwt::install((First::config(key), Second::config(key)), |(first, second)| ..)`"
)]
pub trait SessionConfigs: Sized {
    /// The [`SessionHandle`]s, in the same order.
    type Handles;

    #[doc(hidden)]
    fn __handles(self, group: &Arc<Group>) -> Result<Self::Handles, ConfigError>;

    /// The configurations with a store.
    type WithStore;

    #[doc(hidden)]
    fn __share(self, set: &dyn Fn(&Spec, &mut Deployment)) -> Self;
    #[doc(hidden)]
    fn __share_store(self, store: &AnyStore) -> Self::WithStore;

    /// Calls [`Config::store`] on each that is `revocable`.
    fn store(self, store: impl unjwt_store::Store) -> Self::WithStore {
        self.__share_store(&AnyStore::new(store))
    }

    /// Calls [`Config::issuer`] on each.
    fn issuer(self, issuer: impl Into<String>) -> Self {
        let issuer = issuer.into();
        self.__share(&|_, deployment| deployment.issuer = Some(issuer.clone()))
    }

    /// Calls [`Config::audience`] on each.
    fn audience<I: IntoIterator<Item: Into<String>>>(self, audience: I) -> Self {
        let audience: Vec<String> = audience.into_iter().map(Into::into).collect();
        self.__share(&|_, deployment| deployment.audience = Some(audience.clone()))
    }

    /// Calls [`Config::cookie_domain`] on each that sets a cookie which may have a `Domain`, which excludes
    /// `__Host-` cookies.
    fn cookie_domain(self, domain: impl Into<String>) -> Self {
        let domain = domain.into();
        self.__share(&|spec, deployment| {
            if spec.may_have_domain() {
                deployment.cookie_domain = Some(domain.clone());
            }
        })
    }

    /// Calls [`Config::cookie_path`] on each that has a cookie which may have a path of its own, which excludes `__Host-`
    /// cookies.
    fn cookie_path(self, path: impl Into<String>) -> Self {
        let path = path.into();
        self.__share(&|spec, deployment| {
            if spec.may_have_path() {
                deployment.cookie_path = Some(path.clone());
            }
        })
    }

    /// Calls [`Config::clock`] on each.
    fn clock(self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        let clock = Clock::custom(now);
        self.__share(&|_, deployment| deployment.clock = clock.clone())
    }

    /// Calls [`Config::insecure_cookies_for_local_http`] on each that has a cookie.
    ///
    /// # Security
    ///
    /// Anyone who can listen on the network can then take over the sessions. Never use it in production.
    fn insecure_cookies_for_local_http(self) -> Self {
        self.__share(&|spec, deployment| deployment.insecure_cookies = spec.cookie.is_some())
    }

    /// Calls [`Config::trust_origin`] on each that checks origins.
    ///
    /// # Security
    ///
    /// Requests from that origin's pages are treated as the visitor's own.
    fn trust_origin(self, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        self.__share(&|spec, deployment| {
            if spec.checks_origins() {
                deployment.cross_site.trusted.push(origin.clone());
            }
        })
    }

    /// Calls [`Config::public_origin`] on each that checks origins.
    fn public_origin(self, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        self.__share(&|spec, deployment| {
            if spec.checks_origins() {
                deployment.cross_site.public = Some(origin.clone());
            }
        })
    }

    /// Validates the configurations, for services without axum's router. If hooks receive a state, use
    /// [`build`](crate::build).
    ///
    /// # Errors
    ///
    /// As [`build`](crate::build).
    fn build(self) -> Result<Self::Handles, ConfigError>
    where
        Self: HooksWithoutState,
    {
        self.__handles(&Arc::new(Group::default()))
    }
}

/// Configurations of sessions whose hooks receive no state.
pub trait HooksWithoutState {}

/// Configurations whose handles the state `S` holds, and whose hooks receive `S`.
pub trait HeldBy<S> {}

impl<T: SessionType, Store> SessionConfigs for Config<T, Store> {
    type Handles = SessionHandle<T>;
    type WithStore = Config<T>;

    fn __handles(self, group: &Arc<Group>) -> Result<Self::Handles, ConfigError> {
        let handle = handle(self, group)?;
        link(&[&*handle])?;
        Ok(handle)
    }

    fn __share(self, set: &dyn Fn(&Spec, &mut Deployment)) -> Self {
        self.share(set)
    }

    fn __share_store(self, store: &AnyStore) -> Self::WithStore {
        self.share_store(store)
    }
}

impl<T: SessionType<State: Stateless, Login: BuiltAlone<T>>, Store: StoreReady<T>> HooksWithoutState
    for Config<T, Store>
{
}

impl<T, Store, S> HeldBy<S> for Config<T, Store>
where
    T: SessionType<Login: LoginHeldBy<S, T>>,
    Store: StoreReady<T>,
    S: HasSession<T> + ProvidesState<T::State>,
{
}

fn handle<T: SessionType, Store>(
    config: Config<T, Store>,
    group: &Arc<Group>,
) -> Result<SessionHandle<T>, ConfigError> {
    let tokens = config.prepare(Some(Arc::downgrade(group)))?;
    if tokens.spec().sources.is_empty() {
        return Err(ConfigError::NoSource { session: T::SPEC.type_name.to_owned() });
    }
    Ok(SessionHandle::new(tokens))
}

macro_rules! tuple {
    ($($session:ident $store:ident $config:ident),+) => {
        impl<$($session: SessionType, $store),+> SessionConfigs for ($(Config<$session, $store>,)+) {
            type Handles = ($(SessionHandle<$session>,)+);
            type WithStore = ($(Config<$session>,)+);

            fn __handles(self, group: &Arc<Group>) -> Result<Self::Handles, ConfigError> {
                let ($($config,)+) = self;
                let ($($config,)+) = ($(handle($config, group)?,)+);
                refuse_clashes(&[$($config.as_any()),+])?;
                refuse_shared_keys(&[$($config.as_any()),+])?;
                let linked = [$(&*$config as &dyn Linked),+];
                link(&linked)?;
                #[cfg(feature = "dbsc")]
                group.bind(&linked);
                Ok(($($config,)+))
            }

            fn __share(self, set: &dyn Fn(&Spec, &mut Deployment)) -> Self {
                let ($($config,)+) = self;
                ($($config.share(set),)+)
            }

            fn __share_store(self, store: &AnyStore) -> Self::WithStore {
                let ($($config,)+) = self;
                ($($config.share_store(store),)+)
            }
        }

        impl<$($session: SessionType<State: Stateless>, $store: StoreReady<$session>),+> HooksWithoutState
            for ($(Config<$session, $store>,)+)
        {
        }

        impl<State, $($session: SessionType, $store: StoreReady<$session>),+> HeldBy<State>
            for ($(Config<$session, $store>,)+)
        where
            $(
                State: HasSession<$session> + ProvidesState<$session::State>,
                $session::Login: LoginHeldBy<State, $session>,
            )+
        {
        }
    };
}

macro_rules! tuples {
    ($session:ident $store:ident $config:ident) => { tuple!($session $store $config); };
    ($session:ident $store:ident $config:ident, $($rest:tt)+) => {
        tuple!($session $store $config, $($rest)+);
        tuples!($($rest)+);
    };
}

tuples!(
    A As a, B Bs b, C Cs c, D Ds d, E Es e, F Fs f, G Gs g, H Hs h, I Is i, J Js j, K Ks k, L Ls l, M Ms m, N Ns n,
    O Os o, P Ps p, Q Qs q, R Rs r, T Ts t, U Us u, V Vs v, W Ws w, X Xs x, Y Ys y
);

/// Refuses sessions that share a cookie name or a header. `#[derive(SessionState)]` detects these at compile
/// time; states written by hand, and names of the configuration, are checked only here.
fn refuse_clashes(sessions: &[&dyn AnyTokens]) -> Result<(), ConfigError> {
    for (index, first) in sessions.iter().enumerate() {
        for second in sessions.iter().skip(index + 1) {
            let (one, other) = (first.spec(), second.spec());
            let clash = |what, value: &str| {
                Err(ConfigError::Clash {
                    first: one.type_name.to_owned(),
                    second: other.type_name.to_owned(),
                    what,
                    value: value.to_owned(),
                })
            };
            if let (Some(a), Some(b)) = (first.cookie_name(), second.cookie_name())
                && names_clash(a, b)
            {
                return clash("cookie name", b);
            }
            if one.headers_clash(other) {
                return clash("header", other.header.unwrap_or_default());
            }
        }
    }
    Ok(())
}

/// Refuses sessions of one family that share a key and a `typ`: they would accept each other's tokens, even
/// with different cookie names. Two structs of the same name are views of one session, so they may share
/// both.
fn refuse_shared_keys(sessions: &[&dyn AnyTokens]) -> Result<(), ConfigError> {
    let keys: Vec<_> = sessions.iter().map(|tokens| tokens.key_digests()).collect();
    for (index, (first, own)) in sessions.iter().zip(&keys).enumerate() {
        for (second, others) in sessions.iter().zip(&keys).skip(index + 1) {
            if are_exchangeable(*first, *second) && own.iter().any(|key| others.contains(key)) {
                let (first, second) = (first.spec(), second.spec());
                return Err(ConfigError::SharedKey {
                    first: first.type_name.to_owned(),
                    second: second.type_name.to_owned(),
                    typ: first.typ.to_owned(),
                    encrypted: is_jwe(first),
                });
            }
        }
    }
    Ok(())
}

/// Returns whether only the key keeps the tokens of the two apart. The claims of foreign tokens say whose they are, and
/// what is foreign is not one of ours if ours have an audience or a `typ` of their own.
fn are_exchangeable(first: &dyn AnyTokens, second: &dyn AnyTokens) -> bool {
    let (one, other) = (first.spec(), second.spec());
    let takes_foreign = |own: &dyn AnyTokens, foreign: &Spec| {
        let types = foreign.elsewhere.map_or(&[][..], |elsewhere| elsewhere.types);
        let is_type = types.iter().any(|typ| typ.eq_ignore_ascii_case(own.spec().typ));
        is_type && !is_jwe(own.spec()) && !own.requires_audience()
    };
    match (one.elsewhere, other.elsewhere) {
        (None, None) => one.name != other.name && one.typ == other.typ && is_jwe(one) == is_jwe(other),
        (None, Some(_)) => takes_foreign(first, other),
        (Some(_), None) => takes_foreign(second, one),
        (Some(_), Some(_)) => false,
    }
}

fn is_jwe(spec: &Spec) -> bool {
    matches!(spec.protection, Protection::Jwe { .. })
}
