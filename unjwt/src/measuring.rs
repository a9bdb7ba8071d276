//! A process's memory of logins, for the benchmarks. Not part of the public interface: it changes without notice.

use crate::login::id::LoginId;
use crate::login::memory::{BYTES_PER_LIVE, MOST_LIVE, Memory, Recall};
use crate::login::revocation::Trust;

/// The memory of one process, with the bounds that every session has.
pub struct ProcessMemory(Memory);

impl ProcessMemory {
    /// The number of live logins that are remembered at least, if there are as many. At most twice as many are.
    pub const LIVE: usize = MOST_LIVE;

    /// The bytes of one of them in its table.
    pub const BYTES: usize = BYTES_PER_LIVE;

    /// Returns whether a request with this login asks the store, which then calls it live. Times are milliseconds.
    pub fn asks(&mut self, login: u128, recheck: u64, now: u64) -> bool {
        let id = LoginId::from_bytes(login.to_be_bytes());
        let asks = self.0.recall(&id, &[], Trust { recheck, serve: None }, now) != Recall::Live;
        if asks {
            self.0.learn_live(id, &[], now);
        }
        asks
    }

    /// Returns the time of the login's last check, if it is remembered.
    pub fn checked_at(&mut self, login: u128) -> Option<u64> {
        self.0.checked_at(&LoginId::from_bytes(login.to_be_bytes()), &[])
    }

    /// Returns the number of live logins that are remembered.
    pub fn live(&self) -> usize {
        self.0.live_len()
    }
}

/// Remembers nothing yet.
impl Default for ProcessMemory {
    fn default() -> Self {
        Self(Memory::new())
    }
}
