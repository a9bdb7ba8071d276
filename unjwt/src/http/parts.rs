//! The sessions of a request, by its head.

use std::future::Future;
use std::pin::Pin;

use http::request::Parts;

use crate::error::{Error, ErrorKind};
use crate::request::context::Context;
use crate::request::hooks::Session;
use crate::request::logout::Logout;
use crate::request::manager::SessionManager;
use crate::session::tokens::Tokens;

pub(crate) fn context(parts: &Parts) -> Result<&Context, Error> {
    parts.extensions.get().ok_or(Error::new(ErrorKind::NotInstalled, ""))
}

/// Returns the context for a session that may be written later, without the request's headers at hand.
pub(crate) fn context_with_origin(parts: &Parts) -> Result<&Context, Error> {
    let context = context(parts)?;
    context.origin_of(&parts.uri, &parts.headers);
    Ok(context)
}

/// Returns the manager of the request's session, once that has been read.
pub(crate) async fn manager<T: Session>(
    parts: &Parts,
    tokens: &Tokens<T>,
) -> Result<SessionManager<T>, Error> {
    let manager = unread(parts, tokens)?;
    if manager.read_now(&parts.headers)? { Ok(manager) } else { wait(parts, manager).await }
}

/// Returns the request's session to be ended.
pub(crate) async fn logout<T: Session>(parts: &Parts, tokens: &Tokens<T>) -> Result<Logout<T>, Error> {
    Logout::open(context_with_origin(parts)?, tokens, &parts.headers).await
}

/// Does the same as [`manager`], for a session that is known to wait.
#[cfg(feature = "axum-core")]
pub(crate) async fn waiting<T: Session>(
    parts: &Parts,
    tokens: &Tokens<T>,
) -> Result<SessionManager<T>, Error> {
    wait(parts, unread(parts, tokens)?).await
}

fn unread<T: Session>(parts: &Parts, tokens: &Tokens<T>) -> Result<SessionManager<T>, Error> {
    SessionManager::unread(context_with_origin(parts)?, tokens)
}

/// Returns the future of a reading that has to wait. Boxed as a whole, since it is large but rarely needed,
/// and would otherwise enlarge every handler's future.
fn wait<T: Session>(
    parts: &Parts,
    manager: SessionManager<T>,
) -> Pin<Box<impl Future<Output = Result<SessionManager<T>, Error>> + Send>> {
    Box::pin(manager.wait(&parts.headers))
}
