//! The payload: one JSON object, the struct's members first, then the registered claims (RFC 7519 §4.1).

mod choice;
pub(crate) mod data;
mod derived;
mod explain;
mod fields;
mod id;
mod member_name;
mod policy;
pub(crate) mod provenance;
mod read;
mod registered;
mod scopes;
pub(crate) mod versions;
mod write;

pub(crate) use choice::Choice;
pub(crate) use derived::is_derived;
pub(crate) use explain::explain;
pub(crate) use id::Id;
pub(crate) use policy::{Facts, Policy, Trusted};
pub(crate) use read::{Registered, read};
#[cfg(feature = "dbsc")]
pub(crate) use registered::Confirmation;
pub(crate) use registered::{Audience, Count, Counters, Date, Text};
pub use scopes::Scopes;
pub(crate) use write::{AudienceOut, Stamp, write};

/// The claims that belong to the session's policy and never to the struct, in addition to `jti`, `iat`, `exp`
/// and `nbf`: those that the attribute or the deployment declares.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reserved {
    pub(crate) iss: bool,
    pub(crate) sub: bool,
    pub(crate) aud: bool,
    /// The claim that names the audience where `aud` may be absent.
    pub(crate) audience_claim: Option<&'static str>,
    /// `true` for a session with a `max_age`, since a shorter lifetime may be chosen at its login.
    pub(crate) rm: bool,
    /// `true` for a session that states when its user signed in.
    pub(crate) auth_time: bool,
    /// `sid` and `ep`: `true` for a session whose logins can end.
    pub(crate) login: bool,
    /// `gen`: `true` for a session that rotates.
    pub(crate) generation: bool,
    /// `v` and `vr`: `true` for a session with a `version`.
    pub(crate) version: bool,
    /// `cnf`: `true` for a session that is bound to a device, and for one that may be the login of such a session.
    #[cfg(feature = "dbsc")]
    pub(crate) device: bool,
}

impl Reserved {
    fn contains(self, name: &str) -> bool {
        match name {
            "jti" | "iat" | "exp" | "nbf" => true,
            "iss" => self.iss,
            "sub" => self.sub,
            "aud" => self.aud,
            "rm" => self.rm,
            "auth_time" => self.auth_time,
            "sid" | "ep" => self.login,
            "gen" => self.generation,
            "v" | "vr" => self.version,
            #[cfg(feature = "dbsc")]
            "cnf" => self.device,
            _ => self.audience_claim == Some(name),
        }
    }
}
