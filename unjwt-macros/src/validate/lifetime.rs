//! The lifetimes of the token and its cookie, alone and beside each other.

use crate::errors::Errors;
use crate::parse::SessionAttr;
use crate::parse::renewal::CookieAge;

/// The longest time for which browsers keep a cookie (RFC 6265bis §5.5).
const LONGEST_COOKIE: u64 = 400 * 24 * 60 * 60;

/// Checks every duration of the attribute; `cookie` tells whether there is one.
pub(super) fn check(attr: &SessionAttr, cookie: bool, errors: &mut Errors) {
    // A bound session has narrower limits, in `bind`.
    if attr.bind.get().is_none() {
        check_token(attr, cookie, errors);
        check_cookie(attr, errors);
    }
    check_tolerance(attr, errors);
}

fn check_token(attr: &SessionAttr, cookie: bool, errors: &mut Errors) {
    let Some((seconds, literal)) = attr.max_age.get() else { return };
    // A cookie with a lifetime of its own does not derive it from the token's, and a reader writes none.
    let sets_cookie =
        cookie && attr.read_only.key().is_none() && attr.cookie.settings.max_age.key().is_none();
    if *seconds == 0 {
        errors.push(literal, "a session with `max_age` 0 has expired by the time it is written\nhelp: leave `max_age` out for a session that never expires");
    } else if *seconds > LONGEST_COOKIE && sets_cookie {
        errors.push(literal, "browsers keep no cookie longer than 400 days, and this session's lives as long as its token\nhelp: write `max_age = \"400D\"` or less; if the token should outlive the cookie, add `cookie(max_age = \"400D\")`");
    }
}

fn check_cookie(attr: &SessionAttr, errors: &mut Errors) {
    let Some((CookieAge::Seconds(seconds), literal)) = attr.cookie.settings.max_age.get() else { return };
    let token = attr.max_age.get().map(|(seconds, _)| *seconds);
    if *seconds == 0 {
        errors.push(literal, "a cookie with `max_age` 0 is removed as soon as it is set\nhelp: leave `max_age` out for a cookie that lives as long as its token");
    } else if *seconds > LONGEST_COOKIE {
        errors.push(
            literal,
            "browsers keep no cookie longer than 400 days\nhelp: write `max_age = \"400D\"` or less",
        );
    } else if *seconds < LONGEST_COOKIE && token.is_some_and(|token| token > *seconds) {
        errors.push(literal, "the cookie ends before its token: the browser would drop a session that is still valid\nhelp: leave the cookie's `max_age` out, so that both end together, or shorten the session's");
    }
}

fn check_tolerance(attr: &SessionAttr, errors: &mut Errors) {
    let (Some((tolerance, literal)), Some((max_age, _))) = (attr.clock_tolerance.get(), attr.max_age.get())
    else {
        return;
    };
    if *max_age > 0 && tolerance > max_age {
        errors.push(literal, "`clock_tolerance` is longer than `max_age`: an expired token would be accepted for longer than its lifetime\nhelp: write how far the clocks may differ, like `clock_tolerance = \"30s\"`");
    }
}
