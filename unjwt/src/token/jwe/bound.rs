//! The bound on the cost of one token.

use std::ops::RangeInclusive;

use crate::alg::JweAlg;
use crate::token::keyring::MAX_TRIED;

/// The most iterations that one token may take, whatever the passwords that it is tried with: as many as one
/// password may have.
pub(crate) const MOST_ITERATIONS: u64 = 10_000_000;

/// The most expensive token that passwords with these counts of iterations can be made to try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dearest {
    pub(crate) iterations: u32,
    /// The number of passwords that accept that many.
    pub(crate) passwords: usize,
}

impl Dearest {
    pub(crate) fn of(accepted: &[(JweAlg, &RangeInclusive<u32>)]) -> Self {
        // Between the ends of the ranges more iterations never meet fewer passwords, so an end is the
        // dearest.
        let ends = accepted.iter().map(|(alg, range)| {
            let iterations = *range.end();
            let tried =
                accepted.iter().filter(|(other, range)| other == alg && range.contains(&iterations)).count();
            Self { iterations, passwords: tried.min(MAX_TRIED) }
        });
        ends.max_by_key(|end| end.together()).unwrap_or_default()
    }

    pub(crate) fn together(self) -> u64 {
        u64::from(self.iterations).saturating_mul(u64::try_from(self.passwords).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: JweAlg = JweAlg::Pbes2Hs256A128Kw;
    const B: JweAlg = JweAlg::Pbes2Hs512A256Kw;

    fn dearest(accepted: &[(JweAlg, RangeInclusive<u32>)]) -> (u32, usize) {
        let accepted: Vec<_> = accepted.iter().map(|(alg, range)| (*alg, range)).collect();
        let Dearest { iterations, passwords } = Dearest::of(&accepted);
        (iterations, passwords)
    }

    #[test]
    fn what_several_passwords_accept_counts_for_each() {
        assert_eq!(dearest(&[]), (0, 0));
        assert_eq!(dearest(&[(A, 600..=600)]), (600, 1));
        assert_eq!(dearest(&[(A, 600..=600), (A, 600..=600), (A, 600..=600)]), (600, 3));
        // A token is tried with one algorithm, and with the passwords that accept its count.
        assert_eq!(dearest(&[(A, 600..=600), (B, 600..=600), (A, 700..=700)]), (700, 1));
        assert_eq!(dearest(&[(A, 100..=900), (A, 100..=600), (A, 500..=600)]), (600, 3));
        assert_eq!(dearest(&[(A, 100..=9000), (A, 100..=600), (A, 500..=600)]), (9000, 1));
        assert_eq!(dearest(&vec![(A, 600..=600); 40]), (600, MAX_TRIED), "more are not tried");
    }

    #[test]
    fn the_dearest_is_found_among_all_counts() {
        let accepted = [(A, 3..=9), (A, 1..=6), (A, 5..=7), (B, 2..=10), (A, 2..=4)];
        let by_hand = |alg: JweAlg, count: u32| {
            let tried = accepted.iter().filter(|(own, range)| *own == alg && range.contains(&count)).count();
            count * u32::try_from(tried).unwrap()
        };
        let most = (0..20).flat_map(|count| [by_hand(A, count), by_hand(B, count)]).max().unwrap();
        let (iterations, passwords) = dearest(&accepted);
        assert_eq!(iterations * u32::try_from(passwords).unwrap(), most);
    }
}
