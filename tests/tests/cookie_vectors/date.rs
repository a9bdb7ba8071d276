//! Dates as browsers read them from `Expires` (RFC 6265 §5.1.1).

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Parses a date into seconds since the epoch. Returns `None` if browsers ignore the attribute.
pub fn parse(text: &str) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        // The first token that fits a field that is still open is its value.
        if time.is_none() && self::time(token).is_some() {
            time = self::time(token);
        } else if day.is_none() && digits(token, 1..=2).is_some() {
            day = digits(token, 1..=2);
        } else if month.is_none() && self::month(token).is_some() {
            month = self::month(token);
        } else if year.is_none() {
            year = digits(token, 2..=4);
        }
    }
    let ((hour, minute, second), day, month) = (time?, day?, month?);
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    let exists = (1..=31).contains(&day) && year >= 1601 && hour <= 23 && minute <= 59 && second <= 59;
    exists.then(|| ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

fn is_delimiter(c: char) -> bool {
    matches!(c, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~')
}

fn time(token: &str) -> Option<(i64, i64, i64)> {
    let mut fields = token.splitn(3, ':');
    let mut field = |may_end: bool| {
        let text = fields.next()?;
        // Text after the digits of the seconds is ignored.
        let text = if may_end { text.split(|c: char| !c.is_ascii_digit()).next()? } else { text };
        (1..=2).contains(&text.len()).then(|| text.parse().ok())?
    };
    Some((field(false)?, field(false)?, field(true)?))
}

/// Parses a leading number of `count` digits that no further digit follows.
fn digits(token: &str, count: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let digits = token.bytes().take_while(u8::is_ascii_digit).count();
    count.contains(&digits).then(|| token[..digits].parse().ok())?
}

fn month(token: &str) -> Option<i64> {
    let start = token.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|month| *month == start).map(|index| index as i64 + 1)
}

/// Returns the days since the epoch in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year / 4 - year / 100 + year / 400;
    365 * year + leaps + (153 * month + 2) / 5 + day - 719_469
}
