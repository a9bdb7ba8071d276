//! The decision which tokens are worth remembering, in constant memory.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// The bits of a mark that count.
const COUNT: u32 = 0b1111;
/// The number of times that a token must be seen before it is remembered, at least and at most.
const LEAST: u32 = 2;
const MOST: u32 = COUNT;
/// The number of tokens that are turned away for each that is remembered before the next one needs to be seen less often.
const PATIENCE: usize = 16;

/// The tokens that were seen lately, and how often each, without what they are.
///
/// A token that comes once displaces nobody's. If most of what is remembered is forgotten without having been used again,
/// as when somebody presents a great many valid tokens of their own, tokens must be seen more often: to displace others,
/// each of theirs then has to come up to fifteen times, and those of other visitors, which keep coming, stay.
pub(super) struct Admission {
    /// A part of a token's hash, with a count in the last bits.
    marks: Box<[AtomicU32]>,
    needed: AtomicU32,
    turned_away: AtomicUsize,
    /// The number of tokens that were forgotten without having been used again, lately.
    unused: AtomicUsize,
    /// The number of tokens that had been remembered at the same time as those.
    forgotten: AtomicUsize,
}

impl Admission {
    pub(super) fn new(places: usize) -> Self {
        Self {
            marks: (0..places).map(|_| AtomicU32::default()).collect(),
            needed: AtomicU32::new(LEAST),
            turned_away: AtomicUsize::default(),
            unused: AtomicUsize::default(),
            forgotten: AtomicUsize::default(),
        }
    }

    /// Records that the token with this hash was seen, and returns whether it is worth remembering. `held` is how many are
    /// remembered.
    pub(super) fn see(&self, hash: u64, held: impl FnOnce() -> usize) -> bool {
        let places = self.marks.len().max(1) as u64;
        let Some(place) = self.marks.get((hash % places) as usize) else { return false };
        let mark = (hash >> 32) as u32 & !COUNT;
        // Two threads at once may count one time too few.
        let known = place.load(Ordering::Relaxed);
        let (count, is_same) = (known & COUNT, known & !COUNT == mark);
        let seen = if is_same { (count + 1).min(MOST) } else { 1 };
        let needed = self.needed.load(Ordering::Relaxed);
        let admitted = seen >= needed;
        place.store(
            match (admitted, is_same) {
                // A remembered token needs no mark.
                (true, _) => 0,
                // A token that came often loses its place to one that comes as often, and not to each.
                (false, false) if count > 1 => known - 1,
                (false, _) => mark | seen,
            },
            Ordering::Relaxed,
        );
        if !admitted && needed > LEAST {
            self.turn_away(needed, held());
        }
        admitted
    }

    fn turn_away(&self, needed: u32, held: usize) {
        if self.turned_away.fetch_add(1, Ordering::Relaxed) >= held.max(1) * PATIENCE {
            self.turned_away.store(0, Ordering::Relaxed);
            self.needed.store((needed - 1).max(LEAST), Ordering::Relaxed);
        }
    }

    /// Records that so many tokens were forgotten of a number that had been remembered at the same time. The others were used
    /// again meanwhile. `held` is how many are remembered.
    pub(super) fn forget(&self, unused: usize, of: usize, held: impl FnOnce() -> usize) {
        let add = |sum: &AtomicUsize, number| sum.fetch_add(number, Ordering::Relaxed) + number;
        let (all_unused, all) = (add(&self.unused, unused), add(&self.forgotten, of));
        // One of the two generations that are held: each shard has its own.
        if all < (held() / 2).max(1) {
            return;
        }
        self.unused.store(0, Ordering::Relaxed);
        self.forgotten.store(0, Ordering::Relaxed);
        if all_unused > all / 2 {
            let needed = self.needed.load(Ordering::Relaxed);
            self.needed.store((needed + 1).min(MOST), Ordering::Relaxed);
            self.turned_away.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(token: u64) -> u64 {
        token.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn seen(admission: &Admission, token: u64) -> bool {
        admission.see(hash(token), || 10)
    }

    #[test]
    fn a_token_is_worth_remembering_when_it_comes_again() {
        let admission = Admission::new(1 << 10);
        assert!(!seen(&admission, 1));
        assert!(!seen(&admission, 2));
        assert!(seen(&admission, 1));
        assert!(!(0..20).any(|_| seen(&Admission::new(0), 1)), "nothing is remembered");
    }

    #[test]
    fn what_is_forgotten_unused_makes_it_harder_for_the_next() {
        let admission = Admission::new(1 << 10);
        let forget = |unused| admission.forget(unused, 100, || 200);
        forget(50);
        assert!(!seen(&admission, 1) && seen(&admission, 1), "half was used");
        forget(51);
        assert!(!seen(&admission, 2) && !seen(&admission, 2) && seen(&admission, 2));
        for _ in 0..100 {
            forget(100);
        }
        assert!((1..MOST).all(|_| !seen(&admission, 4)) && seen(&admission, 4), "the most");
    }

    #[test]
    fn it_becomes_easy_again() {
        let admission = Admission::new(1 << 10);
        for _ in 0..100 {
            admission.forget(100, 100, || 200);
        }
        let tokens = (0..).find(|token| seen(&admission, *token) || seen(&admission, *token)).unwrap();
        let most = (10 * PATIENCE as u64 + 1) * u64::from(MOST - LEAST);
        assert!((most / 2..=most).contains(&tokens), "{tokens}");
    }

    /// Two tokens of one place would otherwise never be remembered while they take turns.
    #[test]
    fn a_token_that_came_often_is_not_displaced_by_one() {
        let admission = Admission::new(1);
        admission.forget(100, 100, || 200);
        admission.forget(50, 50, || 200);
        assert!(!seen(&admission, 1) && !seen(&admission, 1) && seen(&admission, 1), "half of a generation");
        admission.forget(50, 50, || 200);
        assert!(!seen(&admission, 1) && !seen(&admission, 1) && !seen(&admission, 1));
        assert!(!seen(&admission, 2));
        assert!(!seen(&admission, 1), "one less");
        assert!(seen(&admission, 1));
    }
}
