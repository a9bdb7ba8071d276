//! Challenges for the devices of a bound session, and what a browser is told of the session.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::keys::Keys;
use super::{CodecOf, Tokens};
use crate::clock::NumericDate;
use crate::config_error::KeyError;
use crate::crypto::sha256;
use crate::device::{Device, REFRESH};
use crate::error::{Error, ErrorKind};
use crate::login::SignIn;
use crate::session::SessionType;
use crate::session::current::Current;
use crate::token::{Codec, KeyFamily, Profile};
use crate::util::base64;
use crate::util::workers::{self, Lane};

/// The `typ` of a challenge, which no session has.
const TYP: &str = "unjwt-dbsc-challenge";
/// The longest challenge in bytes: one that an RSA key of 4096 bits encrypted is shorter.
const LONGEST: usize = 2048;
/// The seconds by which the cookie of a bound session ends before its token: browsers count from the arrival of a response, and
/// the token has to be good when the last request with it arrives. Only then nobody comes with a token that has expired, in place
/// of which there is no other without a proof.
pub(super) const EARLIER: u64 = 10;
/// The seconds that a browser has for its registration, and then for its first proof.
const REGISTRATION: u64 = 600;

/// The lifetime in seconds of the session that comes with a registration. Its renewal shows that the answer arrived; until then a
/// copy of the login's cookie is as good as one that is not bound. Chromium renews with the next request, since less than two
/// minutes are left.
pub(crate) const FIRST: u64 = 120;

/// The keys of a session's challenges: those of its tokens, for another `typ`. A challenge needs no memory of the service's,
/// so that any of its machines accepts what another one made.
pub(crate) struct Challenges<K: KeyFamily>(Keys<K>);

impl<K: KeyFamily> Challenges<K> {
    /// Prepares the keys. `profile` is that of the session's tokens.
    pub(crate) fn new(own: (&K, &[K]), profile: &Profile, now: NumericDate) -> Result<Self, KeyError> {
        let name = format!("{} {TYP}", profile.name);
        let profile = Profile { name, typ: Some(TYP.to_owned()), max_token_len: LONGEST, ..profile.clone() };
        Keys::new(own, &[], false, &profile, now).map(Self)
    }
}

/// The purpose of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Purpose {
    /// The registration of a device.
    Start,
    /// The renewal of a bound session.
    Refresh,
}

/// The content of a challenge. The random number makes each another one.
#[derive(Serialize, Deserialize)]
struct Content {
    purpose: Purpose,
    subject: String,
    exp: NumericDate,
    nonce: String,
}

/// The result of looking at a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// It is good for this purpose and subject.
    Good,
    /// It is one of the session's, but old, or for something else.
    Stale,
    /// It is not one of the session's.
    Foreign,
}

impl<T: SessionType> Tokens<T> {
    fn challenges(&self) -> Result<&Challenges<T::Key>, Error> {
        const NOT_BOUND: Error = Error::new(ErrorKind::NotInstalled, "the session is not bound to a device");
        self.0.challenges.as_ref().ok_or(NOT_BOUND)
    }

    /// Makes a challenge.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Overloaded`] if that takes a slow key operation; those of the keys.
    pub(crate) async fn challenge(&self, purpose: Purpose, subject: &str) -> Result<String, Error> {
        let now = self.now();
        let lifetime = match purpose {
            Purpose::Start => REGISTRATION,
            // The browser signs it when the session that came with it ends. Two lifetimes: a tab that renews in parallel
            // makes the one before this one no worse.
            Purpose::Refresh => self.0.spec.max_age.unwrap_or(REGISTRATION).saturating_mul(2),
        };
        let nonce = base64::encode(&crate::crypto::random_bytes::<16>());
        let content = Content { purpose, subject: subject.to_owned(), exp: now.plus(lifetime), nonce };
        const FAILED: Error = Error::new(ErrorKind::Unserializable, "a challenge");
        let mut payload = serde_json::to_vec(&content).map_err(|_| FAILED)?;
        let keys = self.challenges()?.0.own(now)?;
        let codec: &Arc<CodecOf<T>> = &keys.codec;
        if let Some(challenge) = codec.seal_now(&mut payload)? {
            return Ok(challenge);
        }
        let codec = Arc::clone(codec);
        workers::run(Lane::Making, codec.seal_cost().time(), move || codec.seal(&payload)).await?
    }

