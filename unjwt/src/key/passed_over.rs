//! The members of a set that are passed over: why, in one text, and in the log.

use std::collections::hash_map::RandomState;
use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasher;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::Jwk;
use super::checks::shown;
use crate::config_error::KeyError;

/// The most members of one set that are named, in an error or in the log.
const MOST_NAMED: usize = 16;
/// The most members of which is remembered that the log names them.
const MOST_REMEMBERED: usize = 4096;

/// The reason why a member of a set is not used.
#[derive(Debug)]
pub(super) enum Unfit {
    /// Not meant for this, which is no mistake of its owner.
    NotMeant(KeyError),
    /// Meant for this and wrong.
    Broken(KeyError),
}

/// A member of a set that is not used.
#[derive(Debug)]
pub(super) struct PassedOver {
    kid: Option<String>,
    reason: String,
    is_broken: bool,
    /// Tells members with the same reason apart.
    material: String,
}

impl From<Unfit> for KeyError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::NotMeant(reason) | Unfit::Broken(reason) => reason,
        }
    }
}

impl PassedOver {
    /// A JWK that is not used. Its place among several tells which one is meant if it has no `kid`.
    pub(super) fn jwk(jwk: &Jwk, place: Option<usize>, unfit: Unfit) -> Self {
        let is_broken = matches!(unfit, Unfit::Broken(_));
        let KeyError(reason) = unfit.into();
        let reason = match place {
            Some(place) if jwk.kid().is_none() => format!("key {place} of the set: {reason}"),
            _ => reason,
        };
        let material = jwk.text("n").or(jwk.text("x")).unwrap_or_default().chars().take(64).collect();
        Self { kid: jwk.kid().map(shown), reason, is_broken, material }
    }

    /// A member that is not a JWK at all.
    pub(super) fn unreadable(kid: Option<&str>, place: usize, reason: &str) -> Self {
        let kid = kid.map(shown);
        let name = kid.as_ref().map_or_else(String::new, |kid| format!(", `{kid}`"));
        let reason = format!("key {place} of the set{name}: {reason}");
        Self { kid, reason, is_broken: true, material: String::new() }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    pub(super) fn into_error(self) -> KeyError {
        KeyError(self.reason)
    }
}

/// The error of a set of which nothing is left.
pub(super) fn nothing_left(passed_over: &[PassedOver]) -> KeyError {
    let mut seen = HashSet::new();
    let reasons: Vec<_> = passed_over
        .iter()
        .map(|member| member.reason.as_str())
        .filter(|reason| seen.insert(*reason))
        .collect();
    KeyError::new(match reasons.as_slice() {
        [] => "the set of public keys is empty".to_owned(),
        [reason] => (*reason).to_owned(),
        reasons => {
            let (named, more) = reasons.split_at(reasons.len().min(MOST_NAMED));
            let more = if more.is_empty() { String::new() } else { format!("; and {} more", more.len()) };
            format!("no key of the set can verify: {}{more}", named.join("; "))
        }
    })
}

/// Logs what was passed over, unless that was logged before: a set may be made anew for each request.
pub(super) fn log(passed_over: &[PassedOver]) {
    let named = passed_over.iter().take(MOST_NAMED);
    // Not under the lock: a subscriber may take long.
    let new: Vec<_> = {
        let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
        named.filter(|member| logged.is_first(member)).collect()
    };
    for PassedOver { kid, reason, is_broken, .. } in &new {
        let kid = kid.as_deref();
        if *is_broken {
            tracing::warn!(kid, %reason, "a key of a set is passed over");
        } else {
            tracing::info!(kid, %reason, "a key of a set is passed over, which is not for this session");
        }
    }
    let more = passed_over.len().saturating_sub(MOST_NAMED);
    if more > 0 && !new.is_empty() {
        tracing::warn!(count = more, "more keys of that set are passed over");
    }
}

static LOGGED: LazyLock<Mutex<Logged>> = LazyLock::new(Mutex::default);

/// Hashes of what was logged, the oldest first to go.
#[derive(Default)]
struct Logged {
    hasher: RandomState,
    hashes: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Logged {
    fn is_first(&mut self, member: &PassedOver) -> bool {
        let hash = self.hasher.hash_one((&member.kid, &member.reason, &member.material));
        if !self.hashes.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > MOST_REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.hashes.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(reason: &str) -> PassedOver {
        PassedOver { kid: None, reason: reason.to_owned(), is_broken: true, material: String::new() }
    }

    #[test]
    fn an_error_names_each_reason_once_and_sixteen_at_most() {
        let text = |members: &[PassedOver]| nothing_left(members).0;
        assert_eq!(text(&[]), "the set of public keys is empty");
        assert_eq!(text(&[member("a"), member("a")]), "a");
        assert_eq!(text(&[member("a"), member("b"), member("a")]), "no key of the set can verify: a; b");
        let many: Vec<_> = (0..1000).map(|number| member(&format!("r{number}"))).collect();
        let sixteen = text(&many[..16]);
        assert!(sixteen.ends_with("; r14; r15"), "{sixteen}");
        assert!(text(&many).ends_with("; r15; and 984 more"));
    }

    #[test]
    fn what_was_logged_is_remembered_and_not_for_ever() {
        let mut logged = Logged::default();
        assert!(logged.is_first(&member("a")) && !logged.is_first(&member("a")));
        let other = PassedOver { material: "n".to_owned(), ..member("a") };
        assert!(logged.is_first(&other) && !logged.is_first(&other));
        for number in 0..MOST_REMEMBERED {
            assert!(logged.is_first(&member(&format!("r{number}"))));
        }
        assert_eq!((logged.hashes.len(), logged.order.len()), (MOST_REMEMBERED, MOST_REMEMBERED));
        assert!(logged.is_first(&member("a")));
    }
}
