//! Chunk cookies, and the tokens that can be assembled from them.

use super::parse_count;
use super::text::Chunked;

/// The maximum number of values kept for one chunk number, which may come from cookies of several paths and
/// domains.
const SETS: usize = 4;
/// The maximum number of combinations of a request's chunks that are tried.
pub(super) const WAYS: usize = 16;

/// The chunk cookies of a request.
#[derive(Default)]
pub(super) struct Chunks<'h> {
    /// The chunks by number, starting with number 1.
    numbered: Vec<Numbered<'h>>,
    /// The chunk numbers that are present.
    pub(super) held: Vec<usize>,
}

/// The chunks of one number, in the order in which they came.
#[derive(Clone, Default)]
struct Numbered<'h> {
    values: [&'h str; SETS],
    count: usize,
    is_held: bool,
}

impl<'h> Numbered<'h> {
    /// Returns the values, of which there is at least one in a complete set.
    fn values(&self) -> &[&'h str] {
        self.values.get(..self.count).unwrap_or_default()
    }
}

/// The choice of a chunk for each number that has several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Way {
    /// The n-th chunk of each number, or the last if there are fewer: the chunks of several paths or domains
    /// come in the same order for each number.
    Level(usize),
    /// Any combination, by its index in an enumeration of all.
    Mixed(usize),
}

impl Way {
    fn indices(self, sets: &[Numbered<'_>]) -> impl Iterator<Item = usize> {
        let mut number = match self {
            Self::Mixed(number) => number,
            Self::Level(_) => 0,
        };
        sets.iter().map(move |set| {
            let count = set.count.max(1);
            match self {
                Self::Level(nth) => nth.min(count - 1),
                Self::Mixed(_) => {
                    let index = number % count;
                    number /= count;
                    index
                }
            }
        })
    }
}

impl<'h> Chunks<'h> {
    /// Adds a chunk, unless its number exceeds `max_chunks`: numbers that the session never uses are neither
    /// read nor removed.
    pub(super) fn add(&mut self, number: usize, value: &'h str, max_chunks: usize) {
        if number > max_chunks {
            return;
        }
        let Some(index) = number.checked_sub(1) else { return };
        if self.numbered.len() < number {
            self.numbered.resize(number, Numbered::default());
        }
        let Some(numbered) = self.numbered.get_mut(index) else { return };
        if !numbered.is_held {
            numbered.is_held = true;
            self.held.push(number);
        }
        if !value.is_empty()
            && let Some(place) = numbered.values.get_mut(numbered.count)
        {
            *place = value;
            numbered.count += 1;
        }
    }

    fn sets(&self, count: usize) -> Option<&[Numbered<'h>]> {
        let sets = self.numbered.get(..count)?;
        sets.iter().all(|set| set.count > 0).then_some(sets)
    }

    /// Returns the ways to combine `count` chunks, likely ones first, or no way if a number is missing.
    pub(super) fn ways(&self, count: usize) -> impl Iterator<Item = Way> {
        let sets = self.sets(count).unwrap_or_default();
        let deepest = sets.iter().map(|set| set.count).max().unwrap_or(0);
        let all = sets.iter().fold(1_usize, |all, set| all.saturating_mul(set.count));
        let mixed = if deepest > 1 { all } else { 0 };
        let is_level =
            move |way: Way| (0..deepest).any(|nth| way.indices(sets).eq(Way::Level(nth).indices(sets)));
        (0..deepest).map(Way::Level).chain((0..mixed).map(Way::Mixed).filter(move |way| !is_level(*way)))
    }

    /// Returns the token of `count` chunks, if it is not longer than `max_len`.
    pub(super) fn join(&self, count: usize, way: Way, max_len: usize) -> Option<Chunked<'h>> {
        let sets = self.sets(count)?;
        let values = way.indices(sets).zip(sets).filter_map(|(index, set)| set.values().get(index).copied());
        let values: Box<[_]> = values.collect();
        let len: usize = values.iter().map(|value| value.len()).sum();
        (len <= max_len).then(|| Chunked::new(values))
    }
}

/// Returns the number of chunks that a marker states, if it is well-formed and within the limit.
pub(super) fn count(digits: &str, max_chunks: usize) -> Option<usize> {
    parse_count(digits).filter(|count| *count <= max_chunks)
}

#[cfg(test)]
mod tests {
    use super::super::text::TokenText;
    use super::*;

    fn joined(chunks: &[(usize, &str)], count: usize) -> Vec<String> {
        let mut all = Chunks::default();
        chunks.iter().for_each(|(number, value)| all.add(*number, value, 3));
        all.ways(count)
            .take(WAYS)
            .filter_map(|way| all.join(count, way, 100))
            .map(|token| String::from(TokenText::Chunked(token)))
            .collect()
    }

    #[test]
    fn one_set_is_put_together_in_one_way() {
        assert_eq!(joined(&[(2, "b"), (1, "a"), (3, "c")], 3), ["abc"]);
        assert_eq!(joined(&[(2, "b"), (1, "a"), (3, "c")], 2), ["ab"]);
        assert!(joined(&[(1, "a"), (3, "c")], 3).is_empty());
        assert!(joined(&[(1, "a"), (2, "")], 2).is_empty());
    }

    #[test]
    fn sets_of_several_paths_come_in_one_order() {
        let ways = joined(&[(1, "a"), (1, "A"), (2, "b"), (2, "B")], 2);
        assert_eq!(ways, ["ab", "AB", "Ab", "aB"]);
        let ways = joined(&[(1, "a"), (1, "A"), (2, "b"), (2, "B"), (3, "C")], 3);
        assert_eq!(ways[..2], ["abC", "ABC"]);
    }

    #[test]
    fn planted_chunks_hide_no_other() {
        let genuine = [(1, "a"), (2, "b"), (3, "c")];
        for planted in [
            &[(1, "x")][..],
            &[(2, "x")],
            &[(3, "x")],
            &[(1, "x"), (2, "y"), (3, "z")],
            &[(1, "x"), (1, "y"), (1, "z")],
        ] {
            for chunks in [[planted, &genuine].concat(), [&genuine, planted].concat()] {
                assert!(joined(&chunks, 3).contains(&"abc".to_owned()), "{chunks:?}");
            }
        }
        // The values of the other set precede some chunks and follow others.
        let mixed = [(1, "x"), (1, "a"), (2, "b"), (2, "x"), (3, "x"), (3, "c")];
        let ways = joined(&mixed, 3);
        assert_eq!(ways.len(), 8);
        assert!(ways.contains(&"abc".to_owned()), "{ways:?}");
    }

    #[test]
    fn numbers_that_the_session_does_not_have_are_not_noticed() {
        let mut chunks = Chunks::default();
        for number in (0..1000).rev() {
            chunks.add(number, "x", 3);
            chunks.add(number, "x", 3);
        }
        assert_eq!(chunks.held, [3, 2, 1]);
        assert_eq!(chunks.numbered.len(), 3);
    }

    #[test]
    fn no_number_of_chunks_makes_more_than_some_work() {
        let chunks: Vec<_> = (0..300).map(|nth| (nth % 3 + 1, "x")).collect();
        let mut all = Chunks::default();
        chunks.iter().for_each(|(number, value)| all.add(*number, value, 3));
        assert_eq!(all.ways(3).count(), SETS.pow(3));
        assert!(all.join(3, Way::Level(0), 2).is_none(), "longer than a session's token");
    }
}
