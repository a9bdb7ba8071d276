//! `bind`: what a session needs so that only its browser's device renews it.

use unjwt_rules::cookie::Prefix;

use super::cookie::Cookie;
use crate::errors::Errors;
use crate::parse::SessionAttr;

/// The least and the most of `max_age`, in seconds: a stolen cookie is good for that long, and browsers renew the session as often.
const LEAST: u64 = 3 * 60;
const MOST: u64 = 15 * 60;

/// Checks what stands beside `bind`; returns whether it is there.
pub(super) fn check(attr: &SessionAttr, name: &str, cookie: Option<&Cookie>, errors: &mut Errors) -> bool {
    let (Some(key), Some(_)) = (attr.bind.key(), attr.bind.get()) else { return false };
    // Beside `issued_elsewhere`, and `read_only` beside `login`, it is reported there.
    if attr.issued_elsewhere.key().is_none() && attr.login.key().is_none() {
        if attr.read_only.key().is_some() {
            errors.push(key, "`bind` has no effect in a `read_only` session, which is not renewed here\nhelp: remove it; the service that writes the session needs it");
        } else {
            let add = if attr.max_age.key().is_none() {
                "add both, like `max_age = \"10m\", login = RefreshToken`"
            } else {
                "add it, like `login = RefreshToken`"
            };
            errors.push(key, format!("`bind` needs `login`: what is bound to the device is the login, from which the browser renews this session\nhelp: {add}"));
        }
    }
    check_lifetime(attr, errors);
    check_cookie(attr, name, cookie, errors);
    if let Some(renew) = attr.hooks.get().and_then(|hooks| hooks.renew.key()) {
        errors.push(renew, "`renew` does not go with `bind`: the session is renewed by its browser's proof, and made from its login\nhelp: remove the hook, and write `impl From<&RefreshToken>` for the session, with the name of its login");
    }
    true
}

fn check_lifetime(attr: &SessionAttr, errors: &mut Errors) {
    // That there is none is reported beside `login`.
    let Some((seconds, literal)) = attr.max_age.get() else { return };
    if *seconds > MOST {
        errors.push(literal, "`max_age` is longer than 15 minutes beside `bind`: a stolen cookie is good for that long\nhelp: write 3 to 15 minutes, like `max_age = \"10m\"`; the login has its own `max_age`");
    } else if *seconds < LEAST {
        errors.push(literal, "`max_age` is shorter than 3 minutes beside `bind`: the browser would prove its key before nearly every request\nhelp: write 3 to 15 minutes, like `max_age = \"10m\"`");
    }
}

fn check_cookie(attr: &SessionAttr, name: &str, cookie: Option<&Cookie>, errors: &mut Errors) {
    let Some(cookie) = cookie else {
        errors.push(
            attr.cookie.switch.get(),
            "`bind` needs a cookie: a browser renews nothing else\nhelp: remove `cookie = false`, or `bind`",
        );
        return;
    };
    let settings = &attr.cookie.settings;
    // With one of these, that it is not secure is reported already.
    let must_be_secure = cookie.partitioned || cookie.same_site == "None" || Prefix::of(name).is_some();
    if !cookie.secure && !must_be_secure {
        errors.push(settings.secure.get(), "`bind` needs a secure cookie: browsers prove their key over https alone\nhelp: remove `secure = false`, or, on your own machine alone, leave out `bind`");
    }
    if let Some(partitioned) = settings.partitioned.key().filter(|_| cookie.partitioned) {
        errors.push(partitioned, "`partitioned` does not go with `bind`: browsers bind no session whose cookie is partitioned\nhelp: remove one of them");
    }
    if let Some(age) = settings.max_age.key() {
        errors.push(age, "the cookie's `max_age` does not go with `bind`: the browser renews the session when its cookie ends, which must be when its token does\nhelp: remove `max_age` from `cookie(..)`");
    }
}
