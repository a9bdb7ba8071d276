//! Text that cannot move the cursor, change colours or turn the direction of what stands beside it.

use std::fmt::Write as _;

/// Returns whether a terminal may act on the character, or hide it.
fn is_dangerous(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Returns the text with what is dangerous written as `\u{1b}`.
pub(crate) fn printable(text: &str) -> String {
    escaped(text, is_dangerous, |out, char| write!(out, "\\u{{{:x}}}", u32::from(char)))
}

/// Returns JSON with what is dangerous in its strings written as `\u001b`. Line breaks are those between values, since
/// JSON has none in a string.
pub(crate) fn printable_json(json: &str) -> String {
    escaped(
        json,
        |char| is_dangerous(char) && char != '\n',
        |out, char| write!(out, "\\u{:04x}", u32::from(char)),
    )
}

fn escaped(
    text: &str,
    is_escaped: impl Fn(char) -> bool,
    escape: impl Fn(&mut String, char) -> std::fmt::Result,
) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if is_escaped(char) {
            // Writing to a `String` does not fail.
            let _ = escape(&mut out, char);
        } else {
            out.push(char);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_acts_on_is_written_out() {
        assert_eq!(printable("a\u{1b}[2Jb\n\u{202e}\u{9b}é"), "a\\u{1b}[2Jb\\u{a}\\u{202e}\\u{9b}é");
        let json = serde_json::to_string("a\u{1b}\u{7f}\u{202e}\n").unwrap();
        assert_eq!(printable_json(&json), r#""a\u001b\u007f\u202e\n""#);
        assert_eq!(
            serde_json::from_str::<String>(&printable_json(&json)).unwrap(),
            "a\u{1b}\u{7f}\u{202e}\n"
        );
    }
}
