//! The answers of bound sessions as HTTP responses (W3C Device Bound Session Credentials).

use std::any::Any;
use std::sync::Arc;

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::status;
use crate::device::unquoted;
use crate::session::device::{Asks, BoundSession, DeviceAnswer, DeviceRequest};

const PROOF: HeaderName = HeaderName::from_static("secure-session-response");
const ID: HeaderName = HeaderName::from_static("sec-secure-session-id");
const CHALLENGE: HeaderName = HeaderName::from_static("secure-session-challenge");

/// The longest identifier of a browser's session: ours are shorter.
const LONGEST_ID: usize = 512;

/// Answers a browser that registers its device.
pub(crate) async fn start(
    sessions: &[Arc<dyn BoundSession>],
    request: &(dyn Any + Send + Sync),
    headers: &HeaderMap,
) -> Response<String> {
    match text(headers, &PROOF) {
        Some(proof) => {
            answer(sessions, request, &DeviceRequest { headers, asks: Asks::Start { proof } }).await
        }
        None => respond(DeviceAnswer::Refused("the request has no `Secure-Session-Response`")),
    }
}

/// Answers a browser that renews a bound session.
pub(crate) async fn refresh(
    sessions: &[Arc<dyn BoundSession>],
    request: &(dyn Any + Send + Sync),
    headers: &HeaderMap,
) -> Response<String> {
    let Some(id) = text(headers, &ID).map(unquoted).filter(|id| id.len() <= LONGEST_ID) else {
        return respond(DeviceAnswer::Refused("the request has no `Sec-Secure-Session-Id`"));
    };
    let asks = Asks::Refresh { id, proof: text(headers, &PROOF) };
    answer(sessions, request, &DeviceRequest { headers, asks }).await
}

/// Returns the value of a header that a browser sends once.
fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

async fn answer(
    sessions: &[Arc<dyn BoundSession>],
    request: &(dyn Any + Send + Sync),
    asked: &DeviceRequest<'_>,
) -> Response<String> {
    let mut answer = DeviceAnswer::Foreign;
    for session in sessions {
        answer = session.answer(request, asked).await;
        if !matches!(answer, DeviceAnswer::Foreign) {
            break;
        }
    }
    respond(answer)
}

fn respond(answer: DeviceAnswer) -> Response<String> {
    let mut response = match answer {
        DeviceAnswer::Bound { id, instructions, challenge } => {
            let mut response = json(instructions);
            if let Some(challenge) = challenge {
                response.headers_mut().insert(CHALLENGE, challenge_value(&challenge, Some(&id)));
            }
            response
        }
        DeviceAnswer::Over { instructions } => json(instructions),
        DeviceAnswer::Challenged { id, challenge } => {
            let mut response = empty(StatusCode::FORBIDDEN);
            response.headers_mut().insert(CHALLENGE, challenge_value(&challenge, id.as_deref()));
            response
        }
        DeviceAnswer::Refused(reason) => refused(reason),
        DeviceAnswer::Foreign => refused("it is for none of the sessions"),
        DeviceAnswer::Failed(error) => {
            tracing::debug!(code = error.code(), reason = %error, "a bound session was not renewed");
            // An error of the client's would end the browser's session, whose login lives.
            let status = error.status();
            let status = if status.is_server_error() { status } else { StatusCode::SERVICE_UNAVAILABLE };
            status::response(status, &error).map(|()| String::new())
        }
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn refused(reason: &str) -> Response<String> {
    tracing::debug!(reason, "a browser's proof was refused");
    empty(StatusCode::BAD_REQUEST)
}

fn json(body: String) -> Response<String> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn empty(status: StatusCode) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    response
}

fn challenge_value(challenge: &str, id: Option<&str>) -> HeaderValue {
    let id = id.map(|id| format!(";id=\"{id}\"")).unwrap_or_default();
    // Neither has a character that a header cannot have: an identifier came in one.
    HeaderValue::try_from(format!("\"{challenge}\"{id}")).unwrap_or(HeaderValue::from_static("\"\""))
}
