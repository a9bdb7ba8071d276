//! Records of what the library showed to handlers and hooks.

use std::fmt;

use http::StatusCode;
use unjwt::{Current, ErrorKind, SessionManager, Source, Status};

use super::kinds::{Hook, Kind};
use super::sessions::{Data, Modelled};

/// A session as the library showed it.
#[derive(Clone)]
pub struct Seen {
    pub id: String,
    pub token: String,
    pub iat: u64,
    pub exp: Option<u64>,
    pub data: Data,
    pub source: Source,
}

impl Seen {
    pub fn of<T: Modelled>(current: &Current<T>) -> Self {
        Self {
            id: current.jti().expect("a token has an id").to_owned(),
            token: current.token.as_str().to_owned(),
            iat: current.iat().expect("a token has a time").as_secs(),
            exp: current.exp().map(|exp| exp.as_secs()),
            data: current.data.data(),
            source: current.source,
        }
    }
}

/// With the end of the token, which tells one from another well enough.
impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = &self.token[self.token.len().saturating_sub(6)..];
        let Self { iat, exp, data, source, .. } = self;
        write!(f, "(..{token} {iat} to {exp:?} {data:?} {source:?})")
    }
}

/// The session after an operation.
#[derive(Clone, Debug)]
pub struct After {
    pub status: Status,
    pub current: Option<Seen>,
}

impl After {
    pub fn of<T: Modelled>(manager: &SessionManager<T>) -> Self {
        Self { status: manager.status(), current: manager.current().as_ref().map(Seen::of) }
    }
}

/// The result of an operation.
pub type Written = Result<Option<Seen>, ErrorKind>;

#[derive(Clone, Debug)]
pub enum Record {
    /// The response has gone, or the request was dropped.
    Answered,
    Hook {
        kind: Kind,
        hook: Hook,
        seen: Option<Seen>,
        old: Option<Seen>,
    },
    /// The session that `on_read` sees after its verdict.
    Judged {
        kind: Kind,
        after: After,
    },
    /// An extraction that a failed hook answered, with the status where the router gave one.
    Failed {
        kind: Kind,
        error: ErrorKind,
        status: Option<StatusCode>,
    },
    Done {
        kind: Kind,
        result: Written,
        after: After,
    },
    Extracted {
        kind: Kind,
        required: Result<Data, StatusCode>,
        optional: Result<Option<Data>, StatusCode>,
    },
    LoggedOut {
        kind: Kind,
        before: Option<Seen>,
        result: Result<(), ErrorKind>,
        after: Option<Seen>,
    },
    Together {
        kind: Kind,
        results: [Written; 2],
        after: After,
    },
}

impl Record {
    /// Every session in it.
    pub fn shown(&self) -> Vec<&Seen> {
        match self {
            Self::Hook { seen, old, .. } => seen.iter().chain(old).collect(),
            Self::Judged { after, .. } => after.current.iter().collect(),
            Self::Done { result, after, .. } => result.iter().flatten().chain(&after.current).collect(),
            Self::LoggedOut { before, after, .. } => before.iter().chain(after).collect(),
            Self::Together { results, after, .. } => {
                results.iter().flatten().flatten().chain(&after.current).collect()
            }
            Self::Answered | Self::Failed { .. } | Self::Extracted { .. } => Vec::new(),
        }
    }
}
