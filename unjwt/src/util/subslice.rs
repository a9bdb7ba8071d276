//! The position of a part of a text in it.

use std::ops::Range;

/// The range of `part` in `whole`; `None` if it is not a part of that very memory.
pub(crate) fn range_of(part: &str, whole: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let range = start..start.checked_add(part.len())?;
    (range.end <= whole.len()).then_some(range)
}

/// The text at a range that [`range_of`] found in the same bytes.
pub(crate) fn text_at(whole: &[u8], range: Range<usize>) -> &str {
    whole.get(range).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_part_in_its_own_memory_only() {
        let whole = "one two three".to_owned();
        for range in [0..3, 4..7, 8..13, 0..13, 13..13] {
            assert_eq!(range_of(&whole[range.clone()], whole.as_bytes()), Some(range.clone()));
            assert_eq!(text_at(whole.as_bytes(), range.clone()), &whole[range]);
        }
        assert_eq!(range_of(&whole[4..], &whole.as_bytes()[..7]), None);
        assert_eq!(range_of(&whole[..3], &whole.as_bytes()[1..]), None);
        let copy = whole.clone();
        assert!(range_of(&copy[4..7], whole.as_bytes()).is_none_or(|range| range.end > whole.len()));
        assert_eq!(text_at(b"abc", 2..4), "");
    }
}
