//! The status that answers an error, and the headers that belong to it.

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::error::{Error, ErrorKind};

/// 401 where the client's token or session is at fault, 403 and 413 for what it may not or cannot do, 503 for what may work
/// later, else 500 or the status that a hook chose.
pub(crate) fn status_of(error: &Error) -> StatusCode {
    match error.kind() {
        ErrorKind::Expired
        | ErrorKind::NotYetValid
        | ErrorKind::ClaimInvalid
        | ErrorKind::ClaimMissing
        | ErrorKind::PayloadInvalid
        | ErrorKind::JwsInvalid
        | ErrorKind::JwsSignatureInvalid
        | ErrorKind::JwsAlgorithmNotAllowed
        | ErrorKind::JweInvalid
        | ErrorKind::JweDecryptionFailed
        | ErrorKind::JweAlgorithmNotAllowed
        | ErrorKind::JweEncryptionNotAllowed
        | ErrorKind::KeyNotFound
        | ErrorKind::ChunksIncomplete
        | ErrorKind::Refused
        | ErrorKind::MissingField
        | ErrorKind::NoSession => StatusCode::UNAUTHORIZED,
        ErrorKind::CrossSite => StatusCode::FORBIDDEN,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Overloaded | ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Hook => error.hook_status().unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        ErrorKind::KeyUnusable
        | ErrorKind::Unserializable
        | ErrorKind::ResponseSent
        | ErrorKind::NotInstalled
        | ErrorKind::Crypto => StatusCode::INTERNAL_SERVER_ERROR,
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
