//! `login`, `renew_after` and `rotation`: how a session is renewed.

use proc_macro2::Ident;
use syn::{Lit, TypePath};

use crate::errors::Errors;
use crate::model::Model;
use crate::parse::SessionAttr;
use crate::parse::renewal::{CookieAge, RenewAfter};
use crate::parse::rotation::Missing;

/// The default of `window`, its least and its most, in seconds.
const WINDOW: u64 = 30;
const LEAST_WINDOW: u64 = 5;
const MOST_WINDOW: u64 = 300;

/// `rotation`, sound.
pub(crate) struct Rotation {
    pub(crate) window: u64,
    pub(crate) adopts: bool,
}

/// Checks `rotation`; returns what it says, if it is there.
pub(super) fn rotation(attr: &SessionAttr, cookie: bool, errors: &mut Errors) -> Option<Rotation> {
    let key = attr.rotation.key()?;
    let settings = &attr.rotation.settings;
    if attr.login.key().is_some() {
        errors.push(key, "`rotation` has no effect beside `login`: the tokens of this session are made from its login, which rotates\nhelp: move `rotation` to the login's attribute");
    } else if attr.issued_elsewhere.key().is_some() {
        // Reported there.
    } else if attr.revocable.key().is_none() {
        errors.push(key, "`rotation` needs `revocable`: a copy is detected with a record in a store, and ends the login\nhelp: add `revocable`, or `revocable(by(user))`");
    } else if attr.read_only.key().is_some() {
        errors.push(key, "`rotation` has no effect in a `read_only` session, which makes no token to replace another\nhelp: remove it; the service that writes the session needs it");
    } else if !cookie {
        errors.push(key, "`rotation` needs a cookie: no response could carry the next token\nhelp: remove `rotation`, or `cookie = false`");
    }
    if let Some((window, literal)) = settings.window.get() {
        if *window > MOST_WINDOW {
            errors.push(literal, "`window` is longer than 5 minutes: within it a copy is taken for a tab or a retry\nhelp: write how long requests and responses of one browser may overtake each other, like `window = \"30s\"`; a response that was lost is made up for at any later time");
        } else if *window < LEAST_WINDOW {
            errors.push(literal, "`window` is shorter than 5 seconds: tabs and retries of an honest browser would be taken for copies\nhelp: write how long they may overtake each other, like `window = \"30s\"`");
        } else if attr
            .max_age
            .get()
            .is_some_and(|(max_age, _)| *max_age > 0 && window.saturating_mul(2) >= *max_age)
        {
            errors.push(literal, "`window` is not shorter than half of `max_age`: a token would expire before its copy is noticed\nhelp: write a shorter `window`, or a longer `max_age`");
        }
    }
    let adopts = settings.missing.get().is_some_and(|(missing, _)| *missing == Missing::Adopt);
    Some(Rotation { window: settings.window.get().map_or(WINDOW, |(seconds, _)| *seconds), adopts })
}

/// Checks `renew_after`; returns it in seconds, if it is there.
pub(super) fn renew_after(attr: &SessionAttr, cookie: bool, errors: &mut Errors) -> Option<u64> {
    let key = attr.renew_after.key()?;
    if attr.login.key().is_some() {
        errors.push(key, "`renew_after` has no effect beside `login`: the session is made anew from its login when it has expired\nhelp: move `renew_after` to the login's attribute");
        return None;
    }
    if attr.max_age.key().is_none() {
        errors.push(key, "`renew_after` needs `max_age`: there is no expiry to move\nhelp: add `max_age`, the time after which an idle session ends, like `max_age = \"7D\"`");
        return None;
    }
    if attr.read_only.key().is_some() {
        errors.push(key, "`renew_after` has no effect in a `read_only` session, which writes no token\nhelp: remove it; the service that writes the session needs it");
        return None;
    }
    if !cookie {
        errors.push(key, "`renew_after` needs a cookie: a response carries the new token in one\nhelp: remove `renew_after`, or `cookie = false`");
        return None;
    }
    let (after, literal) = attr.renew_after.get()?;
    let max_age = attr.max_age.get().map(|(seconds, _)| *seconds);
    match (after, max_age) {
        (RenewAfter::Half, max_age) => max_age.map(|max_age| max_age / 2),
        (RenewAfter::Seconds(0), _) => {
            errors.push(literal, "`renew_after` 0 would make a new token in every response\nhelp: write `renew_after = \"half\"`, or an age like `renew_after = \"1h\"`");
            None
        }
        (RenewAfter::Seconds(after), Some(max_age)) if max_age > 0 && *after >= max_age => {
            errors.push(literal, "`renew_after` is not shorter than `max_age`: the token has expired by then\nhelp: write `renew_after = \"half\"`, or a shorter age");
            None
        }
        (RenewAfter::Seconds(after), _) => Some(*after),
    }
}

