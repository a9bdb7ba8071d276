//! Bound sessions: their offer to browsers, and the two routes at which a browser registers and renews.
//!
//! A session is made here only for a request that brings the login's cookie and a proof of the login's device.

mod offer;
mod refresh;
mod start;

use std::any::Any;

use super::context::Context;
use super::hooks::Session;
use super::login::{Entry, LoginType as _, Step};
use super::manager::SessionManager;
use super::write::{self, Edit};
use crate::clock::NumericDate;
use crate::device::Device;
use crate::error::{Error, ErrorKind};
use crate::login::SignIn;
use crate::session::NoLogin;
use crate::session::current::Current;
use crate::session::device::{Asks, DeviceAnswer, DeviceFuture, DeviceRequest};
use crate::session::tokens::Tokens;

pub(super) use offer::{begin, offer};

/// Answers a browser.
pub(super) fn answer<'r, T: Session>(
    tokens: &'r Tokens<T>,
    request: &'r (dyn Any + Send + Sync),
    asked: &'r DeviceRequest<'r>,
) -> DeviceFuture<'r> {
    Box::pin(async move {
        let Some(context) = request.downcast_ref::<Context>() else { return DeviceAnswer::Foreign };
        context.keep_headers(asked.headers);
        let manager = match SessionManager::unread(context, tokens) {
            Ok(manager) => manager,
            Err(error) => return DeviceAnswer::Failed(error),
        };
        let answered = T::Login::__answer(&manager, asked).await;
        answered.unwrap_or_else(DeviceAnswer::Failed)
    })
}

/// Answers a browser for a session that belongs to the login of `X`.
pub(super) fn answer_within<'r, T, X>(
    manager: &'r SessionManager<T>,
    login: &'r Tokens<X>,
    asked: &'r DeviceRequest<'r>,
) -> Step<'r, DeviceAnswer>
where
    T: Session<Login = X>,
    X: Session<Login = NoLogin>,
{
    match asked.asks {
        Asks::Start { proof } => Box::pin(start::start(manager, login, proof)),
        Asks::Refresh { id, proof } => Box::pin(refresh::refresh(manager, login, id, proof)),
    }
}

/// Returns the request's login, or `None` if it has none.
///
/// # Errors
///
/// [`ErrorKind::CrossSite`] for another site's page; those of its hooks and store; [`ErrorKind::NewerVersion`] for one that another program reads better: its client keeps it, and
/// asks again.
async fn login_of<T: Session, X: Session>(
    manager: &SessionManager<T>,
    tokens: &Tokens<X>,
) -> Result<(SessionManager<X>, Option<Current<X>>), Error> {
    const NEWER: Error = Error::new(ErrorKind::NewerVersion, "the login of a newer program");
    // Without the cookies that other sites' pages do not bring, a login would seem to be over.
    manager.context.origin().check(manager.slot.tokens.cross_site())?;
    let login = manager.other(tokens).await?;
    if let Some(reason) = login.kept() {
        return Err(reason);
    }
    match login.current() {
        Some(current) if current.is_newer() => Err(NEWER),
        current => Ok((login, current)),
    }
}

/// Makes the session of a login whose device proved itself; with `most`, one that ends no later.
async fn enter<T, X>(
    manager: &SessionManager<T>,
    current: &Current<X>,
    sign_in: SignIn,
    most: Option<NumericDate>,
) -> Result<Current<T>, Error>
where
    T: Session<Login = X>,
    X: Session,
{
    const NO_DATA: Error = Error::new(ErrorKind::NoSession, "nothing makes the session of its login");
    let data = T::__from_login(&current.data).ok_or(NO_DATA)?;
    let Entry { until, choice, .. } = Entry::<T>::of(current, sign_in.clone());
    let until = until.into_iter().chain(most).min();
    let edit = Edit::Enter { data: data.into(), sign_in, until, choice, is_passing: false };
    write::renew(manager, edit).await
}

/// Returns what a challenge of the login's is for: the login, if it has an identifier.
fn subject(sign_in: &SignIn) -> String {
    sign_in.login_id().map(|id| id.to_string()).unwrap_or_default()
}

/// A login's answer to a request without a proof.
pub(super) enum Unproven {
    /// Nothing, and the session is renewed by a proof.
    Refused,
    /// A session that ends no later than this, of this device.
    Until(Option<NumericDate>, Option<Device>),
}

/// The longest reason of a browser for not renewing that is logged, in bytes.
const LONGEST_REASON: usize = 64;

/// Returns what a request without a proof gets of a login: no renewal of a bound session, and a new one of the service's
/// making only in place of the present one, and no longer.
///
/// # Errors
///
/// [`ErrorKind::NoSession`] if the service makes a session of a bound login whose request has none.
pub(super) fn unproven<T: Session, X: Session>(
    manager: &SessionManager<T>,
    login: &Current<X>,
    renews: bool,
) -> Result<Unproven, Error> {
    const UNPROVEN: Error = Error::new(
        ErrorKind::NoSession,
        "the login is bound to a device, and the request has no session that its browser renewed",
    );
    if !T::SPEC.bound {
        return Ok(Unproven::Until(None, None));
    }
    let own = manager.current();
    let of_own = own.as_ref().and_then(|own| own.sign_in.device.as_deref());
    let is_own = |device: &Device| of_own.is_some_and(|of_own| of_own.thumbprint() == device.thumbprint());
    if let (false, Some(device)) = (renews, login.sign_in.device.as_deref().filter(|device| is_own(device))) {
        return Ok(Unproven::Until(own.as_ref().and_then(Current::exp), Some(device.clone())));
    }
    if manager.slot.tokens.bound_device(login).is_none() {
        return Ok(Unproven::Until(None, None));
    }
    if renews {
        let skipped = manager.context.headers().and_then(|headers| headers.get("secure-session-skipped"));
        let skipped =
            skipped.and_then(|skipped| skipped.to_str().ok()?.get(..LONGEST_REASON.min(skipped.len())));
        tracing::debug!(
            session = T::SPEC.type_name,
            ?skipped,
            "the login is bound to a device, whose proof renews the session"
        );
        return Ok(Unproven::Refused);
    }
    Err(UNPROVEN)
}
