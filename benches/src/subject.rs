//! One way to keep a session, ready to be run again and again.

use std::fmt;

/// Reads and writes one session in one way.
pub struct Subject {
    /// How the tables call it.
    pub name: &'static str,
    pub read: Option<Box<dyn Fn()>>,
    pub write: Option<Box<dyn Fn()>>,
}

impl Subject {
    pub fn new(name: &'static str, read: impl Fn() + 'static, write: impl Fn() + 'static) -> Self {
        Self { name, read: Some(Box::new(read)), write: Some(Box::new(write)) }
    }

    pub fn run(&self, operation: Operation) -> Option<&dyn Fn()> {
        match operation {
            Operation::Read => self.read.as_deref(),
            Operation::Write => self.write.as_deref(),
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Read,
    Write,
}

impl Operation {
    pub const ALL: [Self; 2] = [Self::Read, Self::Write];

    pub fn id(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}