/// `login = ..`, sound.
pub(crate) struct Login {
    /// `false` for `revocable = false`.
    pub(crate) ends: bool,
}

/// Checks `login`; returns what it says, if it is there.
pub(super) fn login(model: &Model<'_>, attr: &SessionAttr, errors: &mut Errors) -> Option<Login> {
    let Some(login) = attr.login.key() else {
        if let Some(off) = attr.revocable.off() {
            errors.push(off, "logins are not `revocable` unless the attribute says so\nhelp: remove it");
        }
        return None;
    };
    if let Some(path) = attr.login.get()
        && is_itself(model, path)
    {
        errors.push(path, "a session cannot be its own login\nhelp: name the session at which the user signs in, or remove `login`: a session without it is a login");
    }
    if let Some(key) = attr.read_only.key() {
        errors.push(key, "`read_only` does not go with `login`: the session is made from its login\nhelp: a service that only verifies the tokens writes `read_only, revocable` without `login`");
    } else if attr.max_age.key().is_none() {
        errors.push(login, "`login` needs `max_age`: the session is made anew from its login when it has expired\nhelp: add `max_age`, like `max_age = \"15m\"`");
    }
    let of_login: [(Option<&Ident>, &str); 2] = [
        (attr.absolute.key(), "the session ends with its login, however long that lasts"),
        (attr.revocable.key(), "the session's logins are those of its login, and end with them"),
    ];
    for (key, why) in of_login {
        let Some(key) = key else { continue };
        let or = if key == "revocable" {
            "; `revocable = false` makes the tokens of this session valid until they expire, whatever becomes of the login"
        } else {
            ""
        };
        errors.push(
            key,
            format!("`{key}` belongs to the login: {why}\nhelp: move it to the login's attribute{or}"),
        );
    }
    if let Some(extend) = attr.extend.key() {
        errors.push(extend, "`extend` has no effect beside `login`: no write moves the expiry of this session, which is made anew from its login\nhelp: remove it");
    }
    Some(Login { ends: attr.revocable.off().is_none() })
}

/// Returns whether the path is the struct's own name.
fn is_itself(model: &Model<'_>, path: &TypePath) -> bool {
    path.qself.is_none()
        && path.path.get_ident().is_some_and(|name| name == "Self" || *name == model.input.ident)
}

/// Checks `on_reuse` and the cookie's `max_age = "session"`, which need others beside them.
pub(super) fn effects(attr: &SessionAttr, errors: &mut Errors) {
    if let Some(hook) = attr.hooks.get().and_then(|hooks| hooks.on_reuse.key())
        && attr.rotation.key().is_none()
    {
        let message = match attr.login.key() {
            Some(_) => {
                "`on_reuse` belongs to the login, whose tokens rotate: a copy of this session's is not detected\nhelp: move it to the login's `hooks(..)`"
            }
            None => {
                "`on_reuse` never runs without `rotation`, which detects copies\nhelp: remove it, or add `rotation`"
            }
        };
        errors.push(hook, message);
    }
    let age: Option<&(CookieAge, Lit)> = attr.cookie.settings.max_age.get();
    if let Some((CookieAge::Session, literal)) = age
        && attr.max_age.key().is_none()
    {
        errors.push(literal, "`max_age = \"session\"` has no effect without the session's own `max_age`: the cookie ends with the browser anyway\nhelp: remove it, or add `max_age` to the session");
    }
}
