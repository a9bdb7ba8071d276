//! The links between a session and those that belong to its login, made once when they are configured.

use std::any::{Any, TypeId};
#[cfg(feature = "dbsc")]
use std::sync::Weak;
use std::sync::{Arc, OnceLock};

use super::{Inner, Tokens};
use crate::config_error::ConfigError;
#[cfg(feature = "dbsc")]
use crate::cookie::write::CookieWriter;
#[cfg(feature = "dbsc")]
use crate::device::START;
use crate::login::ledger::Ledger;
#[cfg(feature = "dbsc")]
use crate::session::device::{Bound, BoundSession};
use crate::session::{NoLogin, SessionType};

/// The login of a session with `login = ..`.
#[derive(Clone)]
pub(crate) struct Link {
    /// The `Tokens` of the login's session.
    tokens: Arc<dyn Any + Send + Sync>,
    ledger: Option<Ledger>,
}

/// A session that leaves a request when its login does.
pub(crate) type Dependent = Box<dyn Fn(&dyn Any) + Send + Sync>;

/// The links of one session.
#[derive(Default)]
pub(super) struct Links {
    login: OnceLock<Link>,
    dependents: OnceLock<Box<[Dependent]>>,
    /// The one of the dependents that is bound to devices.
    #[cfg(feature = "dbsc")]
    bound: OnceLock<Arc<dyn BoundSession>>,
}

impl Links {
    /// Returns the logins' store of a session that is checked with those of its login.
    pub(super) fn ledger(&self) -> Option<&Ledger> {
        self.login.get()?.ledger.as_ref()
    }
}

/// Tokens that may be gone.
#[cfg(feature = "dbsc")]
pub(crate) struct WeakTokens<T: SessionType>(Weak<Inner<T>>);

#[cfg(feature = "dbsc")]
impl<T: SessionType> WeakTokens<T> {
    pub(crate) fn upgrade(&self) -> Option<Tokens<T>> {
        self.0.upgrade().map(Tokens)
    }
}

/// A session of any type while links are made.
pub(crate) trait Linked {
    fn id(&self) -> TypeId;
    /// Returns the type of the session's login, if that is another session.
    fn login(&self) -> Option<TypeId>;
    fn to_link(&self) -> Link;
    fn belong_to(&self, link: Link);
    fn to_dependent(&self) -> Dependent;
    fn set_dependents(&self, dependents: Box<[Dependent]>);
    /// Returns the session if it is bound to devices.
    #[cfg(feature = "dbsc")]
    fn to_bound(&self) -> Option<Arc<dyn BoundSession>>;
    #[cfg(feature = "dbsc")]
    fn set_bound(&self, bound: Vec<Arc<dyn BoundSession>>) -> Result<(), ConfigError>;
    /// Returns the error for a login that is not configured.
    fn missing(&self) -> ConfigError;
}

impl<T: SessionType> Linked for Tokens<T> {
    fn id(&self) -> TypeId {
        TypeId::of::<T>()
    }

    fn login(&self) -> Option<TypeId> {
        let login = TypeId::of::<T::Login>();
        (login != TypeId::of::<NoLogin>()).then_some(login)
    }

    fn to_link(&self) -> Link {
        Link { tokens: Arc::new(self.clone()), ledger: self.0.ledger.clone() }
    }

    fn belong_to(&self, mut link: Link) {
        if !self.0.spec.has_login() {
            link.ledger = None;
        }
        // Never set before: the tokens were made for this call.
        let _ = self.0.links.login.set(link);
    }

    fn to_dependent(&self) -> Dependent {
        // A session that nobody holds any more leaves no request.
        let inner = Arc::<Inner<T>>::downgrade(&self.0);
        Box::new(move |request| {
            if let Some(inner) = inner.upgrade() {
                T::__leave(&Self(inner), request);
            }
        })
    }

