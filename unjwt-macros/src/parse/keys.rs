//! The words of the attribute: the known ones, and what was meant by others.

use proc_macro2::Ident;

use super::entry::{Entry, Form};
use super::examples::{example, pinned};
use super::table::{LEVELS, Level};
use crate::errors::Errors;
use crate::suggest;
use crate::validate::algorithm;

/// Words that are right in `#[serde(..)]` of a field.
const OF_SERDE: [&str; 8] =
    ["rename", "alias", "default", "flatten", "skip", "skip_serializing", "skip_deserializing", "with"];

/// Words of other libraries for an end that moves with each request.
const OF_IDLENESS: [&str; 5] = ["idle_timeout", "idletimeout", "inactivity", "sliding", "sliding_expiration"];

/// The outcome of looking up a key.
enum Known {
    /// A key of this level.
    Yes,
    /// It was reported; the rest goes on as if this had been written.
    Meant(&'static str),
    /// It was reported.
    No,
}

/// Hands the entry on if its key is known here; one that is merely misspelt too, under the word that was
/// meant and with its own mistakes kept quiet.
pub(super) fn with_known(
    entry: Entry,
    level: Level,
    errors: &mut Errors,
    read: impl FnOnce(&str, &Entry, &mut Errors),
) {
    match check(&entry, level, errors) {
        Known::Yes => read(&entry.key.to_string(), &entry, errors),
        Known::Meant(key) => {
            let entry = Entry { key: Ident::new(key, entry.key.span()), form: entry.form };
            read(key, &entry, &mut Errors::default());
        }
        Known::No => {}
    }
}

/// Looks the key up and reports it if it does not belong here.
fn check(entry: &Entry, level: Level, errors: &mut Errors) -> Known {
    let key = &entry.key;
    let word = key.to_string();
    if level.keys().contains(&word.as_str()) {
        return Known::Yes;
    }
    if let Some(message) = misplaced(&word, entry, level) {
        errors.push(key, message);
        return Known::No;
    }
    if level == Level::Struct && word == "jwt" {
        errors.push(
            key,
            "unknown setting `jwt`: a session is signed or encrypted\nhelp: write `jws` for one that the client can read, `jwe` for one that it cannot",
        );
        return Known::Meant("jws");
    }
    if level == Level::Struct && OF_IDLENESS.contains(&word.to_ascii_lowercase().as_str()) {
        errors.push(
            key,
            format!("unknown setting `{word}` in `{}`\nhelp: write `max_age`, the time after which an idle session ends, and `renew_after = \"half\"`, so that requests that only read count too", level.shown()),
        );
        return Known::Meant("max_age");
    }
    // A synonym is exact, and what is merely spelt alike may be something else.
    if let Some(meant) = synonym(&word, level).or_else(|| suggest::nearest(&word, level.keys())) {
        errors.push(
            key,
            format!("unknown setting `{word}` in `{}`\nhelp: did you mean `{meant}`?", level.shown()),
        );
        return Known::Meant(meant);
    }
    if matches!(level, Level::Jwe | Level::Jws) && algorithm::is_known(&word) {
        let list = level.shown().trim_end_matches("(..)");
        errors.push(
            key,
            format!("unknown setting `{word}` in `{}`\nhelp: write {}", level.shown(), pinned(list, &word)),
        );
        return Known::No;
    }
    if level == Level::Struct && matches!(word.as_str(), "key" | "secret" | "password" | "keys") {
        errors.push(
            key,
            format!("a key does not belong in the source: `{word}`\nhelp: pass it when the process starts: `Type::config(JweKey::password(..))`"),
        );
        return Known::No;
    }
    let help = match level {
        Level::Field if OF_SERDE.contains(&word.as_str()) => {
            format!("serde's settings go in an attribute of their own: `#[serde({word} ..)]`")
        }
        Level::Field => "the only one is `confidential`".into(),
        Level::Struct if word == "session" => "remove the inner `session(..)`, and keep what is in it".into(),
        Level::Revocable if matches!(entry.form, Form::Flag) => {
            format!(
                "write `by({word})` if that is the field by which logins are ended together; the settings are {}",
                suggest::list(level.keys())
            )
        }
        _ => format!("the settings are {}", suggest::list(level.keys())),
    };
    errors.push(key, format!("unknown setting `{word}` in `{}`\nhelp: {help}", level.shown()));
    Known::No
}

fn misplaced(word: &str, entry: &Entry, level: Level) -> Option<String> {
    let home = *LEVELS.iter().find(|other| **other != level && other.keys().contains(&word))?;
    Some(match (home, level) {
        (Level::Field, _) => {
            format!(
                "`{word}` belongs on a field\nhelp: write `#[session({word})]` on the field that must not be readable"
            )
        }
        (Level::Struct, _) if level == Level::Field => {
            format!("`{word}` belongs on the struct\nhelp: move it to the `#[session(..)]` above the struct")
        }
        (Level::Struct, Level::Jwe | Level::Jws) if matches!(word, "jwe" | "jws") => {
            "a session is either `jwe` or `jws`\nhelp: keep one of them, with its own settings in parentheses"
                .into()
        }
        (Level::Struct, _) => format!(
            "`{word}` does not belong in `{}`\nhelp: move it out, beside `{}`",
            level.shown(),
            level.shown()
        ),
        (Level::Jwe, Level::Jws) => format!(
            "a signed token has no `{word}`\nhelp: remove it, or write `jwe(..)` for an encrypted session"
        ),
        (Level::Jwe, _) => {
            let alternative = if word == "alg" { " or `jws(alg = \"..\")`" } else { "" };
            format!(
                "`{word}` belongs in `jwe(..)` or `jws(..)`\nhelp: write `jwe({})`{alternative}",
                example(word)
            )
        }
        (home, _) => {
            let place = home.shown().trim_end_matches("(..)");
            let written = as_written(entry).unwrap_or_else(|| example(word).to_owned());
            let locally = if written == "secure = false" {
                ", or, on your own machine alone, `.insecure_cookies_for_local_http()` on the config"
            } else {
                ""
            };
            format!("`{word}` belongs in `{place}(..)`\nhelp: write `{place}({written})`{locally}")
        }
    })
}

/// The entry in the user's words, where its value is one of them, or several in parentheses.
fn as_written(entry: &Entry) -> Option<String> {
    match &entry.form {
        Form::Flag => None,
        Form::Value(value) => {
            (value.clone().into_iter().count() == 1).then(|| format!("{} = {value}", entry.key))
        }
        Form::List(list) => (!list.stream().is_empty()).then(|| format!("{}({})", entry.key, list.stream())),
    }
}

/// Words of other libraries.
fn synonym(word: &str, level: Level) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    if level == Level::Rotation {
        return match word.as_str() {
            "grace" | "grace_period" | "leeway" | "overlap" | "within" => Some("window"),
            "absent" | "unknown" | "lost" => Some("missing"),
            _ => None,
        };
    }
    if level == Level::Revocable {
        return match word.as_str() {
            "fresh" | "freshness" | "interval" | "check_every" | "every" | "check" | "cache"
            | "cache_for" | "ttl" | "max_staleness" => Some("recheck"),
            "fail" | "on_outage" | "on_failure" | "failure" | "fail_mode" | "fallback" => Some("outage"),
            "limit" | "max" | "max_sessions" | "max_devices" | "sessions" => Some("max_logins"),
            "groups" | "group_by" | "group" | "fields" | "keys" => Some("by"),
            _ => None,
        };
    }
    let meant = match word.as_str() {
        "expires_in" | "expiresin" | "expires" | "ttl" | "lifetime" | "expiry" | "timeout" => "max_age",
        "rolling" | "slide" | "update_age" | "renew_at" | "touch_after" => "renew_after",
        "rotate" | "reuse_detection" | "single_use" | "one_time" => "rotation",
        "refresh" | "refresh_token" | "parent" | "family" | "login_of" => "login",
        "absolute_timeout" | "absolute_lifetime" | "absolute_age" | "absolute_max_age" | "max_lifetime"
        | "max_session_age" => "absolute",
        "revoke" | "revoked" | "revocation" | "blacklist" | "blocklist" | "denylist" | "deny_list" => {
            "revocable"
        }
        "cookie_name" | "cookiename" => "name",
        "iss" => "issuer",
        "aud" => "audience",
        "sub" => "subject",
        "encrypted" => "jwe",
        "signed" => "jws",
        "readonly" | "verify_only" => "read_only",
        "jti" | "generate_id" => "id",
        "leeway" | "tolerance" => "clock_tolerance",
        "dbsc" | "bound" | "device_bound" | "bound_to" | "bind_to" | "binding" => "bind",
        "csrf_protection" | "csrf_check" | "xsrf" | "same_origin" => "csrf",
        "on_renew" => "renew",
        "on_create" | "on_write" | "on_change" => "on_update",
        "secret" | "private" | "sensitive" if level == Level::Field => "confidential",
        _ => return None,
    };
    level.keys().contains(&meant).then_some(meant)
}

/// Returns whether the key takes settings of its own.
pub(crate) fn has_settings(key: &str) -> bool {
    LEVELS.iter().any(|level| level.shown().strip_suffix("(..)") == Some(key))
}
