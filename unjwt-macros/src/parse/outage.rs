//! `outage = ".."`: what becomes of a login that cannot be checked.

use syn::{Lit, LitInt, LitStr};

use super::entry::{Entry, Form};
use super::value::{error, string};
use crate::{duration, suggest};

/// The answer while the store is out.
#[derive(Clone, Copy)]
pub(crate) enum Outage {
    /// 503.
    Refuse,
    /// The session, for so many seconds after the login's last check.
    Serve(u64),
}

const SERVE: &str = "\nhelp: write `outage = \"serve(15m)\"`";

/// Names under which other programs let everybody in.
const OPEN: [&str; 10] =
    ["open", "failopen", "allow", "ignore", "pass", "accept", "continue", "permit", "skip", "trust"];

/// Names under which they let nobody in.
const CLOSED: [&str; 9] =
    ["closed", "failclosed", "close", "deny", "reject", "error", "fail", "block", "unavailable"];

/// `outage = "refuse"` or `outage = "serve(15m)"`.
pub(super) fn read(entry: &Entry) -> syn::Result<(Outage, LitStr)> {
    if let Form::Value(value) = &entry.form {
        let text = value.to_string().replace([' ', '"'], "");
        if text.starts_with("serve") && !value.to_string().starts_with('"') {
            let duration = text.strip_prefix("serve(").and_then(|rest| rest.strip_suffix(')'));
            let duration = duration.filter(|duration| seconds(duration, value).is_ok()).unwrap_or("15m");
            return Err(error(
                value,
                format!("`outage` takes a string\nhelp: write `outage = \"serve({duration})\"`"),
            ));
        }
    }
    let literal = string(entry)?;
    let text = literal.value();
    if text == "refuse" {
        return Ok((Outage::Refuse, literal));
    }
    let Some(rest) = text.strip_prefix("serve") else {
        return Err(error(&literal, unknown(&text)));
    };
    let rest = rest.trim();
    let duration = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).map(str::trim);
    match duration {
        None | Some("") if rest.trim_matches(['(', ')', ' ']).is_empty() => Err(error(
            &literal,
            format!(
                "`serve` needs a duration: for how long after its last check a login is served while the store is out{SERVE}"
            ),
        )),
        None => Err(error(&literal, format!("unknown `outage` value `{text}`{SERVE}"))),
        Some(duration) => match seconds(duration, &literal)? {
            0 => Err(error(
                &literal,
                format!(
                    "`serve({duration})` would serve nobody\nhelp: write `outage = \"refuse\"`, or a duration: `outage = \"serve(15m)\"`"
                ),
            )),
            seconds => Ok((Outage::Serve(seconds), literal)),
        },
    }
}

/// The duration in `serve(..)`: with a unit, or a number of seconds.
fn seconds(duration: &str, node: &impl quote::ToTokens) -> syn::Result<u64> {
    let span = proc_macro2::Span::call_site();
    let is_number = duration.chars().all(|c| c.is_ascii_digit());
    let literal =
        if is_number { Lit::Int(LitInt::new(duration, span)) } else { Lit::Str(LitStr::new(duration, span)) };
    // What the message shows as a string goes into the parentheses here.
    let placed = |message: String| message.replace("`\"", "`\"serve(").replace("\"`", ")\"`");
    duration::seconds(&literal).map_err(|message| error(node, placed(message)))
}

fn unknown(text: &str) -> String {
    let word: String =
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if OPEN.contains(&word.as_str()) {
        return format!(
            "`{text}` would serve logins that have ended for as long as the store is out: whoever can stop the store could undo a logout\nhelp: write `outage = \"serve(15m)\"` to serve a login for that long after its last check, or leave `outage` out to answer with 503"
        );
    }
    let meant =
        if CLOSED.contains(&word.as_str()) { Some("refuse") } else { suggest::nearest(text, &["refuse"]) };
    match meant {
        Some(meant) => format!("unknown `outage` value `{text}`\nhelp: did you mean `{meant}`?"),
        None => format!(
            "unknown `outage` value `{text}`\nhelp: write `refuse` (answer with 503) or `serve(15m)` (serve a login for that long after its last check)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Result<Option<u64>, String> {
        let value = value.parse().unwrap();
        let entry = Entry { key: quote::format_ident!("outage"), form: Form::Value(value) };
        match read(&entry) {
            Ok((Outage::Refuse, _)) => Ok(None),
            Ok((Outage::Serve(seconds), _)) => Ok(Some(seconds)),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn reads_both_answers() {
        for (value, expected) in [
            ("\"refuse\"", None),
            ("\"serve(15m)\"", Some(900)),
            ("\"serve( 15m )\"", Some(900)),
            ("\"serve(30)\"", Some(30)),
            ("\"serve(1hour)\"", Some(3600)),
        ] {
            assert_eq!(parse(value), Ok(expected), "{value}");
        }
    }

    #[test]
    fn lets_nobody_in_without_a_bound() {
        for (value, expected) in [
            ("\"open\"", "would serve logins that have ended"),
            ("\"fail-open\"", "would serve logins that have ended"),
            ("\"Allow\"", "would serve logins that have ended"),
            ("\"closed\"", "did you mean `refuse`?"),
            ("\"refused\"", "did you mean `refuse`?"),
            ("\"serve(\"", "`serve` needs a duration"),
            ("\"serve 15m\"", "write `outage = \"serve(15m)\"`"),
            ("\"serves(15m)\"", "write `outage = \"serve(15m)\"`"),
            ("\"serve(-5m)\"", "cannot be negative"),
            ("\"serve(soon)\"", "write a number and a unit, like `\"serve(15m)\"`"),
            ("\"serve(0s)\"", "would serve nobody"),
            ("serve(\"30m\")", "write `outage = \"serve(30m)\"`"),
            ("serve", "write `outage = \"serve(15m)\"`"),
            ("\"\"", "unknown `outage` value ``"),
            ("5", "`outage` takes a string"),
        ] {
            let message = parse(value).unwrap_err();
            assert!(message.contains(expected), "{value}: {message}");
        }
    }
}
