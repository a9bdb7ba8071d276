//! The offer of a registration, which goes out with the cookies of a login that is not bound yet.

use http::HeaderValue;

use super::subject;
use crate::device::START;
use crate::error::Error;
use crate::request::context::Context;
use crate::request::hooks::Session;
use crate::request::login;
use crate::request::manager::SessionManager;
use crate::session::SessionType;
use crate::session::current::Current;
use crate::session::tokens::Tokens;
use crate::session::tokens::device::Purpose;

/// Offers a registration with the cookies of a login that begins, and of a bound session that is not bound yet.
pub(in crate::request) async fn offer<T: Session>(
    manager: &SessionManager<T>,
    current: &Current<T>,
    begins: bool,
) {
    let subject = subject(&current.sign_in);
    if T::SPEC.bound {
        offer_own(&manager.context, &manager.slot.tokens, &subject).await;
    } else if begins {
        offer_bound(manager, &subject).await;
    }
}

/// Offers a registration for a bound session of this login. A browser without device-bound sessions ignores it, and one that
/// has registered already does so once more.
async fn offer_own<T: SessionType>(context: &Context, tokens: &Tokens<T>, subject: &str) {
    match value(tokens, subject).await {
        Ok(value) => context.offer(T::SPEC.name, value),
        // The login stands, unbound; the next response offers it again.
        Err(error) => {
            tracing::warn!(session = T::SPEC.type_name, reason = %error, "a device-bound session cannot be offered");
        }
    }
}

/// Offers a registration for the bound session of a login that has just begun, with the session itself.
///
/// A request that comes before the registration is answered has a session then, and is not renewed: its response could
/// arrive after that of the registration, and put an unbound session in the place of the bound one.
async fn offer_bound<X: Session>(manager: &SessionManager<X>, subject: &str) {
    // What a hook writes may be undone.
    let makes = manager.origin.is_handler();
    if let Some(bound) = manager.slot.tokens.bound() {
        bound.offer(&manager.context, subject, makes).await;
    }
}

/// Offers a registration for the bound session of a login that has just begun; with `makes`, makes the session too.
pub(in crate::request) async fn begin<T: Session>(
    context: &Context,
    tokens: &Tokens<T>,
    subject: &str,
    makes: bool,
) {
    let made = match SessionManager::unread(context, tokens) {
        // The session's own write offers the registration.
        Ok(manager) if makes => login::renew(&manager).await.map(|()| manager.current().is_some()),
        other => other.map(|_| false),
    };
    if let Err(error) = &made {
        // The login stands, and the next request makes the session.
        tracing::debug!(session = T::SPEC.type_name, reason = %error, "a login began without its bound session");
    }
    if !matches!(made, Ok(true)) {
        offer_own(context, tokens, subject).await;
    }
}

async fn value<T: SessionType>(tokens: &Tokens<T>, subject: &str) -> Result<HeaderValue, Error> {
    let challenge = tokens.challenge(Purpose::Start, subject).await?;
    let value = format!("(ES256 RS256);path=\"{START}\";challenge=\"{challenge}\"");
    // A token has no character that a header cannot have.
    Ok(HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("()")))
}
