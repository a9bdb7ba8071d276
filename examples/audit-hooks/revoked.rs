//! The logins that were ended before they expired.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use unjwt::NumericDate;

/// A session can still be renewed this many seconds after it has expired.
pub const RENEWABLE: u64 = 55 * 60;

/// The longest time that a token is of use: its five minutes, and then the time in which it can be renewed.
const REMEMBERED: u64 = 5 * 60 + RENEWABLE;

/// In memory, like the key, so a restart ends both. A service that keeps its key, or runs several instances,
/// keeps this in a store.
#[derive(Default)]
pub struct Revoked {
    /// The time of revocation, by login.
    logins: Mutex<HashMap<String, NumericDate>>,
    count: AtomicU64,
}

impl Revoked {
    /// A new, unique name for a login.
    pub fn next_login(&self) -> String {
        format!("login-{}", self.count.fetch_add(1, Ordering::Relaxed))
    }

    pub fn contains(&self, login: &str) -> bool {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner).contains_key(login)
    }

    /// Remembers the login for as long as any copy of its tokens could be used, and forgets logins that are
    /// past that time.
    pub fn add(&self, login: &str, now: NumericDate) {
        let mut logins = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        logins.retain(|_, revoked_at| now.as_secs().saturating_sub(revoked_at.as_secs()) <= REMEMBERED);
        logins.insert(login.to_owned(), now);
    }
}
