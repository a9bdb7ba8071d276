//! Dates in `Set-Cookie` (IMF-fixdate, RFC 9110 §5.6.7).

use crate::clock::NumericDate;

/// A date of the years 1970 to 9999 as in `Thu, 01 Jan 1970 00:00:00 GMT`. Every session that is written has one, so it is
/// formatted without the machinery of [`std::fmt`].
#[derive(Clone, Copy)]
pub(super) struct HttpDate([u8; Self::LEN]);

impl HttpDate {
    pub(super) const LEN: usize = 29;

    /// Returns the date; no later one can be expressed than the end of the year 9999, and no browser keeps a cookie that long.
    pub(super) fn new(at: NumericDate) -> Self {
        const DAYS: &[u8; 21] = b"ThuFriSatSunMonTueWed";
        const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
        let secs = at.min(NumericDate::YEAR_9999).as_secs();
        let (day, second) = (secs / 86_400, secs % 86_400);
        let (year, month, of_month) = civil(day);
        let mut text = *b"Thu, 01 Jan 1970 00:00:00 GMT";
        let mut put = |at: usize, bytes: &[u8]| {
            if let Some(place) = text.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        };
        put(0, name(DAYS, day % 7));
        put(5, &two(of_month));
        put(8, name(MONTHS, month - 1));
        put(12, &two(year / 100));
        put(14, &two(year % 100));
        put(17, &two(second / 3_600));
        put(20, &two(second / 60 % 60));
        put(23, &two(second % 60));
        Self(text)
    }

    pub(super) fn as_str(&self) -> &str {
        // Always ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Returns year, month and day of the month in the Gregorian calendar of a day since 1970-01-01.
///
/// Years begin in March here, so that the day which only some have is their last, and repeat after 400.
fn civil(day: u64) -> (u64, u64, u64) {
    const TO_MARCH_OF_0: u64 = 719_468;
    let day = day + TO_MARCH_OF_0;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // The lengths of the months from March on, 31, 30, 31, 30, 31 twice and so forth, are those of this line.
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, of_month)
}

fn name<const N: usize>(names: &[u8; N], index: u64) -> &[u8] {
    names.as_chunks::<3>().0.get(index as usize).map_or(&[], |name| name)
}

fn two(number: u64) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_httpdate() {
        const DAY: u64 = 86_400;
        let end = NumericDate::YEAR_9999.as_secs();
        // Every day of the years that have cookies today, and some of each later one.
        let days = (0..60 * 366).chain((0..end / DAY).step_by(17)).map(|day| day * DAY);
        let seconds = (0..2 * DAY).step_by(7).map(|second| 1_709_164_800 + second);
        for secs in days.chain(seconds).chain([0, 1, DAY - 1, 951_782_400, 4_107_542_400, end]) {
            let at = NumericDate::from_secs(secs);
            let expected = httpdate::fmt_http_date(at.to_system_time().unwrap());
            assert_eq!(HttpDate::new(at).as_str(), expected);
        }
    }

    #[test]
    fn later_dates_are_the_last_of_all() {
        let last = "Fri, 31 Dec 9999 23:59:59 GMT";
        for secs in [253_402_300_799, 253_402_300_800, u64::MAX] {
            assert_eq!(HttpDate::new(NumericDate::from_secs(secs)).as_str(), last);
        }
    }
}
