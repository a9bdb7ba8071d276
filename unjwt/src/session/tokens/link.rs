//! The links between a session and those that belong to its login, made once when they are configured.

use std::any::{Any, TypeId};
use std::sync::{Arc, OnceLock};

use super::{Inner, Tokens};
use crate::config_error::ConfigError;
use crate::login::ledger::Ledger;
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
}

impl Links {
    /// Returns the logins' store of a session that is checked with those of its login.
    pub(super) fn ledger(&self) -> Option<&Ledger> {
        self.login.get()?.ledger.as_ref()
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
        let dependents = sessions.iter().filter(|session| session.login() == Some(login.id()));
        let dependents: Vec<_> = dependents.map(|session| session.to_dependent()).collect();
        if !dependents.is_empty() {
            login.set_dependents(dependents.into());
        }
    }
    Ok(())
}

impl<T: SessionType> Tokens<T> {
    /// Returns the tokens of the session's login.
    pub(crate) fn login_tokens<X: SessionType>(&self) -> Option<&Tokens<X>> {
        self.0.links.login.get()?.tokens.downcast_ref()
    }

    /// Returns whether the session belongs to the login of another one, or others to its.
    #[cfg(any(feature = "axum-core", feature = "tower"))]
    pub(crate) fn is_linked(&self) -> bool {
        self.0.spec.login.is_some() || !self.dependents().is_empty()
    }

    /// Returns the sessions that belong to this one's login.
    pub(crate) fn dependents(&self) -> &[Dependent] {
        self.0.links.dependents.get().map(AsRef::as_ref).unwrap_or_default()
    }
}
