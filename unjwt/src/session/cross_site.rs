//! The origins that may send a session's cookie with a request that changes something.

use super::origin::{Origin, configured};
use crate::config_error::ConfigError;
use crate::spec::Spec;

/// The configured origins, not yet validated.
#[derive(Default)]
pub(crate) struct CrossSiteSettings {
    pub(crate) public: Option<String>,
    pub(crate) trusted: Vec<String>,
}

/// The requirements of a session on the origin of a request.
#[derive(Clone, Debug)]
pub(crate) struct CrossSitePolicy {
    is_checked: bool,
    public: Option<Origin<Box<str>>>,
    trusted: Box<[Origin<Box<str>>]>,
}

impl CrossSiteSettings {
    pub(crate) fn policy(&self, spec: &Spec) -> Result<CrossSitePolicy, ConfigError> {
        let read = |setting, text: &str| {
            let origin = if spec.cookie.is_none() {
                Err("has no effect without a cookie: only cookies are sent automatically; remove it"
                    .to_owned())
            } else if !spec.csrf {
                Err("has no effect with `csrf = \"off\"`; remove one of them".to_owned())
            } else {
                configured(text)
            };
            origin.map_err(|reason| ConfigError::Origin {
                session: spec.type_name.to_owned(),
                setting,
                value: without_password(text),
                reason,
            })
        };
        Ok(CrossSitePolicy {
            is_checked: spec.checks_origins(),
            public: self.public.as_deref().map(|text| read("public_origin", text)).transpose()?,
            trusted: self.trusted.iter().map(|text| read("trust_origin", text)).collect::<Result<_, _>>()?,
        })
    }
}

impl CrossSitePolicy {
    /// Returns whether the origin of a request is checked at all.
    pub(crate) fn is_checked(&self) -> bool {
        self.is_checked
    }

    /// Returns the service's own origin, if it was configured because a proxy hides it.
    pub(crate) fn public(&self) -> Option<&Origin<Box<str>>> {
        self.public.as_ref()
    }

    pub(crate) fn trusts(&self, origin: &Origin<&str>) -> bool {
        self.trusted.iter().any(|trusted| trusted.is(origin))
    }

    /// Returns whether this origin is that of the service to which the request for `host` was sent.
    pub(crate) fn is_own(&self, origin: &Origin<&str>, host: Option<&str>) -> bool {
        match &self.public {
            Some(public) => public.is(origin),
            None => host.is_some_and(|host| origin.is_at(host)),
        }
    }
}

/// Removes user information, since a URL with a password may have been pasted into the configuration.
fn without_password(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, rest)) => format!("..@{rest}"),
        None => text.to_owned(),
    }
}
