//! Settings that would do nothing beside the others.

use unjwt_rules::{Place, Setting, cookie};

use crate::errors::Errors;
use crate::parse::SessionAttr;

/// Checks for them; `sourceless` is a session that no request brings.
pub(super) fn check(attr: &SessionAttr, sourceless: bool, errors: &mut Errors) {
    if let Some(state) = attr.state.key().filter(|_| attr.hooks.key().is_none()) {
        errors.push(state, "`state` has no effect without `hooks(..)`: only hooks receive it\nhelp: remove it, or declare a hook");
    }
    if let Some(extend) = attr.extend.key().filter(|_| attr.max_age.key().is_none()) {
        errors.push(extend, "`extend` has no effect without `max_age`: there is no expiry to move\nhelp: remove it, or add `max_age`");
    }
    let has_cookie = attr.cookie.switch.get().is_none_or(|cookie| cookie.value);
    if let Some(csrf) = attr.csrf.key().filter(|_| attr.csrf.get().is_some() && !has_cookie) {
        errors.push(csrf, "`csrf` has no effect with `cookie = false`: only cookies are sent automatically from other origins\nhelp: remove one of them");
    }
    let of_requests = attr.hooks.get().map(|hooks| [hooks.on_read.key(), hooks.on_expire.key()]);
    for hook in of_requests.into_iter().flatten().flatten().filter(|_| sourceless) {
        errors.push(hook, format!("`{hook}` never runs in a session without a token source: no request carries its token\nhelp: remove it, or `cookie = false` or `header = false`"));
    }
    if attr.read_only.get().is_some() {
        check_read_only(attr, errors);
    }
}

fn check_read_only(attr: &SessionAttr, errors: &mut Errors) {
    if let Some(hooks) = attr.hooks.get() {
        for hook in [hooks.on_update.key(), hooks.on_clear.key()].into_iter().flatten() {
            errors.push(
                hook,
                format!("`{hook}` never runs in a `read_only` session\nhelp: remove one of them"),
            );
        }
        if let Some(renew) = hooks.renew.key() {
            errors.push(renew, "`renew` has no effect in a `read_only` session, which writes no token\nhelp: remove one of them; `on_expire` is called for a token that has expired");
        }
    }
    let extend = attr.extend.key().filter(|_| attr.max_age.key().is_some());
    for key in [attr.id.key(), extend].into_iter().flatten() {
        errors.push(key, format!("`{key}` has no effect in a `read_only` session, which writes no token\nhelp: remove one of them"));
    }
    // `max_chunks` and `chunk_max_length` bound what is read.
    let cookie = &attr.cookie.settings;
    let written = [
        cookie.path.key(),
        cookie.domain.key(),
        cookie.secure.key(),
        cookie.http_only.key(),
        cookie.same_site.key(),
        cookie.partitioned.key(),
        cookie.max_age.key(),
    ];
    for key in written.into_iter().flatten() {
        let setting = key.to_string();
        errors.check(key, cookie::written(true, true, Setting::both(&setting), Place::Attribute));
    }
}
