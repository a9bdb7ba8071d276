//! Reading a session from a verified payload.

use http::HeaderMap;

use super::Tokens;
use super::open::{Bytes, Found, Opened, Unreadable};
use crate::claims;
use crate::claims::data::Wire;
use crate::claims::versions::{OldPayload, Shape};
use crate::claims::{Facts, Registered};
use crate::clock::NumericDate;
use crate::error::{Error, ErrorKind};
use crate::session::SessionType;

/// A session's data as serde sees it.
type WireOf<T> = Wire<T, <T as SessionType>::Provenance>;

impl<T: SessionType> Tokens<T> {
    /// Reads a verified payload; `issuer` is the place of the one whose keys opened it.
    pub(crate) fn read_payload(&self, payload: Bytes, issuer: Option<usize>, now: NumericDate) -> Opened<T> {
        let mut claims = Registered::default();
        let judged = self.judge(&payload, issuer, now, &mut claims);
        let (facts, data) = match judged {
            Ok(judged) => judged,
            Err(error) => return Opened::Rejected(error),
        };
        let is_expired = self.0.policy.is_expired(facts.expires_at, now);
        match data {
            Ok(data) if is_expired => Opened::Expired(Found::new(facts, data, payload)),
            Ok(data) => Opened::Valid(Found::new(facts, data, payload)),
            Err(reason) if reason.keeps_token() => {
                // What has expired, no other program reads either.
                let reason = if is_expired { Error::new(ErrorKind::Expired, "") } else { reason };
                Opened::Unreadable(Box::new(Unreadable::new(facts, reason, payload)))
            }
            Err(reason) => Opened::Rejected(reason),
        }
    }

    /// Reads the claims and the struct of the payload's version. What is wrong with the claims comes first.
    fn judge<'p>(
        &self,
        payload: &'p [u8],
        issuer: Option<usize>,
        now: NumericDate,
        claims: &mut Registered<'p>,
    ) -> Result<(Facts, Result<T, Error>), Error> {
        let own: Option<WireOf<T>> = claims::read(payload, self.0.reserved, self.0.policy.required, claims)?;
        let (facts, shape) = self.0.policy.check(claims, payload, issuer, now)?;
        let data = match shape {
            Shape::Readable => own
                .map(|data| data.0)
                .ok_or_else(|| Error::explained(ErrorKind::PayloadInvalid, self.why_not(payload))),
            Shape::Older => T::__migrate(OldPayload::new(facts.version, payload, self.0.reserved)),
            Shape::Newer => Err(self.0.policy.newer(&facts)),
        };
        Ok((facts, data))
    }

    /// Reads the struct from a payload that was read before, and is not of an older version.
    pub(crate) fn read_again(&self, payload: &[u8]) -> Option<T> {
        let data: Option<WireOf<T>> =
            claims::read(payload, self.0.reserved, &[], &mut Registered::default()).ok()?;
        data.map(|data| data.0)
    }

    /// Reads what was just written, as the next request will: a token that would be refused must not replace
    /// a valid one. The data need not be equal, since a struct may skip fields.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unserializable`] if the payload would be refused.
    pub(super) fn read_back(&self, payload: &[u8], now: NumericDate) -> Result<(), Error> {
        let refused = |error: Error| {
            Error::explained(
                ErrorKind::Unserializable,
                format!("the session would refuse its own token: {error}"),
            )
        };
        let (_, data) = self.judge(payload, None, now, &mut Registered::default()).map_err(refused)?;
        data.map(drop).map_err(|error| match error.kind() {
            ErrorKind::PayloadInvalid => {
                let reason = format!("it could not be read back: {}", self.why_not(payload));
                Error::explained(ErrorKind::Unserializable, reason)
            }
            _ => refused(error),
        })
    }

    /// Returns the reason why the payload, which is a JSON object, does not fit the struct.
    fn why_not(&self, payload: &[u8]) -> String {
        claims::explain::<WireOf<T>>(payload, self.0.reserved, self.0.spec.members)
            .unwrap_or_else(|| "the claims are not those of the struct".to_owned())
    }

    /// Reads the session from headers without a request, for benchmarks.
    #[doc(hidden)]
    pub fn __read(&self, headers: &HeaderMap) -> Option<T> {
        self.offer(headers, false).candidates().find_map(|candidate| {
            match self.open_now(candidate.token.as_ref()?)? {
                Opened::Valid(found) => Some(found.data.into_own()),
                Opened::Expired(_)
                | Opened::Ended
                | Opened::Reused(_)
                | Opened::Unreadable(_)
                | Opened::Rejected(_) => None,
            }
        })
    }
}
