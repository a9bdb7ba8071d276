//! Dates as people read and write them.

use std::str::FromStr;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use unjwt::NumericDate;

use crate::duration;

/// A time that a person names: a date, or a duration from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Date(NumericDate),
    After(u64),
}

impl When {
    pub(crate) fn at(self, now: NumericDate) -> NumericDate {
        match self {
            Self::Date(date) => date,
            Self::After(seconds) => plus(now, seconds),
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix('+') {
            return duration::parse(rest).map(Self::After);
        }
        let time = OffsetDateTime::parse(text, &Rfc3339).ok();
        let seconds = time.and_then(|time| u64::try_from(time.unix_timestamp()).ok());
        seconds.map(|seconds| Self::Date(NumericDate::from_secs(seconds))).ok_or_else(|| {
            "a time is a date like `2027-01-31T12:00:00Z`, or a duration from now on like `+30d`".into()
        })
    }
}

pub(crate) fn plus(date: NumericDate, seconds: u64) -> NumericDate {
    NumericDate::from_secs(date.as_secs().saturating_add(seconds))
}

/// Returns the date: `2026-12-01 12:00:00 UTC`.
pub(crate) fn absolute(date: NumericDate) -> String {
    let seconds = i64::try_from(date.as_secs()).ok();
    match seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()) {
        None => "after the year 9999".into(),
        Some(time) => {
            let (year, month, day) = time.to_calendar_date();
            let (hour, minute, second) = time.to_hms();
            format!("{year}-{:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC", u8::from(month))
        }
    }
}

/// Returns the date, and how far it is: `2026-12-01 12:00:00 UTC (in 2 days)`.
pub(crate) fn spoken(date: NumericDate, now: NumericDate) -> String {
    format!("{} ({})", absolute(date), relative(date, now))
}

/// Returns how far the date is: `in 2 days`, `3 hours ago`, `now`.
pub(crate) fn relative(date: NumericDate, now: NumericDate) -> String {
    let (date, now) = (date.as_secs(), now.as_secs());
    if date == now {
        "now".into()
    } else if date > now {
        format!("in {}", duration::words(date - now))
    } else {
        format!("{} ago", duration::words(now - date))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> NumericDate {
        NumericDate::from_secs(seconds)
    }

    #[test]
    fn dates_are_spoken() {
        let now = at(1_796_083_200);
        assert_eq!(spoken(at(1_796_256_000), now), "2026-12-03 00:00:00 UTC (in 2 days)");
        assert_eq!(spoken(at(1_796_076_000), now), "2026-11-30 22:00:00 UTC (2 hours ago)");
        assert_eq!(spoken(now, now), "2026-12-01 00:00:00 UTC (now)");
        assert_eq!(absolute(at(u64::MAX)), "after the year 9999");
        assert_eq!(absolute(at(0)), "1970-01-01 00:00:00 UTC");
    }

    #[test]
    fn times_are_read() {
        assert_eq!("+2d".parse(), Ok(When::After(172_800)));
        assert_eq!("2026-12-01T00:00:00Z".parse(), Ok(When::Date(at(1_796_083_200))));
        assert_eq!("2026-12-01T01:00:00+01:00".parse(), Ok(When::Date(at(1_796_083_200))));
        for text in ["", "2d", "+", "2026-12-01", "1969-01-01T00:00:00Z", "tomorrow", "1796083200"] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }
}
