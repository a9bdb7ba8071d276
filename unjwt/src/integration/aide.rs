//! Sessions as arguments of handlers that `aide` documents.
//!
//! The sessions of a handler are listed in the operation's `security` as alternatives; `{}` among them means that it answers
//! without a session too. `aide` asks an optional extractor for its input alone, and one that is required for its early
//! responses as well, so the former adds alternatives and the latter removes those without the session. Where it is told to
//! infer no responses, all sessions are therefore optional in its document.
//!
//! Of the responses with one status `aide` keeps the first: those of the output, then those of the arguments in their order.
//! An error as an output therefore names no status, which would hide what an extractor of the service answers with it.

// Generated code refers to these through this crate.
pub use aide::OperationInput;
pub use aide::generate::GenContext;
pub use aide::openapi::Operation;
use aide::openapi::{Response, SecurityRequirement, StatusCode};
use aide::operation::OperationOutput;

use crate::error::Error;
use crate::http::rejection::SessionRejection;
use crate::request::hooks::Session;
use crate::request::logout::Logout;
use crate::request::manager::SessionManager;
#[cfg(feature = "dbsc")]
use crate::session::DeviceBound;
use crate::session::current::Current;

#[cfg(feature = "dbsc")]
use super::dbsc::RequireBound;
use super::fresh::Fresh;

/// The responses of an extractor that has not run the handler.
pub type EarlyResponses = Vec<(Option<u16>, Response)>;

/// Says that the operation takes the session, if there is one.
pub fn allow_session<T: Session>(operation: &mut Operation) {
    allow(&mut operation.security, &names::<T>());
}

/// Says that the operation needs the session, and returns the responses without it.
pub fn require_session<T: Session>(operation: &mut Operation) -> EarlyResponses {
    let names = names::<T>();
    allow(&mut operation.security, &names);
    operation.security.retain(|alternative| names.iter().any(|name| alternative.contains_key(name)));
    let without = unless_stated(operation, 401, "No valid session.");
    without.into_iter().chain(failures::<T>(operation)).collect()
}

/// Returns the responses of an extractor that needs no session.
fn failures<T: Session>(operation: &Operation) -> EarlyResponses {
    let refused = "The request is refused, as one that the page of another site sent.";
    let later = "Something that the session depends on is unavailable, or overloaded.";
    let csrf = if T::SPEC.csrf { unless_stated(operation, 403, refused) } else { None };
    csrf.into_iter().chain(unless_stated(operation, 503, later)).collect()
}

/// Returns a response, unless another session of the operation, or the handler itself, has stated one with this status.
fn unless_stated(operation: &Operation, status: u16, description: &str) -> Option<(Option<u16>, Response)> {
    let stated =
        operation.responses.as_ref().is_some_and(|all| all.responses.contains_key(&StatusCode::Code(status)));
    (!stated).then(|| (Some(status), without_body(description)))
}

fn without_body(description: &str) -> Response {
    Response { description: description.to_owned(), ..Response::default() }
}

fn names<T: Session>() -> Vec<String> {
    T::security_schemes().iter().map(|scheme| scheme.name().to_owned()).collect()
}

/// Adds each alternative with each of the schemes. Nothing, if one has them already.
fn allow(security: &mut Vec<SecurityRequirement>, names: &[String]) {
    if security.iter().any(|alternative| names.iter().any(|name| alternative.contains_key(name))) {
        return;
    }
    if security.is_empty() {
        security.push(SecurityRequirement::new());
    }
    let with: Vec<_> = names
        .iter()
        .flat_map(|name| {
            security.iter().map(|alternative| {
                let mut with = alternative.clone();
                with.insert(name.clone(), Vec::new());
                with
            })
        })
        .collect();
    security.extend(with);
}

impl<T: Session> OperationInput for Current<T> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        allow_session::<T>(operation);
    }

    fn inferred_early_responses(_: &mut GenContext, operation: &mut Operation) -> EarlyResponses {
        require_session::<T>(operation)
    }
}

impl<T: Session, const SECONDS: u64> OperationInput for Fresh<T, SECONDS> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        Current::<T>::operation_input(context, operation);
    }

    fn inferred_early_responses(context: &mut GenContext, operation: &mut Operation) -> EarlyResponses {
        Current::<T>::inferred_early_responses(context, operation)
    }
}

#[cfg(feature = "dbsc")]
impl<T: DeviceBound + Session> OperationInput for RequireBound<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        Current::<T>::operation_input(context, operation);
    }

    fn inferred_early_responses(context: &mut GenContext, operation: &mut Operation) -> EarlyResponses {
        let not_bound = "The request is refused, as one whose session is not bound to the browser's device.";
        let mut responses = Current::<T>::inferred_early_responses(context, operation);
        responses.retain(|(status, _)| *status != Some(403));
        responses.extend(unless_stated(operation, 403, not_bound));
        responses
    }
}

impl<T: Session> OperationInput for SessionManager<T> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        allow_session::<T>(operation);
    }

    fn inferred_early_responses(_: &mut GenContext, operation: &mut Operation) -> EarlyResponses {
        failures::<T>(operation)
    }
}

impl<T: Session> OperationInput for Logout<T> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        allow_session::<T>(operation);
    }

    fn inferred_early_responses(_: &mut GenContext, operation: &mut Operation) -> EarlyResponses {
        failures::<T>(operation)
    }
}

/// The operation's `default`: the status is that of what failed.
impl OperationOutput for Error {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<Response> {
        Some(without_body("A session could not be read or written."))
    }

    fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> EarlyResponses {
        Self::operation_response(context, operation).map(|response| (None, response)).into_iter().collect()
    }
}

/// The operation's `default`, beside the responses of the argument that was refused.
impl OperationOutput for SessionRejection {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<Response> {
        Some(without_body("There is no session, or none that suffices."))
    }

    fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> EarlyResponses {
        Self::operation_response(context, operation).map(|response| (None, response)).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alternatives(security: &[SecurityRequirement]) -> Vec<Vec<&str>> {
        security.iter().map(|one| one.keys().map(String::as_str).collect()).collect()
    }

    #[test]
    fn sessions_are_combined() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let mut security = Vec::new();
        allow(&mut security, &names(&["a"]));
        assert_eq!(alternatives(&security), [vec![], vec!["a"]]);
        allow(&mut security, &names(&["a"]));
        assert_eq!(security.len(), 2, "twice is once");
        allow(&mut security, &names(&["b", "c"]));
        let all = [vec![], vec!["a"], vec!["b"], vec!["a", "b"], vec!["c"], vec!["a", "c"]];
        assert_eq!(alternatives(&security), all);
    }
}
