//! The loop over the candidates of a request, shared by tokens that are opened at once, on a worker thread,
//! or with a key from `key_lookup`.

use std::mem;

use super::outcome::{Located, Outcome, REFUSED};
use crate::cookie::read::{Offer, TokenText};
use crate::error::{Error, ErrorKind};
use crate::request::cross_site::RequestOrigin;
use crate::session::SessionType;
use crate::session::current::Source;
use crate::session::tokens::Tokens;
use crate::session::tokens::open::{ENDED, Found, Opened, REUSED};

const INCOMPLETE: Error = Error::new(ErrorKind::ChunksIncomplete, "");

/// The search for a session among the candidates of a request. `C` is the form in which candidates that are
/// not chosen at once are kept.
pub(in crate::request) struct Search<'h, C> {
    offer: Offer<'h>,
    /// `true` if the token did not come in the session's cookie or header.
    external: bool,
    /// The reason why the cookies of this request are ignored.
    cross_site: Option<Error>,
    blocked: bool,
    forgets: bool,
    best: Outcome<C>,
}

/// The next step that the search needs.
pub(super) enum Step<'h, T, C> {
    /// Approve this session.
    Approve(Located<'h, T>),
    /// Open this token.
    Open(TokenText<'h>, Source),
    /// The search has ended.
    End(Result<Outcome<C>, Error>),
}

impl<'h, C> Search<'h, C> {
    /// Creates a search among the candidates of the request, whose origin matters if there are any.
    pub(super) fn new<'o, T: SessionType>(
        tokens: &Tokens<T>,
        offer: Offer<'h>,
        origin: impl FnOnce() -> &'o RequestOrigin,
    ) -> Self {
        let cross_site = if offer.is_empty() { None } else { origin().check(tokens.cross_site()).err() };
        Self { offer, external: false, cross_site, blocked: false, forgets: false, best: Outcome::Absent }
    }

    /// Creates a search of a single token.
    pub(super) fn of_token(token: &'h str) -> Self {
        let offer = Offer::of_token(token);
        Self {
            offer,
            external: true,
            cross_site: None,
            blocked: false,
            forgets: false,
            best: Outcome::Absent,
        }
    }

    /// Returns the number of candidates that are left.
    pub(super) fn len(&self) -> usize {
        self.offer.len()
    }

    /// Returns the tokens of the candidates that are left; `None` for one whose chunks are incomplete.
    pub(super) fn tokens(&self) -> impl Iterator<Item = Option<&str>> {
        self.offer.candidates().map(|candidate| candidate.token.as_deref())
    }

    /// Removes the candidates at these places.
    pub(super) fn drop_at(&mut self, places: &[usize]) {
        self.offer.drop_at(places);
    }

    /// Returns the numbers of the chunk cookies that the client holds.
    pub(super) fn take_chunks(&mut self) -> Vec<usize> {
        mem::take(&mut self.offer.chunks)
    }

    /// Advances to the next session, or to a token that `open` cannot open.
    pub(super) fn advance<T>(&mut self, open: impl Fn(&TokenText<'h>) -> Option<Opened<T>>) -> Step<'h, T, C>
    where
        C: From<Located<'h, T>>,
    {
        loop {
            let Some(candidate) = self.offer.take_next() else { return Step::End(self.end()) };
            let source = if self.external { Source::External } else { candidate.source.into() };
            let Some(token) = candidate.token else {
                self.add(Outcome::Rejected(INCOMPLETE));
                continue;
            };
            match open(&token) {
                None => return Step::Open(token, source),
                Some(opened) => {
                    if let Some(located) = self.judge(opened, token, source) {
                        return Step::Approve(located);
                    }
                }
            }
        }
    }

    /// Returns the session if the token is valid. Anything else is recorded, and counts only if there is no
    /// session.
    pub(super) fn judge<T>(
        &mut self,
        opened: Opened<T>,
        token: TokenText<'h>,
        source: Source,
    ) -> Option<Located<'h, T>>
    where
        C: From<Located<'h, T>>,
    {
        let locate = |found: Found<T>| Located { found, token, source };
        match opened {
            Opened::Valid(_) if source == Source::Cookie && self.cross_site.is_some() => self.blocked = true,
            Opened::Valid(found) => return Some(locate(found)),
            Opened::Expired(found) => self.add(Outcome::Expired(locate(found).into())),
            Opened::Ended => self.add(Outcome::Refused(ENDED)),
            Opened::Reused(_) => self.add(Outcome::Refused(REUSED)),
            Opened::Unreadable(unreadable) if !unreadable.reason.keeps_token() => {
                self.add(Outcome::Rejected(unreadable.reason));
            }
            Opened::Unreadable(_) if source == Source::Cookie && self.cross_site.is_some() => {
                self.blocked = true;
            }
            Opened::Unreadable(unreadable) => {
                let login = unreadable.login();
                self.add(Outcome::Unreadable { reason: unreadable.reason, login });
            }
            Opened::Rejected(error) => self.add(Outcome::Rejected(error)),
        }
        None
    }

    /// Records that a hook refused a session, and whether it wants the cookie removed.
    pub(super) fn refused(&mut self, forgets: bool) {
        self.forgets |= forgets;
        self.add(Outcome::Refused(REFUSED));
    }

    /// Records that a session's token is a copy.
    pub(super) fn reused(&mut self) {
        self.add(Outcome::Refused(REUSED));
    }

    /// Returns whether a hook wants the cookie removed, unless another session is approved.
    pub(super) fn forgets(&self) -> bool {
        self.forgets
    }

    /// Records that a hook declared the session expired.
    pub(super) fn expired(&mut self, session: C) {
        self.add(Outcome::Expired(session));
    }

    fn add(&mut self, outcome: Outcome<C>) {
        let best = mem::replace(&mut self.best, Outcome::Absent);
        self.best = best.better(outcome);
    }

    /// Returns whether another site's page sent the request, which then must not change the visitor's
    /// cookies.
    pub(super) fn is_cross_site(&self) -> bool {
        self.cross_site.is_some()
    }

    fn end(&mut self) -> Result<Outcome<C>, Error> {
        match self.cross_site.take_if(|_| self.blocked) {
            Some(error) => Err(error),
            None => Ok(mem::replace(&mut self.best, Outcome::Absent)),
        }
    }
}
