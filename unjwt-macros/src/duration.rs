//! Durations as npm `unjwt` writes them: seconds, or a number and a unit.

use syn::Lit;

/// A thousand years: every expiry within it has a year of four digits, as HTTP dates have.
const LONGEST: u64 = 1000 * YEAR;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;
const MONTH: u64 = 30 * DAY;
const YEAR: u64 = 365 * DAY;

const UNITS: &str = "the units are `s`, `m`, `h`, `D`, `W`, `M` and `Y`: seconds, minutes, hours, days, weeks, months \
                     (30 days) and years (365 days)";

/// The seconds of a duration literal, or what is wrong with it.
pub(crate) fn seconds(literal: &Lit) -> Result<u64, String> {
    let seconds = match literal {
        Lit::Int(int) => {
            if int.base10_digits().starts_with('-') {
                return Err(format!("a duration cannot be negative: `{}`{NEGATIVE}", int.base10_digits()));
            }
            if !int.suffix().is_empty() {
                let (digits, suffix) = (int.base10_digits(), int.suffix());
                return Err(format!(
                    "a bare number is in seconds and takes no suffix `{suffix}`\nhelp: write `\"{digits}{suffix}\"` or `{digits}`"
                ));
            }
            int.base10_parse().map_err(|_| too_long())?
        }
        Lit::Str(string) => text(&string.value())?,
        Lit::Float(number) => {
            return Err(format!(
                "the duration `{number}` is not a whole number\nhelp: use a smaller unit, like `\"90m\"` for an hour and a half"
            ));
        }
        _ => {
            return Err(
                "expected a duration\nhelp: write a string like `\"15m\"` or a whole number of seconds"
                    .into(),
            );
        }
    };
    if seconds > LONGEST { Err(too_long()) } else { Ok(seconds) }
}

const NEGATIVE: &str = "\nhelp: remove the sign";

fn too_long() -> String {
    "the duration is longer than 1000 years, which is the maximum\nhelp: leave it out for no limit".into()
}

fn text(text: &str) -> Result<u64, String> {
    let trimmed = text.trim();
    if trimmed != text && self::text(trimmed).is_ok() {
        return Err(format!("the duration `{text}` contains a space\nhelp: write `\"{trimmed}\"`"));
    }
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    if digits.is_empty() {
        return Err(no_number(text));
    }
    if unit.is_empty() {
        return Err(format!(
            "the duration `{text}` has no unit\nhelp: write `{digits}` without quotes for seconds, or a unit: `\"{digits}s\"`"
        ));
    }
    let Some(factor) = factor(unit) else {
        return Err(unknown_unit(text, digits, unit));
    };
    digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(too_long)
}

fn factor(unit: &str) -> Option<u64> {
    Some(match unit {
        "s" | "second" | "seconds" => 1,
        "m" | "minute" | "minutes" => MINUTE,
        "h" | "hour" | "hours" => HOUR,
        "D" | "day" | "days" => DAY,
        "W" | "week" | "weeks" => WEEK,
        "M" | "month" | "months" => MONTH,
        "Y" | "year" | "years" => YEAR,
        _ => return None,
    })
}

fn no_number(text: &str) -> String {
    if text.is_empty() {
        "the duration is empty\nhelp: write a number and a unit, like `\"15m\"`".into()
    } else if text.starts_with('-') {
        format!("a duration cannot be negative: `{text}`{NEGATIVE}")
    } else {
        format!(
            "the duration `{text}` does not begin with a number\nhelp: write a number and a unit, like `\"15m\"`"
        )
    }
}

fn unknown_unit(text: &str, digits: &str, unit: &str) -> String {
    let trimmed = unit.trim();
    if trimmed != unit && factor(trimmed).is_some() {
        return format!("the duration `{text}` contains a space\nhelp: write `\"{digits}{trimmed}\"`");
    }
    if unit.starts_with(['.', ',']) {
        return format!(
            "the duration `{text}` is not a whole number\nhelp: use a smaller unit, like `\"90m\"` for an hour and a half"
        );
    }
    let plain = text.replace('_', "");
    if plain != text && self::text(&plain).is_ok() {
        return format!("the duration `{text}` contains `_`\nhelp: write `\"{plain}\"`");
    }
    if unit.contains(|c: char| c.is_ascii_digit()) {
        return format!(
            "the duration `{text}` has more than one part\nhelp: use the smallest unit for all of it, like `\"90m\"` for `1h30m`"
        );
    }
    if matches!(unit, "ms" | "milliseconds" | "us" | "ns") {
        return format!(
            "the duration `{text}` is not a whole number of seconds\nhelp: write whole seconds, like `\"1s\"`"
        );
    }
    let meant = match trimmed {
        "d" => Some("D"),
        "w" => Some("W"),
        "y" => Some("Y"),
        "S" | "sec" | "secs" => Some("s"),
        "H" | "hr" | "hrs" => Some("h"),
        "min" | "mins" | "MIN" | "MINS" | "Min" => Some("m"),
        "mo" | "mon" => Some("M"),
        other => {
            let lower = other.to_ascii_lowercase();
            // The plural first: of two words equally near, it fits most numbers.
            let words = [
                "seconds", "second", "minutes", "minute", "hours", "hour", "days", "day", "weeks", "week",
                "months", "month", "years", "year",
            ];
            crate::suggest::nearest(&lower, &words)
        }
    };
    match meant {
        Some(meant) => {
            format!(
                "unknown unit `{trimmed}` in the duration `{text}`\nhelp: did you mean `{digits}{meant}`?\nnote: {UNITS}"
            )
        }
        None => format!("unknown unit `{trimmed}` in the duration `{text}`\nhelp: {UNITS}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> Result<u64, String> {
        seconds(&syn::parse_str(source).unwrap())
    }

    #[test]
    fn reads_the_grammar_of_the_original() {
        for (text, expected) in [
            ("900", 900),
            ("\"1s\"", 1),
            ("\"2seconds\"", 2),
            ("\"15m\"", 900),
            ("\"1hour\"", 3600),
            ("\"7D\"", 604_800),
            ("\"1W\"", 604_800),
            ("\"1M\"", 2_592_000),
            ("\"1Y\"", 31_536_000),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_duration() {
        for (text, expected) in [
            ("\"7d\"", "did you mean `7D`?"),
            ("\"1.5h\"", "not a whole number"),
            ("\"-5m\"", "cannot be negative"),
            ("-5", "cannot be negative"),
            ("\"15 m\"", "write `\"15m\"`"),
            ("\"10 min\"", "did you mean `10m`?"),
            ("\"900\"", "has no unit"),
            ("\"\"", "is empty"),
            ("\"1h30m\"", "more than one part"),
            ("\"soon\"", "does not begin with a number"),
            ("\"99999999999999999999Y\"", "longer than 1000 years"),
            ("\"2000Y\"", "longer than 1000 years"),
            ("\"15minuts\"", "did you mean `15minutes`?"),
            ("15u64", "takes no suffix"),
            ("1.5", "is not a whole number"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