    fn set_dependents(&self, dependents: Box<[Dependent]>) {
        let _ = self.0.links.dependents.set(dependents);
    }

    #[cfg(feature = "dbsc")]
    fn to_bound(&self) -> Option<Arc<dyn BoundSession>> {
        self.0.spec.bound.then(|| Arc::new(Bound(self.downgrade())) as Arc<dyn BoundSession>)
    }

    #[cfg(feature = "dbsc")]
    fn set_bound(&self, bound: Vec<Arc<dyn BoundSession>>) -> Result<(), ConfigError> {
        let count = bound.len();
        let Some(bound) = bound.into_iter().next() else { return Ok(()) };
        if !self.0.cookie.as_ref().is_some_and(CookieWriter::is_of_every_path) {
            return Err(ConfigError::Cookie {
                session: T::SPEC.type_name.to_owned(),
                attribute: "Path",
                value: self.0.cookie.as_ref().map_or("", CookieWriter::attributes).to_owned(),
                reason: format!(
                    "a session of this login is bound to the device, and the login's cookie has to reach `{START}`: leave \
                     `.cookie_path(..)` out"
                ),
            });
        }
        if count > 1 {
            return Err(ConfigError::Policy {
                session: T::SPEC.type_name.to_owned(),
                claim: "cnf",
                value: format!("{count} keys"),
                reason: "a browser makes a key for each session that is bound to the device, and a login has one: leave \
                         `bind` in one of the sessions that belong to it"
                    .to_owned(),
            });
        }
        if let Some(ledger) = &self.0.ledger {
            ledger.set_binds();
        }
        let _ = self.0.links.bound.set(bound);
        Ok(())
    }

    fn missing(&self) -> ConfigError {
        let login = self.0.spec.login.map_or("", |login| login.type_name);
        ConfigError::LoginMissing { session: T::SPEC.type_name.to_owned(), login: login.to_owned() }
    }
}

/// Links each session with the one whose login it belongs to.
///
/// # Errors
///
/// [`ConfigError::LoginMissing`] if that is not among them.
pub(crate) fn link(sessions: &[&dyn Linked]) -> Result<(), ConfigError> {
    for session in sessions {
        let Some(login) = session.login() else { continue };
        let login = sessions.iter().find(|other| other.id() == login).ok_or_else(|| session.missing())?;
        session.belong_to(login.to_link());
    }
    for login in sessions {
        let own = || sessions.iter().filter(|session| session.login() == Some(login.id()));
        let dependents: Vec<_> = own().map(|session| session.to_dependent()).collect();
        if !dependents.is_empty() {
            login.set_dependents(dependents.into());
        }
        #[cfg(feature = "dbsc")]
        login.set_bound(own().filter_map(|session| session.to_bound()).collect())?;
    }
    Ok(())
}

impl<T: SessionType> Tokens<T> {
    /// Returns the tokens of the session's login.
    pub(crate) fn login_tokens<X: SessionType>(&self) -> Option<&Tokens<X>> {
        self.0.links.login.get()?.tokens.downcast_ref()
    }

    /// Returns whether the session belongs to the login of another one, or others to its.
    pub(crate) fn is_linked(&self) -> bool {
        self.0.spec.login.is_some() || !self.dependents().is_empty()
    }

    /// Returns the session that belongs to this one's login and is bound to devices.
    #[cfg(feature = "dbsc")]
    pub(crate) fn bound(&self) -> Option<&dyn BoundSession> {
        self.0.links.bound.get().map(AsRef::as_ref)
    }

    #[cfg(feature = "dbsc")]
    fn downgrade(&self) -> WeakTokens<T> {
        WeakTokens(Arc::downgrade(&self.0))
    }

    /// Returns the sessions that belong to this one's login.
    pub(crate) fn dependents(&self) -> &[Dependent] {
        self.0.links.dependents.get().map(AsRef::as_ref).unwrap_or_default()
    }
}
