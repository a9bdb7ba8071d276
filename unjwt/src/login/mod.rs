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

use crate::clock::NumericDate;
use epochs::Epochs;
use id::LoginId;

/// A login as a token names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) id: LoginId,
    /// The epochs under which it began.
    pub(crate) epochs: Epochs,
}

/// The sign-in that a token states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignIn {
    /// The time of the sign-in, for a session that needs it.
    pub(crate) auth_time: Option<NumericDate>,
    /// The login, for a session that can be revoked.
    pub(crate) login: Option<Login>,
}
