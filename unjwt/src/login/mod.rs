//! Logins: what a person begins by signing in, and what stays while its tokens change.
//!
//! Decisions are pure functions of what a store and this process know; [`ledger`] alone has effects.

pub(crate) mod binding;
pub(crate) mod epochs;
pub(crate) mod group;
pub(crate) mod id;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod memory;
pub(crate) mod record;
pub(crate) mod revocation;
pub(crate) mod rotation;

use std::sync::Arc;

use unjwt_store::Key;

use crate::clock::NumericDate;
#[cfg(feature = "dbsc")]
use crate::device::Device;
use epochs::Epochs;
use id::LoginId;

/// A login as a token names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) id: LoginId,
    /// The epochs under which it began.
    pub(crate) epochs: Epochs,
    /// The generation of the token, if its session rotates.
    pub(crate) generation: Option<u64>,
    /// The keys of its groups, in the order of the epochs after everyone's. `None` if the fields of the session's own
    /// data tell its groups; a session with `login = ..` does not have them.
    pub(crate) keys: Option<Arc<[Key]>>,
    /// `true` for the token of a login that names the device which it is bound to, and whose browser knows of it.
    pub(crate) is_bound: bool,
}

/// The sign-in that a token states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignIn {
    /// The time of the sign-in, for a session that needs it.
    pub(crate) auth_time: Option<NumericDate>,
    /// The login, for a session that can be revoked. Shared, so that the facts of other sessions are small.
    pub(crate) login: Option<Arc<Login>>,
    /// The device that the login is bound to.
    #[cfg(feature = "dbsc")]
    pub(crate) device: Option<Arc<Device>>,
}

impl SignIn {
    /// Creates the sign-in of a token that is bound to no device.
    pub(crate) fn new(auth_time: Option<NumericDate>, login: Option<Arc<Login>>) -> Self {
        Self {
            auth_time,
            login,
            #[cfg(feature = "dbsc")]
            device: None,
        }
    }

    pub(crate) fn login_id(&self) -> Option<LoginId> {
        self.login.as_ref().map(|login| login.id)
    }

    /// Returns the sign-in of a token that is bound to a device.
    #[cfg(feature = "dbsc")]
    pub(crate) fn bound(mut self, device: Device) -> Self {
        // The tokens of a session that belongs to the login end with it, whatever they name.
        if let Some(login) = self.login.as_mut().filter(|login| login.keys.is_none()) {
            Arc::make_mut(login).is_bound = !device.is_pending();
        }
        self.device = Some(Arc::new(device));
        self
    }
}
