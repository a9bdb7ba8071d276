//! The end of a sign-in: the browser comes back from the provider.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use unjwt::{Error, SessionManager};

use crate::sessions::{App, Flow, User};
use crate::{page, tokens};

/// The parameters of the callback. One that comes twice is refused, as RFC 6749 §3.1 wants it.
#[derive(Default, Deserialize)]
pub struct Params {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Why a callback begins no login. The log has it, and the visitor has not.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    /// This browser has begun no sign-in, or more than ten minutes ago, or has used it: the link is somebody else's
    /// (login CSRF), or a reload.
    NoFlow,
    /// This browser has begun another sign-in than this one.
    State,
    /// The response is another provider's than the one that the browser was sent to (RFC 9207), or does not say whose
    /// it is, although the provider says that it always does.
    Issuer,
    /// The provider says no, in the words of RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6.
    Provider(String),
    /// Neither a code nor an error.
    NoCode,
}

impl Refusal {
    /// Tells if the callback belongs to this browser's sign-in, which it ends.
    fn is_of_the_flow(&self) -> bool {
        !matches!(self, Self::NoFlow | Self::State)
    }
}

/// The code to exchange, of a callback that belongs to this browser's sign-in. `names_issuer` is the provider's
/// `authorization_response_iss_parameter_supported`.
///
/// The issuer is checked before anything else of the response is used, also of an error (RFC 9207 §2.4).
pub fn check(params: Params, flow: Option<&Flow>, names_issuer: bool) -> Result<String, Refusal> {
    let flow = flow.ok_or(Refusal::NoFlow)?;
    if params.state.as_deref() != Some(&flow.state) {
        return Err(Refusal::State);
    }
    match params.iss {
        Some(iss) if iss == flow.issuer => {}
        None if !names_issuer => {}
        _ => return Err(Refusal::Issuer),
    }
    if let Some(error) = params.error {
        return Err(Refusal::Provider(error));
    }
    params.code.ok_or(Refusal::NoCode)
}

/// Exchanges the code and begins the login. The flow's session ends with its first callback, whatever becomes of it.
pub async fn finish(
    flow: SessionManager<Flow>,
    user: SessionManager<User>,
    State(app): State<Arc<App>>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Error> {
    let Ok(Query(params)) = params else { return Ok(page::no_good()) };
    let begun = flow.current();
    let code = check(params, begun.as_ref().map(|flow| &*flow.data), app.provider.names_issuer());
    // A link that somebody else made does not end the sign-in that this browser has begun.
    if code.as_ref().err().is_none_or(Refusal::is_of_the_flow) {
        flow.clear().await?;
    }
    let (code, begun) = match (code, begun) {
        (Ok(code), Some(begun)) => (code, begun),
        (refused, _) => {
            tracing::info!(reason = ?refused.err(), "a callback was refused");
            return Ok(page::no_good());
        }
    };
    match sign_in(&app, code, &begun.data).await {
        // `replace` ends the login before, of this browser, whosever it was.
        Ok(identity) => {
            user.replace(identity).await?;
            Ok(Redirect::to(&begun.data.return_to).into_response())
        }
        Err(error) => {
            // The provider's words are the log's, not the visitor's, and have no token in them.
            tracing::info!(error = format!("{error:#}"), "a code was refused");
            Ok(page::no_good())
        }
    }
}

/// A code works once, so a copy of the flow's cookie and of the callback's address is worth nothing.
async fn sign_in(app: &App, code: String, flow: &Flow) -> anyhow::Result<User> {
    let token = app.provider.exchange(code, &flow.pkce).await?;
    let token = app.id_tokens.verify_without_hooks(&token).await?;
    tokens::user(&token.data, &flow.nonce, app.provider.client_id()).map_err(anyhow::Error::msg)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://login.example.com";

    fn flow() -> Flow {
        let text = |text: &str| text.to_owned();
        Flow {
            issuer: text(ISSUER),
            state: text("s"),
            nonce: text("n"),
            pkce: text("p"),
            return_to: text("/"),
        }
    }

    fn params(code: Option<&str>, state: Option<&str>, iss: Option<&str>, error: Option<&str>) -> Params {
        let [code, state, iss, error] = [code, state, iss, error].map(|value| value.map(str::to_owned));
        Params { code, state, iss, error }
    }

    #[test]
    fn a_callback_of_this_browsers_sign_in_has_a_code() {
        let given = params(Some("c"), Some("s"), Some(ISSUER), None);
        assert_eq!(check(given, Some(&flow()), true), Ok("c".to_owned()));
        let given = params(Some("c"), Some("s"), None, None);
        assert_eq!(
            check(given, Some(&flow()), false),
            Ok("c".to_owned()),
            "a provider that never names itself"
        );
    }

    #[test]
    fn a_callback_of_another_browser_is_refused() {
        assert_eq!(check(params(Some("c"), Some("s"), Some(ISSUER), None), None, true), Err(Refusal::NoFlow));
        for state in [None, Some(""), Some("S"), Some("ss")] {
            let given = params(Some("c"), state, Some(ISSUER), None);
            assert_eq!(check(given, Some(&flow()), true), Err(Refusal::State), "{state:?}");
        }
    }

    #[test]
    fn a_mixed_up_provider_is_refused_even_if_it_says_no() {
        for iss in [None, Some(""), Some("https://login.example.com/"), Some("https://evil.example")] {
            for (code, error) in [(Some("c"), None), (None, Some("access_denied"))] {
                let given = params(code, Some("s"), iss, error);
                assert_eq!(check(given, Some(&flow()), true), Err(Refusal::Issuer), "{iss:?}");
            }
        }
        let given = params(Some("c"), Some("s"), Some("https://evil.example"), None);
        assert_eq!(
            check(given, Some(&flow()), false),
            Err(Refusal::Issuer),
            "whoever names another is refused"
        );
    }

    #[test]
    fn an_error_is_one_whatever_else_there_is() {
        let given = params(Some("c"), Some("s"), Some(ISSUER), Some("access_denied"));
        assert_eq!(check(given, Some(&flow()), true), Err(Refusal::Provider("access_denied".to_owned())));
        let given = params(None, Some("s"), Some(ISSUER), None);
        assert_eq!(check(given, Some(&flow()), true), Err(Refusal::NoCode));
    }
}
