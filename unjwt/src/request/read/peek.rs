//! Opening the request's tokens for a logout: no hook runs, and no failure prevents the logout.

use http::HeaderMap;

use super::outcome::Located;
use super::search::{Search, Step};
use crate::error::Error;
use crate::login::id::LoginId;
use crate::request::hooks::{Session, lookup};
use crate::request::manager::SessionManager;
use crate::session::SessionType;
use crate::session::current::{CompactToken, Current, Source};
use crate::session::tokens::open::Opened;

/// The sessions that a logout is to end, as read from the request's tokens.
pub(in crate::request) struct Peeked<T: SessionType> {
    /// All genuine sessions, since a planted one may precede the visitor's own. Expired ones come last.
    found: Vec<Current<T>>,
    /// The logins of genuine tokens that this program cannot read.
    unread_logins: Vec<LoginId>,
    /// Tokens that the session's own keys do not open, but for which `key_lookup` may know a key.
    foreign: Vec<(CompactToken, Source)>,
    /// The reason why a token could not be opened, if that is not the token's fault.
    failed: Option<Error>,
}

impl<T: SessionType> Peeked<T> {
    pub(in crate::request) fn nothing() -> Self {
        Self { found: Vec::new(), unread_logins: Vec::new(), foreign: Vec::new(), failed: None }
    }

    pub(in crate::request) fn found(&self) -> &[Current<T>] {
        &self.found
    }

    pub(in crate::request) fn unread_logins(&self) -> &[LoginId] {
        &self.unread_logins
    }
}

/// Everything that a logout ends.
pub(in crate::request) struct Ending<T: SessionType> {
    pub(in crate::request) sessions: Vec<Current<T>>,
    /// The logins of genuine tokens that this program cannot read.
    pub(in crate::request) unread_logins: Vec<LoginId>,
    /// The first error that prevented a token from being opened.
    pub(in crate::request) failed: Option<Error>,
}

impl<T: Session> Peeked<T> {
    /// Returns every session that ends: `old`, those that were found, and those whose keys `key_lookup`
    /// finds.
    pub(in crate::request) async fn all(
        &self,
        manager: &SessionManager<T>,
        old: Option<Current<T>>,
    ) -> Ending<T> {
        let others =
            self.found.iter().filter(|found| old.as_ref().is_none_or(|old| old.token != found.token));
        let mut unread_logins = self.unread_logins.clone();
        let mut all: Vec<_> = old.iter().chain(others).cloned().collect();
        let mut failed = self.failed.clone();
        for (token, source) in &self.foreign {
            match lookup::open_unchecked(manager, token.as_str()).await {
                Ok(Opened::Valid(found) | Opened::Expired(found)) => {
                    all.push(found.into_current(token.as_str(), *source));
                }
                Ok(Opened::Unreadable(unreadable)) => unread_logins.extend(unreadable.login()),
                Ok(Opened::Ended | Opened::Reused(_) | Opened::Rejected(_)) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Ending { sessions: all, unread_logins, failed }
    }
}

/// Opens the request's tokens with the session's own keys.
///
/// # Errors
///
/// Fails if another site's page sent the session's cookie.
pub(in crate::request) async fn peek<T: Session>(
    manager: &SessionManager<T>,
    headers: &HeaderMap,
) -> Result<Peeked<T>, Error> {
    let mut search: Search<'_, Current<T>> = super::search(manager, headers);
    let held_chunks = search.take_chunks();
    {
        let mut state = manager.slot.lock();
        if state.is_unread() {
            state.hold_chunks(held_chunks);
        }
    }
    let tokens = &manager.slot.tokens;
    let (mut peeked, mut expired) = (Peeked::nothing(), Vec::new());
    loop {
        let (token, source) = match search.advance(|_| None::<Opened<T>>) {
            Step::Open(token, source) => (token, source),
            Step::Approve(_) => continue,
            Step::End(outcome) => {
                if peeked.found.is_empty() {
                    outcome?;
                }
                peeked.found.append(&mut expired);
                return Ok(peeked);
            }
        };
        let mut known = peeked.found.iter().chain(&expired);
        if known.any(|found: &Current<T>| found.token.as_str() == &*token) {
            continue;
        }
        match tokens.open_unchecked(&token).await {
            Ok(Opened::Expired(found)) => expired.push(Located { found, token, source }.into()),
            Ok(Opened::Rejected(_)) | Err(_) if T::HOOKS.key_lookup => {
                let is_own = source != Source::Cookie || !search.is_cross_site();
                peeked.foreign.extend(is_own.then(|| (CompactToken::new(&*token), source)));
            }
            Ok(Opened::Unreadable(unreadable)) if source != Source::Cookie || !search.is_cross_site() => {
                peeked.unread_logins.extend(unreadable.login());
            }
            Ok(opened) => peeked.found.extend(search.judge(opened, token, source).map(Current::from)),
            Err(error) => peeked.failed = peeked.failed.or(Some(error)),
        }
    }
}
