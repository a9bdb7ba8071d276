//! Characters, and the words that HTTP calls tokens.

/// An HTTP token (RFC 9110 §5.6.2): a cookie's or a header's name.
#[must_use]
pub fn is_token(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_token_char)
}

/// A character of an HTTP token.
#[must_use]
pub fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

/// A character as a message shows it.
#[must_use]
pub fn shown(c: char) -> String {
    match c {
        ' ' => "a space".into(),
        c if c.is_control() => format!("the control character `{}`", c.escape_default()),
        c => format!("`{c}`"),
    }
}
