//! The requirements on a token's registered claims.

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "dbsc")]
use super::Confirmation;
use super::versions::{self, Shape};
use super::write::EpochsOut;
use super::{Audience, AudienceOut, Choice, Counters, Date, Id, Registered, Reserved, Stamp, Text};
use crate::clock::NumericDate;
#[cfg(feature = "dbsc")]
use crate::device::Device;
use crate::error::{Error, ErrorKind};
use crate::login::epochs::Epochs;
use crate::login::id::LoginId;
use crate::login::rotation::longest_jitter;
use crate::login::{Login, SignIn};
use crate::spec::{Spec, VersionSpec};

/// The claim policy of one session: that of the attribute, with the values that the deployment set.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Vec<String>,
    pub(crate) subject: Option<String>,
    pub(crate) tolerance: u64,
    pub(crate) required: &'static [&'static str],
    pub(crate) max_age: Option<u64>,
    /// The time in seconds after the sign-in at which the session ends.
    absolute: Option<u64>,
    has_auth_time: bool,
    /// The groups of a session whose logins can end.
    groups: Option<Groups>,
    rotates: bool,
    /// The issuers of a session whose tokens are issued elsewhere, each with its audience.
    trusted: Option<Vec<Trusted>>,
    audience_claim: Option<&'static str>,
    /// The session belongs to the login of another one.
    is_dependent: bool,
    version: Option<VersionSpec>,
    session: &'static str,
    /// The session names the device that it is bound to.
    #[cfg(feature = "dbsc")]
    names_device: bool,
    /// The session only verifies tokens, so that it is bound to nothing.
    #[cfg(feature = "dbsc")]
    is_read_only: bool,
}

/// An issuer that a session trusts.
#[derive(Clone, Debug)]
pub(crate) struct Trusted {
    pub(crate) issuer: Arc<str>,
    pub(crate) audience: Vec<String>,
}

/// The way in which a token names the groups of its login.
#[derive(Clone, Copy, Debug)]
enum Groups {
    /// By the session's fields with these names.
    Fields(&'static [&'static str]),
    /// By the keys of their records, since the fields are those of another session.
    Keys,
}

