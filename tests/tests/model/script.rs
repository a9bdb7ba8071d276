//! The events of a sequence: requests with their operations and hooks, browsers that misbehave, and time.
//!
//! Each operation of a handler is a task. One that waits, for a pause in a hook or for another's reading,
//! stays behind while the handler goes on, until an operation lets it go on or cuts it off.

use http::StatusCode;
use proptest::sample::Index;
use unjwt::ErrorKind;

use super::kinds::{Hook, Kind};
use super::sessions::{Data, Note, Patch};

/// The status of a hook that fails, so that none of its failures looks like one of the library's own.
pub const HOOK_FAILED: StatusCode = StatusCode::CONFLICT;

#[derive(Clone, Debug)]
pub enum Step {
    Visit(Visit),
    /// Two tabs send the same cookies; the jar takes the responses in this or the other order.
    Race {
        tabs: [Visit; 2],
        swapped: bool,
    },
    Forward(u64),
    Back(u64),
    /// Remembers the jar, for `Restore` and for requests that present an older one.
    Remember,
    /// A restored tab: the browser has an older jar again.
    Restore(Index),
    /// The browser is closed: cookies without an end are gone.
    Reopen,
    /// The other service sets a cart that has an end.
    Lend(Sketch),
}

#[derive(Clone, Debug)]
pub struct Visit {
    pub path: &'static str,
    pub mischief: Vec<Mischief>,
    /// An old token of any kind in the header of this kind, after `Bearer` or bare.
    pub header: Option<(Kind, Index, bool)>,
    /// Plain headers and `RequestContext` instead of the router.
    pub without_router: bool,
    pub script: Script,
}

impl Visit {
    /// From a browser that behaves.
    pub fn of(script: Script) -> Self {
        Self { path: "/app/run", mischief: Vec::new(), header: None, without_router: false, script }
    }
}

/// A browser's changes to the cookies that it sends.
#[derive(Clone, Debug)]
pub enum Mischief {
    Drop(Index),
    Duplicate(Index),
    Swap(Index, Index),
    /// Keeps this percentage of the value.
    Truncate(Index, usize),
    /// The cookies of one session under the names of another.
    Move(Kind, Kind),
    /// An older jar instead of this one.
    SendOlder(Index),
    /// The cookies of an older jar too, after (or before) those of this one.
    AddOlder(Index, bool),
}

#[derive(Clone, Debug)]
pub struct Script {
    /// In middleware.
    pub before: Vec<Op>,
    /// In the handler.
    pub ops: Vec<Op>,
    /// When the response has gone, or the request was dropped.
    pub after: Vec<Op>,
    /// The n-th plan of a hook is for its n-th run in this request.
    pub plans: Vec<(Kind, Hook, Plan)>,
    pub answer: Answers,
}

/// The end of a handler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answers {
    Fine,
    Fails,
    /// Not at all: whoever waited for it gave up. Without a router it is [`Fine`](Self::Fine).
    IsDropped,
}

#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub ops: Vec<Op>,
    pub end: End,
}

/// The end of a hook.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum End {
    #[default]
    Fine,
    Fails(Failure),
    /// Never: the task that it runs in is cut off.
    Hangs,
}

/// The error of a failing hook.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failure {
    /// An error of its own, with a status of its own.
    Own,
    /// Something that it needs is out.
    Outage,
    /// The queue of slow key operations is full.
    Overload,
}

impl Failure {
    /// As whoever asked for the session, or wrote it, is told.
    pub fn kind(self) -> ErrorKind {
        match self {
            Self::Own => ErrorKind::Hook,
            Self::Outage => ErrorKind::Unavailable,
            Self::Overload => ErrorKind::Overloaded,
        }
    }

    /// As the client is told.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Own => HOOK_FAILED,
            Self::Outage | Self::Overload => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The verdict of `on_read` on a session that it does not approve. The last in this order wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Expire,
    Refuse,
    Forget,
}

#[derive(Clone, Debug)]
pub struct Op {
    pub kind: Kind,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Read,
    /// Through the extractors of the struct itself.
    Extract,
    /// An extraction that is dropped after its first poll.
    Abandon,
    Update(Sketch, [bool; 3]),
    UpdateWith(Change),
    UpdateOrDefault(Change),
    Replace(Sketch),
    Rotate,
    Clear,
    Take,
    /// Through `Logout`; in hooks and without a router, a [`Clear`](Self::Clear).
    LogOut,
    /// Time passes while the request is served.
    Tick(u64),
    /// Two concurrent extractions, then two concurrent writes whose `on_update` fails where it says so.
    Together([(Change, bool); 2]),
    /// One of the tasks that wait goes on, or is cut off.
    Resume(usize, Then),
    /// In a hook: a task of its own does this, now or when it is let go on.
    Spawn(Box<What>, bool),
    /// In a hook: the task that it runs in waits.
    Pause,
    /// In `on_read`.
    Judge(Verdict),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Then {
    GoesOn,
    IsCutOff,
}

/// Data whose note has not got its length yet: that depends on the kind.
#[derive(Clone, Debug)]
pub struct Sketch {
    pub who: u8,
    pub count: u32,
    pub note: Option<Size>,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub add: u32,
    pub note: Option<Option<Size>>,
}

#[derive(Clone, Copy, Debug)]
pub enum Size {
    Small(usize),
    /// About where one cookie no longer suffices.
    Edge(usize),
    /// Several chunks.
    Several(usize),
    /// More than the chunks can hold.
    TooLarge,
    Unserialisable,
}

impl Size {
    fn note(self, kind: Kind) -> Note {
        let fine = kind.facts().chunk_length == 600;
        let length = match self {
            Self::Small(length) => length % 100,
            Self::Edge(more) if fine => 200 + more % 150,
            Self::Edge(more) => 2600 + more % 600,
            Self::Several(more) if fine => 600 + more % 2000,
            Self::Several(more) => 3500 + more % 4500,
            Self::TooLarge if fine => 4200,
            Self::TooLarge => 12_500,
            Self::Unserialisable => return Note("!".to_owned()),
        };
        Note("abcdefghijklmnopqrstuvwxyz".chars().cycle().take(length).collect())
    }
}

/// Returns whether the kind's cookies cannot hold a session with this note.
pub fn is_too_large(kind: Kind, note: &Note) -> bool {
    note.0.len() >= Size::TooLarge.note(kind).0.len()
}

impl Sketch {
    pub fn data(&self, kind: Kind) -> Data {
        let who = ["ada", "bob", "eve"][usize::from(self.who) % 3].to_owned();
        Data { who, count: self.count, note: self.note.map(|size| size.note(kind)) }
    }

    pub fn patch(&self, kind: Kind, with: [bool; 3]) -> Patch {
        let Data { who, count, note } = self.data(kind);
        Patch { who: with[0].then_some(who), count: with[1].then_some(count), note: with[2].then_some(note) }
    }
}

impl Change {
    pub fn apply(&self, kind: Kind, data: &mut Data) {
        data.count = data.count.wrapping_mul(3).wrapping_add(self.add);
        if let Some(note) = &self.note {
            data.note = note.map(|size| size.note(kind));
        }
    }
}