    /// Judges a challenge that a proof signed.
    ///
    /// # Errors
    ///
    /// As [`challenge`](Self::challenge): failures that are not the client's fault.
    pub(crate) async fn judge_challenge(
        &self,
        challenge: &str,
        purpose: Purpose,
        subject: &str,
    ) -> Result<Judged, Error> {
        let now = self.now();
        let codec = Arc::clone(&self.challenges()?.0.own(now)?.codec);
        let opened = match codec
            .parse(challenge)
            .and_then(|parsed| Ok((codec.open_now(&parsed)?, codec.open_cost(&parsed))))
        {
            Ok((Some(payload), _)) => Ok(payload),
            Ok((None, cost)) => {
                let challenge = challenge.to_owned();
                workers::run(Lane::Opening, cost.time(), move || codec.open(&codec.parse(&challenge)?))
                    .await?
            }
            Err(error) => Err(error),
        };
        let content = opened.ok().and_then(|payload| serde_json::from_slice::<Content>(&payload).ok());
        Ok(match content {
            None => Judged::Foreign,
            Some(content)
                if content.purpose == purpose && content.subject == subject && now < content.exp =>
            {
                Judged::Good
            }
            Some(_) => Judged::Stale,
        })
    }

    /// Returns the device to which a login is bound, unless its browser has registered a moment ago, and not been heard of since:
    /// it may never have seen the answer.
    pub(crate) fn bound_device<'l, X: SessionType>(&self, login: &'l Current<X>) -> Option<&'l Device> {
        let waits_until = login.iat().unwrap_or(NumericDate::from_secs(0)).plus(REGISTRATION);
        let waits = |device: &&Device| device.is_pending() && self.now() < waits_until;
        login.sign_in.device.as_deref().filter(|device| !waits(device))
    }

    /// Returns the identifier by which a browser knows the bound session: of the cookie, the login and the device, so that a
    /// browser that registered twice has two, of which one is known not to be that of its cookie. `None` if the login is not
    /// bound.
    pub(crate) fn device_session(&self, sign_in: &SignIn) -> Option<String> {
        let device = sign_in.device.as_deref()?;
        let login = sign_in.login_id().map(|id| *id.as_bytes()).unwrap_or_default();
        let digest = sha256(&[b"unjwt dbsc", &login[..], device.thumbprint().as_bytes()].concat());
        let digest = base64::encode(digest.get(..16).unwrap_or(&digest));
        Some(format!("{}.{digest}", self.cookie_name()?))
    }

    /// Returns whether a browser's identifier is one of this session's.
    pub(crate) fn is_device_session(&self, id: &str) -> bool {
        let name = self.cookie_name().and_then(|name| id.strip_prefix(name));
        name.is_some_and(|rest| rest.starts_with('.'))
    }

    /// Returns the instructions for a browser that is registered under this identifier: the JSON of both routes' answers.
    pub(crate) fn instructions(&self, id: &str) -> String {
        let attributes = self.0.cookie.as_ref().map_or("", |cookie| cookie.attributes());
        json!({
            "session_identifier": id,
            "refresh_url": REFRESH,
            "scope": { "include_site": false, "scope_specification": [] },
            "credentials": [{ "type": "cookie", "name": self.cookie_name(), "attributes": attributes }],
        })
        .to_string()
    }
}

/// Returns the instructions for a browser whose session under this identifier is over.
pub(crate) fn end_instructions(id: &str) -> String {
    json!({ "session_identifier": id, "continue": false }).to_string()
}
