//! The requirements on a token's registered claims.

use super::{Audience, AudienceOut, Choice, Id, Registered, Reserved, Stamp, Text};
use crate::clock::NumericDate;
use crate::error::{Error, ErrorKind};
use crate::spec::Spec;

/// The claim policy of one session: that of the attribute, with the values that the deployment set.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Vec<String>,
    pub(crate) subject: Option<String>,
    pub(crate) tolerance: u64,
    pub(crate) required: &'static [&'static str],
    pub(crate) max_age: Option<u64>,
}

/// The facts about a token, as read from its claims.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) id: Id,
    pub(crate) created_at: NumericDate,
    /// The earlier of `exp` and `iat + max_age`.
    pub(crate) expires_at: Option<NumericDate>,
    /// The lifetime that was chosen at the login.
    pub(crate) choice: Choice,
}

impl Policy {
    pub(crate) fn new(spec: &Spec) -> Self {
        Self {
            issuer: spec.policy.issuer.map(str::to_owned),
            audience: spec.policy.audience.iter().map(|&recipient| recipient.to_owned()).collect(),
            subject: spec.policy.subject.map(str::to_owned),
            tolerance: spec.policy.clock_tolerance,
            required: spec.policy.required_claims,
            max_age: spec.max_age,
        }
    }

    /// Returns the claims that must not be members of the struct.
    pub(crate) fn reserved(&self) -> Reserved {
        Reserved {
            iss: self.issuer.is_some(),
            sub: self.subject.is_some(),
            aud: !self.audience.is_empty(),
            rm: self.max_age.is_some(),
        }
    }

    /// Returns whether a token or session with this expiry has expired at `now`. All checks of expiry use
    /// this method.
    pub(crate) fn is_expired(&self, expires_at: Option<NumericDate>, now: NumericDate) -> bool {
        expires_at.is_some_and(|at| at.plus(self.tolerance) <= now)
    }

    /// Returns the lifetime of a token in seconds: the chosen one, limited by the attribute's.
    fn lifetime(&self, choice: Choice) -> Option<u64> {
        self.max_age.map(|max_age| choice.max_age.map_or(max_age, |chosen| chosen.min(max_age)))
    }

    /// Returns `exp` of a token made now.
    pub(crate) fn expiry(&self, now: NumericDate, choice: Choice) -> Option<NumericDate> {
        self.lifetime(choice).map(|lifetime| now.plus(lifetime))
    }

    /// Checks the claims of this payload, except expiry, which the caller checks with
    /// [`is_expired`](Self::is_expired).
    pub(crate) fn check(
        &self,
        claims: &Registered<'_>,
        payload: &[u8],
        now: NumericDate,
    ) -> Result<Facts, Error> {
        let id = match &claims.jti {
            Text::Value(id) if !id.is_empty() => Id::of(id, payload),
            Text::Absent => return Err(Error::new(ErrorKind::ClaimMissing, "`jti`")),
            Text::Value(_) | Text::Wrong => {
                return Err(Error::new(ErrorKind::ClaimInvalid, "`jti` is not a non-empty string"));
            }
        };
        let Some(created_at) = claims.iat.get()? else {
            return Err(Error::new(ErrorKind::ClaimMissing, "`iat`"));
        };
        let (exp, nbf) = (claims.exp.get()?, claims.nbf.get()?);
        if let Some(name) = claims.missing {
            let reason = format!("`{name}`, which `required_claims` names");
            return Err(Error::explained(ErrorKind::ClaimMissing, reason));
        }
        self.check_parties(claims)?;

        let latest = now.plus(self.tolerance);
        if nbf.is_some_and(|nbf| nbf > latest) {
            return Err(Error::new(ErrorKind::NotYetValid, "`nbf` is in the future"));
        }
        if created_at > latest.plus(CLOCK_SKEW) {
            return Err(Error::new(ErrorKind::NotYetValid, "`iat` is in the future"));
        }
        let choice = match &claims.rm {
            Text::Absent => Choice::default(),
            Text::Value(claim) => Choice::parse(claim).ok_or(WRONG_CHOICE)?,
            Text::Wrong => return Err(WRONG_CHOICE),
        };
        let by_age = self.lifetime(choice).map(|lifetime| created_at.plus(lifetime));
        let expires_at = match (exp, by_age) {
            (Some(exp), Some(by_age)) => Some(exp.min(by_age)),
            (exp, by_age) => exp.or(by_age),
        };
        Ok(Facts { id, created_at, expires_at, choice })
    }

    fn check_parties(&self, claims: &Registered<'_>) -> Result<(), Error> {
        check_text(self.issuer.as_deref(), &claims.iss, "`iss`", "`iss` is another")?;
        check_text(self.subject.as_deref(), &claims.sub, "`sub`", "`sub` is another")?;
        if self.audience.is_empty() {
            return Ok(());
        }
        match &claims.aud {
            Audience::Value(recipients)
                if recipients.iter().any(|recipient| self.audience.iter().any(|own| own == recipient)) =>
            {
                Ok(())
            }
            Audience::Absent => Err(Error::new(ErrorKind::ClaimMissing, "`aud`")),
            Audience::Value(_) | Audience::Wrong => {
                Err(Error::new(ErrorKind::ClaimInvalid, "`aud` is another"))
            }
        }
    }

    /// Returns the claims that a write adds to the data.
    pub(crate) fn stamp<'a>(
        &'a self,
        jti: &'a str,
        iat: NumericDate,
        exp: Option<NumericDate>,
        choice: Choice,
    ) -> Stamp<'a> {
        let aud = match self.audience.as_slice() {
            [] => None,
            [one] => Some(AudienceOut::One(one)),
            many => Some(AudienceOut::Many(many)),
        };
        Stamp {
            jti,
            iat,
            exp,
            iss: self.issuer.as_deref(),
            sub: self.subject.as_deref(),
            aud,
            rm: choice.to_claim(),
        }
    }
}

const WRONG_CHOICE: Error = Error::new(ErrorKind::ClaimInvalid, "`rm` is not a lifetime that a login chose");

/// The number of seconds, in addition to `clock_tolerance`, by which `iat` may lie in the future: the clocks
/// of a service's machines differ slightly, and a session that another machine just made must not be refused.
const CLOCK_SKEW: u64 = 60;

fn check_text(
    wanted: Option<&str>,
    claim: &Text<'_>,
    name: &'static str,
    other: &'static str,
) -> Result<(), Error> {
    match (wanted, claim) {
        (None, _) => Ok(()),
        (Some(wanted), Text::Value(text)) if text == wanted => Ok(()),
        (Some(_), Text::Absent) => Err(Error::new(ErrorKind::ClaimMissing, name)),
        (Some(_), Text::Value(_) | Text::Wrong) => Err(Error::new(ErrorKind::ClaimInvalid, other)),
    }
}
