//! Every session that was ever made, and the tokens and ids that turned out to be theirs.

use std::collections::HashMap;
use std::rc::Rc;

use unjwt::Source;

use super::kinds::Kind;
use super::record::Seen;
use super::sessions::Data;
use super::wire::require;

/// One token's session. Its token and id are random: they are learned when the library first shows them.
#[derive(Debug, PartialEq)]
pub struct Session {
    pub kind: Kind,
    pub serial: u64,
    /// Sessions of one id: an update that keeps the times keeps the id.
    pub id: u64,
    pub iat: u64,
    pub exp: Option<u64>,
    pub data: Data,
}

#[derive(Clone, Default)]
pub struct Ledger {
    last: u64,
    sessions: HashMap<Rc<str>, Rc<Session>>,
    /// In the order in which they became known.
    pub tokens: Vec<Rc<str>>,
    token_of: HashMap<u64, Rc<str>>,
    id_of: HashMap<u64, Rc<str>>,
    owner_of: HashMap<Rc<str>, u64>,
}

impl Ledger {
    /// A session that is being made; with the id of another, or a new one.
    pub fn make(
        &mut self,
        kind: Kind,
        like: Option<&Session>,
        iat: u64,
        exp: Option<u64>,
        data: Data,
    ) -> Rc<Session> {
        self.last += 1;
        let id = like.map_or(self.last, |like| like.id);
        Rc::new(Session { kind, serial: self.last, id, iat, exp, data })
    }

    /// Returns the session of a token of this kind, if this service made it.
    pub fn find(&self, kind: Kind, token: &str) -> Option<&Rc<Session>> {
        self.sessions.get(token).filter(|session| session.kind == kind)
    }

    pub fn is_others(&self, kind: Kind, token: &str) -> bool {
        self.sessions.get(token).is_some_and(|session| session.kind != kind)
    }

    /// The token is this session's, and no other's.
    pub fn bind_token(&mut self, session: &Rc<Session>, token: &str) -> Result<(), String> {
        if let Some(known) = self.token_of.get(&session.serial) {
            return require(**known == *token, || format!("another token than before for {session:?}"));
        }
        let token: Rc<str> = token.into();
        let other = self.sessions.insert(Rc::clone(&token), Rc::clone(session));
        require(other.is_none(), || format!("the token of {other:?} for {session:?}"))?;
        self.tokens.push(Rc::clone(&token));
        self.token_of.insert(session.serial, token);
        Ok(())
    }

    fn bind_id(&mut self, session: &Session, id: &str) -> Result<(), String> {
        if let Some(known) = self.id_of.get(&session.id) {
            return require(**known == *id, || format!("another id than before for {session:?}"));
        }
        let id: Rc<str> = id.into();
        let other = self.owner_of.insert(Rc::clone(&id), session.id);
        require(other.is_none() && !id.is_empty(), || format!("a used id for {session:?}"))?;
        self.id_of.insert(session.id, id);
        Ok(())
    }

    /// Checks that the library showed this session.
    pub fn check(&mut self, session: &Rc<Session>, source: Source, seen: &Seen) -> Result<(), String> {
        let facts = (seen.iat, seen.exp, &seen.data, seen.source);
        let expected = (session.iat, session.exp, &session.data, source);
        require(facts == expected, || format!("{facts:?} and not {expected:?}"))?;
        self.bind_token(session, &seen.token)?;
        self.bind_id(session, &seen.id)
    }
}
