//! The logout tokens that were used.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// More than a provider sends within the minutes for which they are kept.
const CAPACITY: usize = 10_000;

/// The `jti` of each, for as long as its token would be accepted. In memory, like everything here: a service of many
/// machines keeps them where all find them.
#[derive(Default)]
pub struct Seen(Mutex<HashMap<String, u64>>);

impl Seen {
    /// `true` for one caller only, even if two come at once.
    ///
    /// If there are too many, the one that expires first is forgotten: a repeated logout ends what has ended already,
    /// or a login that has begun since, but one that is refused leaves a user signed in.
    pub fn claim(&self, jti: &str, until: u64, now: u64) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, until| *until > now);
        if seen.contains_key(jti) {
            return false;
        }
        if seen.len() >= CAPACITY
            && let Some(first) = seen.iter().min_by_key(|(_, until)| **until).map(|(jti, _)| jti.clone())
        {
            seen.remove(&first);
        }
        seen.insert(jti.to_owned(), until);
        true
    }

    /// Lets the token be used again: what it asked for could not be done.
    pub fn release(&self, jti: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(jti);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_once_until_it_would_expire() {
        let seen = Seen::default();
        assert!(seen.claim("a", 10, 0) && seen.claim("b", 20, 0));
        assert!(!seen.claim("a", 10, 9) && !seen.claim("b", 20, 9));
        assert!(seen.claim("a", 30, 10), "whoever asks checks the expiry first");
        assert!(!seen.claim("b", 20, 10));
        seen.release("b");
        assert!(seen.claim("b", 20, 10));
    }

    #[test]
    fn the_memory_is_bounded() {
        let seen = Seen::default();
        for (jti, until) in (0..=CAPACITY).zip(1..) {
            assert!(seen.claim(&jti.to_string(), until, 0));
        }
        assert_eq!(seen.0.lock().unwrap().len(), CAPACITY);
        assert!(!seen.claim("1", 2, 0), "only the first to expire was forgotten");
        assert!(seen.claim("0", 1, 0));
    }
}
