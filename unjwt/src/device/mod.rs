//! Keys that browsers keep on their devices (W3C Device Bound Session Credentials): how tokens name them, and the proofs
//! that are made with them.

mod key;
mod proof;

pub(crate) use key::{Device, DeviceKey};
pub(crate) use proof::{Proof, Refused, unquoted};

/// The paths of the two routes, which are those of the whole origin: a login's cookie has to reach them.
pub(crate) const START: &str = "/.well-known/dbsc/start";
pub(crate) const REFRESH: &str = "/.well-known/dbsc/refresh";
