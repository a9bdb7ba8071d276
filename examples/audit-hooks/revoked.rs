//! The logins that were ended before their time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use unjwt::NumericDate;

/// For so many seconds after its end a session may still be renewed.
pub const RENEWABLE: u64 = 55 * 60;

/// The longest that a token can matter: its five minutes, and then the time in which it can be renewed.
const REMEMBERED: u64 = 5 * 60 + RENEWABLE;

/// In memory, as the key is: a restart ends both. A service that keeps its key, or runs twice, keeps this in a store.
#[derive(Default)]
pub struct Revoked {
    /// By login: when it was revoked.
    logins: Mutex<HashMap<String, NumericDate>>,
    count: AtomicU64,
}

impl Revoked {
    /// A name for a login that no other has.
    pub fn next_login(&self) -> String {
        format!("login-{}", self.count.fetch_add(1, Ordering::Relaxed))
    }

    pub fn contains(&self, login: &str) -> bool {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner).contains_key(login)
    }

    /// Remembers the login for as long as any copy of its tokens could be used, and forgets those whose time is over.
    pub fn add(&self, login: &str, now: NumericDate) {
        let mut logins = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        logins.retain(|_, revoked_at| now.as_secs().saturating_sub(revoked_at.as_secs()) <= REMEMBERED);
        logins.insert(login.to_owned(), now);
    }
}
