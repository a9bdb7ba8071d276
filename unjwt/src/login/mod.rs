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
}

/// The sign-in that a token states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignIn {
    /// The time of the sign-in, for a session that needs it.
    pub(crate) auth_time: Option<NumericDate>,
    /// The login, for a session that can be revoked. Shared, so that the facts of other sessions are small.
    pub(crate) login: Option<Arc<Login>>,
}

impl SignIn {
    pub(crate) fn login_id(&self) -> Option<LoginId> {
        self.login.as_ref().map(|login| login.id)
    }
}
