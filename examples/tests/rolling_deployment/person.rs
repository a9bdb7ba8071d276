//! A person with a browser, and what each answer to it must be.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::program::{Meeting, Program, Version};
use crate::support::client::{Answer, Client};

/// What the session in a cookie says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token {
    pub version: Version,
    pub visits: u32,
    /// The edition that the user has accepted: the first, if the version knows of none.
    pub terms: u32,
}

pub struct Person {
    pub name: &'static str,
    pub client: Client,
    /// `None` without a session.
    pub token: Option<Token>,
    /// Each request counts a visit, where it can.
    pub is_counted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Request {
    Me,
    Visit,
}

/// The parts of an answer that matter.
#[derive(Debug, PartialEq)]
pub struct Seen {
    status: u16,
    body: Option<Value>,
    /// For each cookie of the response, whether it has a value: one without removes the cookie.
    cookies: Vec<bool>,
    says_when: bool,
}

impl Seen {
    fn of(answer: &Answer) -> Result<Self> {
        Ok(Self {
            status: answer.status,
            body: if answer.body.is_empty() { None } else { Some(answer.json()?) },
            cookies: answer.set_cookies.iter().map(|cookie| !cookie.value.is_empty()).collect(),
            says_when: answer.header("retry-after").is_some(),
        })
    }
}

impl Person {
    /// Signs in at whatever this address is.
    pub fn sign_in(name: &'static str, url: &str, program: Program) -> Result<Self> {
        let mut person = Self { name, client: Client::new(url), token: None, is_counted: true };
        person.sign_in_again(program)?;
        Ok(person)
    }

    /// Begins a new session, whatever the cookie has.
    pub fn sign_in_again(&mut self, program: Program) -> Result<()> {
        let answer = self.client.post_json("/login", &json!({ "user": self.name }))?;
        ensure!(answer.status == 200 && answer.set_cookies.len() == 1, "{answer:?}");
        let version = program.writes();
        let terms = if version == Version::First { 1 } else { 2 };
        self.token = Some(Token { version, visits: 0, terms });
        Ok(())
    }

    pub fn sign_out(&mut self) -> Result<()> {
        let answer = self.client.post("/logout")?;
        ensure!(answer.status == 204 && self.client.cookie_header("/").is_empty(), "{answer:?}");
        self.token = None;
        Ok(())
    }

    /// The requests that this person makes.
    pub fn requests(&self) -> &'static [Request] {
        if self.is_counted { &[Request::Me, Request::Visit] } else { &[Request::Me] }
    }

    pub fn meeting(&self, program: Program) -> Meeting {
        self.token.map_or(Meeting::SignedOut, |token| program.meets(token.version))
    }

    pub fn send(&mut self, request: Request) -> Result<Seen> {
        let answer = match request {
            Request::Me => self.client.get("/me")?,
            Request::Visit => self.client.post("/visit")?,
        };
        Seen::of(&answer)
    }

    /// The answer that this program must give, and the session afterwards.
    pub fn expected(&self, program: Program, request: Request) -> (Seen, Option<Token>) {
        let refused = |status, says_when| Seen { status, body: None, cookies: Vec::new(), says_when };
        let Some(token) = self.token else { return (refused(401, false), None) };
        match (program.meets(token.version), request) {
            (Meeting::Served, Request::Visit) => self.visited(program, token),
            (Meeting::Served | Meeting::OnlyRead, Request::Me) => {
                let read = Seen {
                    status: 200,
                    body: Some(self.shown(program, token, number(program, token.version))),
                    cookies: Vec::new(),
                    says_when: false,
                };
                (read, self.token)
            }
            (Meeting::OnlyRead | Meeting::Kept, Request::Visit) => (refused(503, true), self.token),
            (Meeting::Kept | Meeting::SignedOut, _) => (refused(401, false), self.token),
        }
    }

    fn visited(&self, program: Program, token: Token) -> (Seen, Option<Token>) {
        let visits = token.visits + 1;
        let version = program.rewrites(token.version);
        let body = self.shown(program, Token { visits, ..token }, number(program, version));
        let seen = Seen { status: 200, body: Some(body), cookies: vec![true], says_when: false };
        // The first version has no place for them.
        let terms = if version == Version::First { 1 } else { token.terms };
        (seen, Some(Token { version, visits, terms }))
    }

    fn shown(&self, program: Program, token: Token, version: u32) -> Value {
        let mut shown = json!({ "user": self.name, "visits": token.visits, "version": version });
        if program.has_terms() {
            shown["terms"] = token.terms.into();
        }
        shown
    }
}

/// The version that a program tells of.
fn number(program: Program, version: Version) -> u32 {
    match version {
        Version::Second | Version::SecondReadable if program != Program::Before => 2,
        _ => 1,
    }
}
