//! The status of an error's response, and the headers that belong to it.

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

use super::rejection::RejectionKind;
use crate::error::{Error, ErrorKind};

impl Error {
    /// Returns the status with which a service answers: 401 if the client's token or session is at fault, 403 for a request of
    /// another origin, 413 for a session that does not fit its cookies, 503 for temporary failures, otherwise 500 or the
    /// status that a hook chose.
    pub fn status(&self) -> StatusCode {
        match RejectionKind::from(self.kind()) {
            RejectionKind::Absent
            | RejectionKind::Expired
            | RejectionKind::Rejected
            | RejectionKind::Cleared
            | RejectionKind::NotFresh => StatusCode::UNAUTHORIZED,
            RejectionKind::TooManyLogins => StatusCode::CONFLICT,
            RejectionKind::CrossSite | RejectionKind::NotBound => StatusCode::FORBIDDEN,
            RejectionKind::Overloaded | RejectionKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            RejectionKind::Hook => self.hook_status().unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            // Only a write can fail with this kind.
            RejectionKind::Internal if self.kind() == ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            RejectionKind::Internal | RejectionKind::NotInstalled => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the response to a request that met the error: its status, the headers that belong to it, `WWW-Authenticate`
    /// (RFC 9110 §15.5.2) or `Retry-After`, and no detail. With axum the error is such a response itself.
    ///
    /// ```
    /// # use http::Response;
    /// fn answer(error: &unjwt::Error) -> Response<String> {
    ///     error.to_response().map(|()| "try again later".to_owned())
    /// }
    /// ```
    pub fn to_response(&self) -> Response<()> {
        response(self.status(), self)
    }
}

/// Returns a response with this status and the headers that it requires, without any detail of the error.
pub(crate) fn response(status: StatusCode, error: &Error) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, challenge(error));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        // About the time in seconds in which a full queue is processed.
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

/// Returns the challenge that RFC 9110 §15.5.2 requires. RFC 6750 §3 advises against details for a request without
/// credentials; RFC 9470 §3 asks for them where the user has to sign in again.
fn challenge(error: &Error) -> HeaderValue {
    const BEARER: HeaderValue = HeaderValue::from_static("Bearer");
    let Some(seconds) = error.max_auth_age() else { return BEARER };
    let challenge = format!(
        "Bearer error=\"insufficient_user_authentication\", error_description=\"A more recent authentication is \
         required\", max_age=\"{seconds}\""
    );
    HeaderValue::try_from(challenge).unwrap_or(BEARER)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spelled out again here, since the status of each kind is part of the public interface.
    #[test]
    fn each_kind_has_its_status() {
        use ErrorKind::*;
        let expected: &[(u16, &[ErrorKind])] = &[
            (
                401,
                &[Expired, NotYetValid, ClaimInvalid, ClaimMissing, PayloadInvalid, VersionDropped, Refused],
            ),
            (401, &[JwsInvalid, JwsSignatureInvalid, JwsAlgorithmNotAllowed, JweInvalid]),
            (401, &[JweDecryptionFailed, JweAlgorithmNotAllowed, JweEncryptionNotAllowed, KeyNotFound]),
            (401, &[ChunksIncomplete, MissingField, NoSession, Ended, Reused, NotFresh]),
            (409, &[TooManyLogins]),
            (403, &[CrossSite, NotBound]),
            (413, &[TooLarge]),
            (
                500,
                &[
                    Hook,
                    KeyUnusable,
                    Unserializable,
                    Conflict,
                    ResponseSent,
                    NotInstalled,
                    MigrationFailed,
                    Crypto,
                ],
            ),
            (503, &[Overloaded, Unavailable, NewerVersion]),
        ];
        for (status, kinds) in expected {
            for kind in *kinds {
                assert_eq!(Error::new(*kind, "").status().as_u16(), *status, "{kind:?}");
            }
        }
        assert_eq!(Error::hook(StatusCode::CONFLICT).status(), StatusCode::CONFLICT);
    }
}
