//! Durations as the attribute of a session has them: `2d`, `15m`, `30D`.

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;
/// A thousand years, the longest duration of an attribute.
const LONGEST: u64 = 1000 * YEAR;

/// Returns the seconds of a duration.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "" | "s" => 1,
        "m" => MINUTE,
        "h" | "H" => HOUR,
        "d" | "D" => DAY,
        "w" | "W" => 7 * DAY,
        "M" => 30 * DAY,
        "y" | "Y" => YEAR,
        _ => {
            return Err("a duration is a number and a unit, like `2d`: the units are s, m, h, d, w, M (30 days) and y".into());
        }
    };
    if number.is_empty() {
        return Err("a duration begins with a number, like `2d`".into());
    }
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    seconds.filter(|seconds| *seconds <= LONGEST).ok_or_else(|| "a duration is 1000 years at most".into())
}

/// Returns a duration as a person says it, in one unit and rounded down: `47 hours`, `2 days`.
pub(crate) fn words(seconds: u64) -> String {
    let (unit, name) = match seconds {
        0..120 => (1, "second"),
        120..7200 => (MINUTE, "minute"),
        7200..172_800 => (HOUR, "hour"),
        172_800..63_072_000 => (DAY, "day"),
        _ => (YEAR, "year"),
    };
    let count = seconds / unit;
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {name}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_read() {
        let read = ["0", "90", "90s", "5m", "2h", "2d", "30D", "1w", "1W", "1M", "1y", "1000Y"].map(parse);
        let expected = [0, 90, 90, 300, 7200, 2 * DAY, 30 * DAY, 7 * DAY, 7 * DAY, 30 * DAY, YEAR, LONGEST];
        assert_eq!(read, expected.map(Ok));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "d", "-2d", "2 d", "2dd", "2.5d", "1001y", "99999999999999999999", "2𝟚d", "2µ"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_round_down() {
        let said = [0, 1, 119, 120, 7199, 7200, 172_799, 172_800, 63_071_999, 63_072_000].map(words);
        let expected = [
            "0 seconds",
            "1 second",
            "119 seconds",
            "2 minutes",
            "119 minutes",
            "2 hours",
            "47 hours",
            "2 days",
            "729 days",
            "2 years",
        ];
        assert_eq!(said, expected);
    }
}
