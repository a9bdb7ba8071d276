//! The issuers that a session of an identity provider's tokens trusts.

use super::deployment::{check_audience, check_issuer};
use crate::claims::{Policy, Trusted};
use crate::config_error::ConfigError;
use crate::spec::Spec;

/// Returns the trusted issuers, the first of which is that of the policy, or the one that its keys state.
pub(super) fn trusted_issuers<'a>(
    spec: &Spec,
    policy: &Policy,
    stated: Option<&str>,
    others: impl Iterator<Item = (&'a str, &'a [String])>,
) -> Result<Vec<Trusted>, ConfigError> {
    let missing = |claim, fix: &str| ConfigError::Policy {
        session: spec.type_name.to_owned(),
        claim,
        value: String::new(),
        reason: format!("a token that is issued elsewhere is accepted only if this is checked: {fix}"),
    };
    let issuer = match (&policy.issuer, stated) {
        (Some(own), Some(stated)) if *own != stated => {
            return Err(ConfigError::Policy {
                session: spec.type_name.to_owned(),
                claim: "issuer",
                value: own.clone(),
                reason: format!("the keys are those of the issuer `{stated}`: make the two the same"),
            });
        }
        (Some(own), _) => own.clone(),
        (None, Some(stated)) => stated.to_owned(),
        (None, None) => {
            return Err(missing("issuer", "write `issuer = \"..\"` in the attribute, or call `.issuer(..)`"));
        }
    };
    if policy.audience.is_empty() {
        let fix = "write `audience = \"..\"` in the attribute, or call `.audience([..])`";
        return Err(missing("audience", fix));
    }
    let mut trusted = vec![Trusted { issuer: issuer.into(), audience: policy.audience.clone() }];
    for (issuer, audience) in others {
        check_issuer(spec, issuer)?;
        check_audience(spec, audience)?;
        if trusted.iter().any(|known: &Trusted| *known.issuer == *issuer) {
            return Err(ConfigError::Policy {
                session: spec.type_name.to_owned(),
                claim: "issuer",
                value: issuer.to_owned(),
                reason: "the issuer is trusted twice: give it all its keys and audiences at once".to_owned(),
            });
        }
        trusted.push(Trusted { issuer: issuer.into(), audience: audience.to_vec() });
    }
    Ok(trusted)
}
