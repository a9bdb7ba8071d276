//! Several sessions of one application, validated together.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::config::Config;
use super::handle::{HasSession, SessionHandle};
use super::tokens::AnyTokens;
use super::{ProvidesState, SessionType};
use crate::config_error::ConfigError;
use crate::spec::{Protection, Spec};

/// Validates the configurations and hands their handles to a function that builds the application's state.
///
/// For services without axum's router; with one, use [`install`](crate::install).
///
/// # Errors
///
/// The first thing that is wrong with a key, a deployment value, or with two sessions together.
pub fn link<C, S>(configs: C, state: impl FnOnce(C::Handles) -> S) -> Result<S, ConfigError>
where
    C: SessionConfigs + LinkedIn<S>,
{
    link_as(&Arc::new(Group::default()), configs, state)
}

/// [`link`] for a layer that serves this group.
pub(crate) fn link_as<C, S>(
    group: &Arc<Group>,
    configs: C,
    state: impl FnOnce(C::Handles) -> S,
) -> Result<S, ConfigError>
where
    C: SessionConfigs + LinkedIn<S>,
{
    Ok(state(configs.__handles(group)?))
}

/// Sessions that were installed by one call: one layer serves them, with one state for their hooks.
#[derive(Default)]
pub struct Group(OnceLock<Arc<dyn Any + Send + Sync>>);

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Group(..)")
    }
}

impl Group {
    /// Gives the group the state that its hooks receive.
    #[cfg(feature = "tower")]
    pub(crate) fn serve(&self, state: Arc<dyn Any + Send + Sync>) {
        // The group is made for the one call that gives it its state.
        let _ = self.0.set(state);
    }

    pub(crate) fn state(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.0.get()
    }
}

/// One [`Config`], or a tuple of up to twenty-four.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session configuration",
    label = "expected `T::config(key)` or a tuple of them",
    note = "write `unjwt::install((First::config(key), Second::config(key)), |(first, second)| ..)`"
)]
pub trait SessionConfigs {
    /// The [`SessionHandle`]s, in the same order.
    type Handles;

    #[doc(hidden)]
    fn __handles(self, group: &Arc<Group>) -> Result<Self::Handles, ConfigError>;

    /// The handles of sessions that no layer serves.
    #[doc(hidden)]
    fn handles(self) -> Result<Self::Handles, ConfigError>
    where
        Self: Sized,
    {
        self.__handles(&Arc::new(Group::default()))
    }
}

/// Configurations whose handles the state `S` holds, and whose hooks receive `S`.
pub trait LinkedIn<S> {}

impl<T: SessionType> SessionConfigs for Config<T> {
    type Handles = SessionHandle<T>;

    fn __handles(self, group: &Arc<Group>) -> Result<Self::Handles, ConfigError> {
        handle(self, group)
    }
}

impl<T: SessionType, S: HasSession<T> + ProvidesState<T::State>> LinkedIn<S> for Config<T> {}

fn handle<T: SessionType>(config: Config<T>, group: &Arc<Group>) -> Result<SessionHandle<T>, ConfigError> {
    let tokens = config.prepare(Some(Arc::downgrade(group)))?;
    if tokens.spec().sources.is_empty() {
        return Err(ConfigError::NoSource { session: T::SPEC.type_name.to_owned() });
    }
    Ok(SessionHandle::new(tokens))
}

macro_rules! tuple {
    ($($session:ident $config:ident),+) => {
        impl<$($session: SessionType),+> SessionConfigs for ($(Config<$session>,)+) {
            type Handles = ($(SessionHandle<$session>,)+);

            fn __handles(self, group: &Arc<Group>) -> Result<Self::Handles, ConfigError> {
                refuse_clashes(&[$(const { &$session::SPEC }),+])?;
                let ($($config,)+) = self;
                let ($($config,)+) = ($(handle($config, group)?,)+);
                refuse_shared_keys(&[$($config.as_any()),+])?;
                Ok(($($config,)+))
            }
        }

        impl<S, $($session: SessionType),+> LinkedIn<S> for ($(Config<$session>,)+)
        where
            $(S: HasSession<$session> + ProvidesState<$session::State>,)+
        {
        }
    };
}

macro_rules! tuples {
    ($session:ident $config:ident) => { tuple!($session $config); };
    ($session:ident $config:ident, $($rest:tt)+) => {
        tuple!($session $config, $($rest)+);
        tuples!($($rest)+);
    };
}

tuples!(
    A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o, P p, Q q, R r, T t, U u, V v, W w, X x, Y y
);

/// `#[derive(SessionState)]` finds these when the state compiles; a state that was written by hand is checked here.
fn refuse_clashes(specs: &[&'static Spec]) -> Result<(), ConfigError> {
    for (index, first) in specs.iter().enumerate() {
        for second in specs.iter().skip(index + 1) {
            let clash = |what, value: &str| {
                Err(ConfigError::Clash {
                    first: first.type_name.to_owned(),
                    second: second.type_name.to_owned(),
                    what,
                    value: value.to_owned(),
                })
            };
            if first.cookies_clash(second) {
                return clash("cookie name", second.name);
            }
            if first.headers_clash(second) {
                return clash("header", second.header.unwrap_or_default());
            }
        }
    }
    Ok(())
}

/// Two sessions of one family that share a key and a `typ` would accept each other's tokens, whatever their cookies are called.
/// Two structs of one name are views of one session, and mean to.
fn refuse_shared_keys(sessions: &[&dyn AnyTokens]) -> Result<(), ConfigError> {
    let sessions: Vec<_> = sessions.iter().map(|tokens| (tokens.spec(), tokens.key_digests())).collect();
    for (index, (first, keys)) in sessions.iter().enumerate() {
        for (second, others) in sessions.iter().skip(index + 1) {
            let is_jwe = |spec: &Spec| matches!(spec.protection, Protection::Jwe { .. });
            let comparable =
                first.name != second.name && first.typ == second.typ && is_jwe(first) == is_jwe(second);
            if comparable && keys.iter().any(|key| others.contains(key)) {
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