/// The facts about a token, as read from its claims.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// `None` only if the token was issued elsewhere.
    pub(crate) id: Option<Id>,
    /// `None` only if the token was issued elsewhere.
    pub(crate) created_at: Option<NumericDate>,
    /// The earlier of `exp` and `iat + max_age`.
    pub(crate) expires_at: Option<NumericDate>,
    /// The lifetime that was chosen at the login.
    pub(crate) choice: Choice,
    pub(crate) sign_in: SignIn,
    /// The issuer, if the token was issued elsewhere.
    pub(crate) issuer: Option<Arc<str>>,
    /// The version of the payload.
    pub(crate) version: u32,
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
            absolute: spec.absolute.or(spec.login.and_then(|login| login.absolute)),
            has_auth_time: spec.has_auth_time(),
            groups: match spec.revocable {
                Some(revocable) => Some(Groups::Fields(revocable.groups)),
                None => spec.has_login().then_some(Groups::Keys),
            },
            rotates: spec.rotation().is_some(),
            trusted: spec.elsewhere.map(|_| Vec::new()),
            audience_claim: spec.elsewhere.and_then(|elsewhere| elsewhere.audience_claim),
            is_dependent: spec.login.is_some(),
            version: spec.version,
            session: spec.name,
            #[cfg(feature = "dbsc")]
            names_device: spec.names_device(),
            #[cfg(feature = "dbsc")]
            is_read_only: spec.read_only,
        }
    }

    /// Returns the claims that must not be members of the struct.
    pub(crate) fn reserved(&self) -> Reserved {
        Reserved {
            iss: self.issuer.is_some() || self.trusted.is_some(),
            sub: self.subject.is_some(),
            aud: !self.audience.is_empty() || self.trusted.is_some(),
            audience_claim: self.audience_claim,
            rm: self.max_age.is_some() && self.trusted.is_none(),
            auth_time: self.has_auth_time,
            login: self.groups.is_some(),
            generation: self.rotates,
            version: self.version.is_some(),
            #[cfg(feature = "dbsc")]
            device: self.names_device,
        }
    }

    /// Returns the version of the session's struct.
    fn own_version(&self) -> u32 {
        self.version.map_or(VersionSpec::FIRST, |version| version.own)
    }

    /// Returns the error of a payload that this program does not understand.
    pub(crate) fn newer(&self, facts: &Facts) -> Error {
        versions::newer(facts.version, self.own_version())
    }

    /// Returns whether a token or session with this expiry has expired at `now`. All checks of expiry use
    /// this method.
    pub(crate) fn is_expired(&self, expires_at: Option<NumericDate>, now: NumericDate) -> bool {
        expires_at.is_some_and(|at| at.plus(self.tolerance) <= now)
    }

    /// Returns the time after which [`is_expired`](Self::is_expired) will hold.
    pub(crate) fn remaining(&self, expires_at: NumericDate, now: NumericDate) -> Duration {
        Duration::from_secs(expires_at.plus(self.tolerance).as_secs().saturating_sub(now.as_secs()))
    }

    /// Returns the lifetime of a token in seconds: the chosen one, limited by the attribute's.
    fn lifetime(&self, choice: Choice) -> Option<u64> {
        self.max_age.map(|max_age| choice.max_age.map_or(max_age, |chosen| chosen.min(max_age)))
    }

    /// Returns the latest `exp` of a token made at this time, which is never past the end of its login.
    pub(crate) fn expiry(&self, now: NumericDate, choice: Choice, sign_in: &SignIn) -> Option<NumericDate> {
        self.expiry_after(now, self.lifetime(choice), sign_in)
    }

    /// Returns `exp` of a token made now. A session that belongs to the login of another one is shorter at random, so
    /// that a thief and a victim do not stay in step (`draw` is a random number).
    pub(crate) fn new_expiry(
        &self,
        now: NumericDate,
        choice: Choice,
        sign_in: &SignIn,
        draw: impl FnOnce() -> u64,
    ) -> Option<NumericDate> {
        let mut lifetime = self.lifetime(choice);
        if let Some(lifetime) = lifetime.as_mut().filter(|_| self.is_dependent) {
            *lifetime -= draw() % (longest_jitter(*lifetime) + 1);
        }
        self.expiry_after(now, lifetime, sign_in)
    }

    /// Returns whether a token of this age is renewed, `after` seconds by the attribute, and a new one would last longer.
    /// A session with a shorter lifetime by choice is renewed at the same share of it.
    pub(crate) fn is_due(
        &self,
        after: u64,
        created_at: NumericDate,
        exp: Option<NumericDate>,
        choice: Choice,
        sign_in: &SignIn,
        now: NumericDate,
    ) -> bool {
        let after = match (self.lifetime(choice), self.max_age) {
            (Some(chosen), Some(whole)) if chosen < whole => {
                let share = u128::from(after) * u128::from(chosen) / u128::from(whole.max(1));
                u64::try_from(share).unwrap_or(after)
            }
            _ => after,
        };
        created_at.plus(after) <= now && self.expiry(now, choice, sign_in) > exp
    }

    fn expiry_after(&self, now: NumericDate, lifetime: Option<u64>, sign_in: &SignIn) -> Option<NumericDate> {
        let by_age = lifetime.map(|lifetime| now.plus(lifetime));
        by_age.into_iter().chain(self.login_end(sign_in)).min()
    }

    fn login_end(&self, sign_in: &SignIn) -> Option<NumericDate> {
        sign_in.auth_time.zip(self.absolute).map(|(auth_time, absolute)| auth_time.plus(absolute))
    }

    /// Returns the sign-in of a token that states none yet.
    pub(crate) fn sign_in(&self, now: NumericDate, login: Option<Arc<Login>>) -> SignIn {
        SignIn::new(self.has_auth_time.then_some(now), login)
    }

    /// Checks the claims of this payload, except expiry, which the caller checks with [`is_expired`](Self::is_expired).
    /// Returns also how this program reads the payload.
    ///
    /// `issuer` is the place among the trusted issuers of the one whose keys the token was opened with.
    pub(crate) fn check(
        &self,
        claims: &Registered<'_>,
        payload: &[u8],
        issuer: Option<usize>,
        now: NumericDate,
    ) -> Result<(Facts, Shape), Error> {
        let is_foreign = self.trusted.is_some();
        let id = match &claims.jti {
            Text::Value(id) if !id.is_empty() => Some(Id::of(id, payload)),
            Text::Absent if is_foreign => None,
            Text::Absent => return Err(Error::new(ErrorKind::ClaimMissing, "`jti`")),
            Text::Value(_) | Text::Wrong => {
                return Err(Error::new(ErrorKind::ClaimInvalid, "`jti` is not a non-empty string"));
            }
        };
        let (created_at, exp, nbf) = (claims.iat.get()?, claims.exp.get()?, claims.nbf.get()?);
        // A foreign token needs one of the two, so that it ends.
        if created_at.is_none() && !(is_foreign && self.max_age.is_none()) {
            return Err(Error::new(ErrorKind::ClaimMissing, "`iat`"));
        }
        if exp.is_none() && is_foreign && self.max_age.is_none() {
            return Err(Error::new(ErrorKind::ClaimMissing, "`exp`"));
        }
        let (version, shape) = versions::shape(claims, self.version)?;
        // A struct of another version has other members, and says itself which of them it needs.
        let is_needed = |name: &&&str| shape == Shape::Readable || self.reserved().contains(name);
        if let Some(name) = claims.missing.iter().find(is_needed) {
            let reason = format!("`{name}`, which `required_claims` names");
            return Err(Error::explained(ErrorKind::ClaimMissing, reason));
        }
        let issuer = self.check_parties(claims, issuer)?;

        let latest = now.plus(self.tolerance);
        if nbf.is_some_and(|nbf| nbf > latest) {
            return Err(Error::new(ErrorKind::NotYetValid, "`nbf` is in the future"));
        }
        if created_at.is_some_and(|at| at > latest.plus(CLOCK_SKEW)) {
            return Err(Error::new(ErrorKind::NotYetValid, "`iat` is in the future"));
        }
        let choice = match &claims.rm {
            Text::Absent => Choice::default(),
            Text::Value(claim) => Choice::parse(claim).ok_or(WRONG_CHOICE)?,
            Text::Wrong => return Err(WRONG_CHOICE),
        };
        let (sign_in, by_age) = match created_at {
            Some(created_at) => {
                let sign_in = self.check_sign_in(claims, created_at, latest)?;
                let by_age = self.expiry(created_at, choice, &sign_in);
                (sign_in, by_age)
            }
            None => (SignIn::default(), None),
        };
        #[cfg(feature = "dbsc")]
        let sign_in = self.check_device(claims, sign_in)?;
        // A newer program may have a longer lifetime, and its `exp` says so.
        let by_age = by_age.filter(|_| exp.is_none() || version <= self.own_version());
        let expires_at = exp.into_iter().chain(by_age).min();
        Ok((Facts { id, created_at, expires_at, choice, sign_in, issuer, version }, shape))
    }

    /// Returns the sign-in that the claims state. A token from before the session stated it is a login of its own,
    /// which began when the token was made.
    fn check_sign_in(
        &self,
        claims: &Registered<'_>,
        created_at: NumericDate,
        latest: NumericDate,
    ) -> Result<SignIn, Error> {
        if !self.has_auth_time {
            return Ok(SignIn::default());
        }
        let auth_time = claims.auth_time.get()?.unwrap_or(created_at);
        if auth_time > latest.plus(CLOCK_SKEW) {
            return Err(Error::new(ErrorKind::NotYetValid, "`auth_time` is in the future"));
        }
        let Some(groups) = self.groups else {
            return Ok(SignIn::new(Some(auth_time), None));
        };
        let id = match (&claims.sid, &claims.jti) {
            (Text::Value(sid), _) if !sid.is_empty() => LoginId::of_sid(sid),
            (Text::Absent, Text::Value(jti)) => LoginId::of_jti(self.session, jti),
            _ => return Err(Error::new(ErrorKind::ClaimInvalid, "`sid` is not a non-empty string")),
        };
        let stated = match &claims.ep {
            Counters::Absent => &[][..],
            Counters::Value(stated) => stated,
            Counters::Wrong => {
                return Err(Error::new(ErrorKind::ClaimInvalid, "`ep` is not an object of numbers"));
            }
        };
        let stated = stated.iter().map(|(name, epoch)| (&**name, *epoch));
        let (epochs, keys) = match groups {
            Groups::Fields(fields) => (Epochs::of_claim(stated, fields), None),
            Groups::Keys => {
                let (epochs, keys) = Epochs::of_claim_with_keys(stated);
                (epochs, Some(keys))
            }
        };
        let generation = match claims.generation {
            Date::Absent => None,
            Date::Value(generation) => Some(generation.as_secs()),
            Date::Wrong => return Err(Error::new(ErrorKind::ClaimInvalid, "`gen` is not a number")),
        };
        let login = Login { id, epochs, generation, keys, is_bound: false };
        Ok(SignIn::new(Some(auth_time), Some(Arc::new(login))))
    }

    /// Adds the device that the token is bound to.
    #[cfg(feature = "dbsc")]
    fn check_device(&self, claims: &Registered<'_>, sign_in: SignIn) -> Result<SignIn, Error> {
        const WRONG: Error = Error::new(ErrorKind::ClaimInvalid, "`cnf` is not the key of a device");
        let device = match &claims.cnf {
            Confirmation::Absent => return Ok(sign_in),
            // The service that writes the token looks at it.
            _ if self.is_read_only => return Ok(sign_in),
            // The key of a login verifies its proofs; those of other sessions are that login's.
            Confirmation::Value(device) if self.is_dependent || device.key().is_some() => device,
            Confirmation::Value(_) | Confirmation::Wrong => return Err(WRONG),
        };
        Ok(sign_in.bound(device.clone()))
    }

    #[cfg(feature = "dbsc")]
    fn confirmation(&self, sign_in: &SignIn) -> Option<Device> {
        let device = sign_in.device.as_deref().filter(|_| self.names_device)?;
        Some(if self.is_dependent { device.named() } else { device.clone() })
    }

    /// Checks who issued the token and for whom. Returns the issuer of a token that was issued elsewhere.
    fn check_parties(
        &self,
        claims: &Registered<'_>,
        opened_by: Option<usize>,
    ) -> Result<Option<Arc<str>>, Error> {
        check_text(self.subject.as_deref(), &claims.sub, "`sub`", "`sub` is another")?;
        let Some(trusted) = &self.trusted else {
            check_text(self.issuer.as_deref(), &claims.iss, "`iss`", "`iss` is another")?;
            if !self.audience.is_empty() {
                check_audience(&self.audience, &claims.aud, "`aud`")?;
            }
            return Ok(None);
        };
        const ANOTHER: Error = Error::new(ErrorKind::ClaimInvalid, "`iss` is another");
        let issuer = match &claims.iss {
            Text::Value(issuer) => issuer,
            Text::Absent => return Err(Error::new(ErrorKind::ClaimMissing, "`iss`")),
            Text::Wrong => return Err(ANOTHER),
        };
        let found = trusted.iter().enumerate().find(|(_, trusted)| *trusted.issuer == **issuer);
        let (index, trusted) = found.ok_or(ANOTHER)?;
        // The keys of one issuer prove nothing about the tokens of another one.
        if opened_by.is_some_and(|opened_by| opened_by != index) {
            return Err(ANOTHER);
        }
        if self.audience_claim.is_some() {
            check_audience(
                &trusted.audience,
                &claims.in_place_of_aud,
                "the claim that `audience_claim` names",
            )?;
        }
        // RFC 7519 §4.1.3: whatever else names the audience, an `aud` that is there must be right.
        if self.audience_claim.is_none() || claims.aud != Audience::Absent {
            check_audience(&trusted.audience, &claims.aud, "`aud`")?;
        }
        Ok(Some(Arc::clone(&trusted.issuer)))
    }

    /// Sets the issuers of a session whose tokens are issued elsewhere.
    pub(crate) fn trust(&mut self, issuers: Vec<Trusted>) {
        self.trusted = Some(issuers);
    }

    /// Returns the place of an issuer among the trusted ones.
    pub(crate) fn issuer_at(&self, issuer: &str) -> Option<usize> {
        self.trusted.as_ref()?.iter().position(|trusted| *trusted.issuer == *issuer)
    }

    /// Returns the names of the fields that tell the groups of the session's own logins.
    fn fields(&self) -> &'static [&'static str] {
        match self.groups {
            Some(Groups::Fields(fields)) => fields,
            Some(Groups::Keys) | None => &[],
        }
    }

    /// Returns the claims that a write adds to the data.
    pub(crate) fn stamp<'a>(
        &'a self,
        jti: &'a str,
        iat: NumericDate,
        exp: Option<NumericDate>,
        choice: Choice,
        sign_in: &SignIn,
        version: u32,
    ) -> Stamp<'a> {
        let aud = match self.audience.as_slice() {
            [] => None,
            [one] => Some(AudienceOut::One(one)),
            many => Some(AudienceOut::Many(many)),
        };
        // Who understands what an older version writes was said by its program.
        let readable_by = self.version.filter(|spec| spec.own == version);
        let readable_by = readable_by.map_or(version, |spec| spec.readable_by);
        Stamp {
            jti,
            iat,
            exp,
            iss: self.issuer.as_deref(),
            sub: self.subject.as_deref(),
            aud,
            rm: choice.to_claim(),
            auth_time: sign_in.auth_time,
            sid: sign_in.login_id(),
            ep: sign_in.login.as_ref().and_then(|login| EpochsOut::new(login, self.fields())),
            generation: sign_in.login.as_ref().and_then(|login| login.generation),
            v: (version > VersionSpec::FIRST).then_some(version),
            vr: (readable_by < version).then_some(readable_by),
            #[cfg(feature = "dbsc")]
            cnf: self.confirmation(sign_in),
        }
    }
}

const WRONG_CHOICE: Error = Error::new(ErrorKind::ClaimInvalid, "`rm` is not a lifetime that a login chose");

/// The number of seconds, in addition to `clock_tolerance`, by which `iat` may lie in the future: the clocks
/// of a service's machines differ slightly, and a session that another machine just made must not be refused.
const CLOCK_SKEW: u64 = 60;

fn check_audience(own: &[String], claim: &Audience<'_>, name: &'static str) -> Result<(), Error> {
    match claim {
        Audience::Value(recipients)
            if recipients.iter().any(|recipient| own.iter().any(|own| own == recipient)) =>
        {
            Ok(())
        }
        Audience::Absent => Err(Error::new(ErrorKind::ClaimMissing, name)),
        Audience::Value(_) | Audience::Wrong => {
            Err(Error::explained(ErrorKind::ClaimInvalid, format!("{name} is another")))
        }
    }
}

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
