//! How an input is cut: a byte that chooses, and text.

/// A choice among `count`, and the rest of the input. Digits and letters choose what their position says:
/// `0` and `a` the first.
pub fn choice(data: &[u8], count: usize) -> Option<(usize, &[u8])> {
    let (first, rest) = data.split_first()?;
    let number = match first {
        b'a'..=b'z' => first - b'a',
        other => other.wrapping_sub(b'0'),
    };
    Some((usize::from(number) % count, rest))
}

/// The same for the parts of an input that are text.
pub fn text_choice(data: &[u8], count: usize) -> Option<(usize, &str)> {
    let (number, rest) = choice(data, count)?;
    Some((number, std::str::from_utf8(rest).ok()?))
}
