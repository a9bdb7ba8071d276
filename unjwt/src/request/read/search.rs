//! The one loop over what a request offers, whether a token is opened at once, by a worker, or with a key that a hook finds.

use std::mem;

use super::outcome::{Located, Outcome};
use crate::cookie::read::{Offer, TokenText};
use crate::error::{Error, ErrorKind};
use crate::request::cross_site::RequestOrigin;
use crate::session::SessionType;
use crate::session::current::Source;
use crate::session::tokens::Tokens;
use crate::session::tokens::open::{Found, Opened};

const INCOMPLETE: Error = Error::new(ErrorKind::ChunksIncomplete, "");

/// The search for a session among the candidates of a request. `C` is how those are kept that are not chosen at once.
pub(in crate::request) struct Search<'h, C> {
    offer: Offer<'h>,
    /// The token came another way than the session's cookie or header.
    external: bool,
    /// Why cookies of this request do not count.
    cross_site: Option<Error>,
    blocked: bool,
    forgets: bool,
    best: Outcome<C>,
}

/// What the search needs next.
pub(super) enum Step<'h, T, C> {
    /// The approval of this session.
    Approve(Located<'h, T>),
    /// This token opened.
    Open(TokenText<'h>, Source),
    /// Nothing.
    End(Result<Outcome<C>, Error>),
}

impl<'h, C> Search<'h, C> {
    /// Searches what the request brings.
    pub(super) fn new<T: SessionType>(tokens: &Tokens<T>, offer: Offer<'h>, request: &RequestOrigin) -> Self {
        let cross_site = request.check(tokens.cross_site()).err();
        Self { offer, external: false, cross_site, blocked: false, forgets: false, best: Outcome::Absent }
    }

    /// Looks at one token.
    pub(super) fn of_token(token: &str) -> Self {
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

    /// The numbers of the chunk cookies that the client holds.
    pub(super) fn take_chunks(&mut self) -> Vec<usize> {
        mem::take(&mut self.offer.chunks)
    }

    /// Goes on to the next session, or to a token that `open` cannot open.
    pub(super) fn advance<T>(&mut self, open: impl Fn(&str) -> Option<Opened<T>>) -> Step<'h, T, C>
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

    /// A session that may be the one; anything else counts only if there is none.
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
            Opened::Rejected(error) => self.add(Outcome::Rejected(error)),
        }
        None
    }

    /// A hook refused a session, and may want its cookie removed.
    pub(super) fn refused(&mut self, forgets: bool) {
        self.forgets |= forgets;
        self.add(Outcome::Refused);
    }

    /// Tells if a hook wants the cookie removed, unless another session is approved.
    pub(super) fn forgets(&self) -> bool {
        self.forgets
    }

    /// A hook said of a session that it shall count as expired.
    pub(super) fn expired(&mut self, session: C) {
        self.add(Outcome::Expired(session));
    }

    fn add(&mut self, outcome: Outcome<C>) {
        let best = mem::replace(&mut self.best, Outcome::Absent);
        self.best = best.better(outcome);
    }

    /// Tells if another site's page sent the request, so that it must not change the visitor's cookies.
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
