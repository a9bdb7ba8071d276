//! The values of a deployment, validated by the same rules as the attribute.

use std::fmt;

use unjwt_rules::cookie::{Attribute, Conflict, Cookie};
use unjwt_rules::{Place, Refusal, Setting, claims, cookie, domain};

use super::cross_site::CrossSiteSettings;
use crate::claims::Policy;
use crate::clock::Clock;
use crate::config_error::ConfigError;
use crate::cookie::attributes::Attributes;
use crate::cookie::write::CookieWriter;
use crate::spec::{CookieSpec, SameSite, Spec};

/// The values of a deployment, not yet validated.
#[derive(Default)]
pub struct Deployment {
    pub(super) issuer: Option<String>,
    pub(super) audience: Option<Vec<String>>,
    pub(super) cookie_name: Option<String>,
    pub(super) cookie_path: Option<String>,
    pub(super) cookie_domain: Option<String>,
    pub(super) clock: Clock,
    pub(super) insecure_cookies: bool,
    pub(super) cross_site: CrossSiteSettings,
}

impl fmt::Debug for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deployment").finish_non_exhaustive()
    }
}

impl Deployment {
    /// Returns the claim policy of the attribute, with the values that the deployment sets.
    pub(super) fn policy(&self, spec: &Spec) -> Result<Policy, ConfigError> {
        let mut policy = Policy::new(spec);
        if let Some(issuer) = &self.issuer {
            check_issuer(spec, issuer)?;
            undeclared(spec, "iss", Setting::ISSUER)
                .map_err(|refusal| claim_error(spec, Setting::ISSUER, issuer, &refusal))?;
            policy.issuer = Some(issuer.clone());
        }
        if let Some(audience) = &self.audience {
            check_audience(spec, audience)?;
            let claim = spec.elsewhere.and_then(|elsewhere| elsewhere.audience_claim).unwrap_or("aud");
            undeclared(spec, claim, Setting::AUDIENCE)
                .map_err(|refusal| claim_error(spec, Setting::AUDIENCE, &audience.join(", "), &refusal))?;
            policy.audience.clone_from(audience);
        }
        Ok(policy)
    }

    /// Returns the writer of the session's cookie, if it has one.
    pub(super) fn cookie(&self, spec: &'static Spec) -> Result<Option<CookieWriter>, ConfigError> {
        let is_on = spec.cookie.is_some();
        if let Some(name) = &self.cookie_name {
            cookie::present(is_on, Setting::NAME)
                .and_then(|()| cookie::name(name, Place::Config))
                .map_err(|refusal| cookie_error(spec, "name", name, &refusal))?;
        }
        if let Some(path) = &self.cookie_path {
            cookie::present(is_on, Setting::PATH)
                .and_then(|()| cookie::path(path, Place::Config))
                .map_err(|refusal| cookie_error(spec, "Path", path, &refusal))?;
        }
        if let Some(domain) = &self.cookie_domain {
            let refused = |refusal| cookie_error(spec, "Domain", domain, &refusal);
            cookie::written(is_on, spec.read_only, Setting::DOMAIN, Place::Config)
                .and_then(|()| domain::check(domain, Place::Config))
                .map_err(refused)?;
        }
        if self.insecure_cookies {
            cookie::insecure(is_on).map_err(|refusal| cookie_error(spec, "Secure", "off", &refusal))?;
        }
        let Some(settings) = &spec.cookie else { return Ok(None) };
        let domain = self.cookie_domain.as_deref().or(settings.domain);
        let secure = settings.secure && !self.insecure_cookies;
        let name = self.cookie_name.as_deref().unwrap_or(spec.name);
        let path = self.cookie_path.as_deref().unwrap_or(settings.path);
        if let Some(Conflict { attribute, refusal }) = conflict(name, path, settings, domain, secure) {
            let (attribute, value) = match attribute {
                Attribute::Secure => ("Secure", "off"),
                Attribute::HttpOnly => ("HttpOnly", "off"),
                Attribute::Domain => ("Domain", domain.unwrap_or_default()),
                Attribute::Path => ("Path", path),
            };
            return Err(cookie_error(spec, attribute, value, &refusal));
        }
        Ok(Some(CookieWriter::new(name, settings, Attributes::new(settings, path, domain, secure))))
    }
}

/// Returns the first conflict because of which browsers would reject the cookie.
fn conflict(
    name: &str,
    path: &str,
    settings: &CookieSpec,
    domain: Option<&str>,
    secure: bool,
) -> Option<Conflict> {
    let cookie = Cookie {
        name,
        path,
        has_domain: domain.is_some(),
        secure,
        http_only: settings.http_only,
        same_site_none: settings.same_site == Some(SameSite::None),
        partitioned: settings.partitioned,
    };
    cookie.conflicts(Place::Config).into_iter().next()
}

/// Checks the name of an issuer.
pub(super) fn check_issuer(spec: &Spec, issuer: &str) -> Result<(), ConfigError> {
    claims::value(Setting::ISSUER, issuer, Place::Config)
        .map_err(|refusal| claim_error(spec, Setting::ISSUER, issuer, &refusal))
}

/// Checks the values of an audience.
pub(super) fn check_audience(spec: &Spec, audience: &[String]) -> Result<(), ConfigError> {
    claims::any(Setting::AUDIENCE, audience, Place::Config)
        .map_err(|refusal| claim_error(spec, Setting::AUDIENCE, "", &refusal))?;
    match claims::values(Setting::AUDIENCE, audience, Place::Config).first() {
        Some((index, refusal)) => {
            let value = audience.get(*index).map(String::as_str).unwrap_or_default();
            Err(claim_error(spec, Setting::AUDIENCE, value, refusal))
        }
        None => Ok(()),
    }
}

/// Checks that a claim which the deployment sets is not a member of the struct.
fn undeclared(spec: &Spec, claim: &str, setting: Setting<'_>) -> Result<(), Refusal> {
    if spec.members.contains(&claim) {
        return Err(claims::declared(claim, setting, Place::Config));
    }
    Ok(())
}

fn claim_error(spec: &Spec, setting: Setting<'static>, value: &str, refusal: &Refusal) -> ConfigError {
    ConfigError::Policy {
        session: spec.type_name.to_owned(),
        claim: setting.key,
        value: value.to_owned(),
        reason: reason(refusal),
    }
}

fn cookie_error(spec: &Spec, attribute: &'static str, value: &str, refusal: &Refusal) -> ConfigError {
    ConfigError::Cookie {
        session: spec.type_name.to_owned(),
        attribute,
        value: value.to_owned(),
        reason: reason(refusal),
    }
}

/// Returns the reason of a refusal and how to correct it.
fn reason(refusal: &Refusal) -> String {
    format!("{}; {}", refusal.why, refusal.fix)
}
