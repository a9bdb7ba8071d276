//! The offer of a registration, which goes out with the cookies of a login that is not bound yet.

use http::HeaderValue;

use crate::device::START;
use crate::error::Error;
use crate::request::context::Context;
use crate::request::hooks::Session;
use crate::session::SessionType;
use crate::session::tokens::Tokens;
use crate::session::tokens::device::Purpose;

/// Offers a registration for a bound session of this login. A browser without device-bound sessions ignores it, and one that
/// has registered already does so once more.
pub(in crate::request) async fn offer<T: SessionType>(context: &Context, tokens: &Tokens<T>, subject: &str) {
    match value(tokens, subject).await {
        Ok(value) => context.offer(T::SPEC.name, value),
        // The login stands, unbound; the next response offers it again.
        Err(error) => {
            tracing::warn!(session = T::SPEC.type_name, reason = %error, "a device-bound session cannot be offered");
        }
    }
}

/// Offers a registration for each bound session that belongs to this login.
pub(in crate::request) async fn offer_each<X: Session>(context: &Context, tokens: &Tokens<X>, subject: &str) {
    for bound in tokens.bound() {
        bound.offer(context, subject).await;
    }
}

async fn value<T: SessionType>(tokens: &Tokens<T>, subject: &str) -> Result<HeaderValue, Error> {
    let challenge = tokens.challenge(Purpose::Start, subject).await?;
    let value = format!("(ES256 RS256);path=\"{START}\";challenge=\"{challenge}\"");
    // A token has no character that a header cannot have.
    Ok(HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("()")))
}
