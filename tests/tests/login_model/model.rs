//! The truth about a login, whatever the library does.

use std::collections::HashSet;

/// The number of processes.
pub const PROCESSES: usize = 3;

/// The seconds for which a check counts.
pub const RECHECK: u64 = 10;

/// A login as the model knows it.
#[derive(Clone, Debug)]
pub struct Login {
    pub user: u64,
    /// The last time at which any of its tokens expires.
    pub expires: u64,
    /// The processes that ended it, in this run of theirs.
    ended_by: HashSet<usize>,
    /// The time at which an end was written to the store.
    pub written: Option<u64>,
    /// An end was begun and may or may not be written.
    pub uncertain: bool,
    /// It began while an end of its group was waiting to be written, which ends it or not.
    pub maybe_ended: bool,
    /// It ended with its tenant, of which the list of its user does not know.
    pub ended_with_tenant: bool,
}

/// The answers that a process may give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct May {
    pub serve: bool,
    pub refuse: bool,
    pub fail: bool,
}

impl Login {
    pub fn new(user: u64, expires: u64) -> Self {
        Self {
            user,
            expires,
            ended_by: HashSet::new(),
            written: None,
            uncertain: false,
            maybe_ended: false,
            ended_with_tenant: false,
        }
    }

    /// Records that a process ended it, and whether the process was told that this is written.
    pub fn end(&mut self, process: usize, confirmed: bool, now: u64) {
        self.ended_by.insert(process);
        if confirmed {
            self.written = Some(self.written.unwrap_or(now));
        } else {
            self.uncertain = true;
        }
    }

    pub fn was_ended(&self) -> bool {
        self.uncertain || self.written.is_some()
    }

    /// Returns whether it lives without a doubt.
    pub fn lives(&self, now: u64) -> bool {
        !self.was_ended() && !self.maybe_ended && self.expires > now
    }

    pub fn restart(&mut self, process: usize) {
        self.ended_by.remove(&process);
    }

    /// Everything that was begun is written.
    pub fn settle(&mut self, now: u64) {
        if self.uncertain {
            self.uncertain = false;
            self.written = Some(self.written.unwrap_or(now));
        }
    }

    /// Returns what a process may answer to a token of this login that has not expired.
    pub fn may(&self, process: usize, store_reads: bool, now: u64) -> May {
        let fail = !store_reads;
        if self.ended_by.contains(&process) {
            return May { serve: false, refuse: true, fail: false };
        }
        match self.written {
            Some(at) if now >= at + RECHECK => May { serve: false, refuse: true, fail },
            Some(_) => May { serve: true, refuse: true, fail },
            None if self.uncertain || self.maybe_ended => May { serve: true, refuse: true, fail },
            None => May { serve: true, refuse: false, fail },
        }
    }
}
