//! Reading a session from a verified payload.

use http::HeaderMap;

use super::Tokens;
use super::open::{Bytes, Data, Found, Opened};
use crate::claims;
use crate::claims::Registered;
use crate::claims::data::Wire;
use crate::clock::NumericDate;
use crate::error::{Error, ErrorKind};
use crate::session::SessionType;

/// A session's data as serde sees it.
type WireOf<T> = Wire<T, <T as SessionType>::Provenance>;

impl<T: SessionType> Tokens<T> {
    /// Reads a verified payload; `issuer` is the place of the one whose keys opened it.
    pub(crate) fn read_payload(&self, payload: Bytes, issuer: Option<usize>, now: NumericDate) -> Opened<T> {
        let read = || {
            let mut claims = Registered::default();
            let data: Option<WireOf<T>> =
                claims::read(&payload, self.0.reserved, self.0.policy.required, &mut claims)?;
            let facts = self.0.policy.check(&claims, &payload, issuer, now)?;
            let Some(data) = data else {
                return Err(Error::explained(ErrorKind::PayloadInvalid, self.why_not(&payload)));
            };
            Ok((facts, Data::Own(data.0)))
        };
        match read() {
            Err(error) => Opened::Rejected(error),
            Ok((facts, data)) if self.0.policy.is_expired(facts.expires_at, now) => {
                Opened::Expired(Found { facts, data, payload, is_checked: true })
            }
            Ok((facts, data)) => Opened::Valid(Found { facts, data, payload, is_checked: true }),
        }
    }

    /// Reads the struct from a payload that was read before.
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
        let (mut claims, required) = (Registered::default(), self.0.policy.required);
        let data =
            claims::read::<WireOf<T>>(payload, self.0.reserved, required, &mut claims).map_err(refused)?;
        self.0.policy.check(&claims, payload, None, now).map_err(refused)?;
        if data.is_none() {
            let reason = format!("it could not be read back: {}", self.why_not(payload));
            return Err(Error::explained(ErrorKind::Unserializable, reason));
        }
        Ok(())
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
                Opened::Expired(_) | Opened::Ended | Opened::Reused(_) | Opened::Rejected(_) => None,
            }
        })
    }
}
