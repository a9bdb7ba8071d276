//! The status that answers an error, and the headers that belong to it.

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::rejection::RejectionKind;
use crate::error::{Error, ErrorKind};

/// 401 where the client's token or session is at fault, 403 and 413 for what it may not or cannot do, 503 for what may work
/// later, else 500 or the status that a hook chose.
pub(crate) fn status_of(error: &Error) -> StatusCode {
    match RejectionKind::from(error.kind()) {
        RejectionKind::Absent | RejectionKind::Expired | RejectionKind::Rejected | RejectionKind::Cleared => {
            StatusCode::UNAUTHORIZED
        }
        RejectionKind::CrossSite => StatusCode::FORBIDDEN,
        RejectionKind::Overloaded | RejectionKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        RejectionKind::Hook => error.hook_status().unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        // A write that does not fit, which no reading is rejected for.
        RejectionKind::Internal if error.kind() == ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RejectionKind::Internal | RejectionKind::NotInstalled => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The headers that a status asks for, and nothing of why.
pub(crate) fn complete(status: StatusCode, headers: &mut HeaderMap) {
    if status == StatusCode::UNAUTHORIZED {
        // RFC 9110 §15.5.2 wants a challenge; RFC 6750 §3 wants no detail for a request without credentials.
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        // About as long as a full queue takes.
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written out once more, since the answer of each kind is a promise.
    #[test]
    fn each_kind_has_its_status() {
        use ErrorKind::*;
        let expected: &[(u16, &[ErrorKind])] = &[
            (401, &[Expired, NotYetValid, ClaimInvalid, ClaimMissing, PayloadInvalid, Refused]),
            (401, &[JwsInvalid, JwsSignatureInvalid, JwsAlgorithmNotAllowed, JweInvalid]),
            (401, &[JweDecryptionFailed, JweAlgorithmNotAllowed, JweEncryptionNotAllowed, KeyNotFound]),
            (401, &[ChunksIncomplete, MissingField, NoSession]),
            (403, &[CrossSite]),
            (413, &[TooLarge]),
            (500, &[Hook, KeyUnusable, Unserializable, Conflict, ResponseSent, NotInstalled, Crypto]),
            (503, &[Overloaded, Unavailable]),
        ];
        for (status, kinds) in expected {
            for kind in *kinds {
                assert_eq!(status_of(&Error::new(*kind, "")).as_u16(), *status, "{kind:?}");
            }
        }
        assert_eq!(status_of(&Error::hook(StatusCode::CONFLICT)), StatusCode::CONFLICT);
    }
}
