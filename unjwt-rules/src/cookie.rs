//! Names, paths and prefixes of cookies.

mod conflict;
mod prefix;

pub use conflict::{Attribute, Conflict, Cookie};
pub use prefix::Prefix;

use crate::text::{is_token_char, shown};
use crate::{Place, Refusal, Setting};

/// The bytes that a browser keeps of one cookie, counting name, value and attributes: the strictest reading
/// of RFC 6265 §6.1.
pub const LINE_LIMIT: usize = 4096;

/// The length from which a name leaves no room for a token.
pub const NAME_LIMIT: usize = LINE_LIMIT / 4;

/// The longest value of an attribute that browsers do not ignore (RFC 6265bis §5.6).
const LONGEST_ATTRIBUTE: usize = 1024;

/// Checks that the session sets a cookie to which the attribute applies.
///
/// # Errors
///
/// The setting has no effect.
pub fn written(is_on: bool, read_only: bool, setting: Setting<'_>, place: Place) -> Result<(), Refusal> {
    let key = setting.key;
    let why = if !is_on {
        format!("`cookie({key})` has no effect with `cookie = false`: there is no cookie")
    } else if read_only {
        format!("`cookie({key})` has no effect in a `read_only` session, which sets no cookie")
    } else {
        return Ok(());
    };
    let fix = match place {
        Place::Attribute => "remove one of them".to_owned(),
        Place::Config => format!("leave {} out", setting.named(place)),
    };
    Err(Refusal::new(why, fix))
}

/// Checks that a session has a cookie for which the configuration sets something.
///
/// # Errors
///
/// The setting has no effect.
pub fn present(is_on: bool, setting: Setting<'_>) -> Result<(), Refusal> {
    if is_on {
        return Ok(());
    }
    let fix = format!("leave {} out", setting.named(Place::Config));
    Err(Refusal::new(NO_COOKIE, fix))
}

/// The reason why a setting of the configuration has no effect.
const NO_COOKIE: &str = "it has no effect with `cookie = false`: there is no cookie";

/// The fix for a configuration whose cookies lack `Secure` and must not.
const SECURED: &str = "leave `.insecure_cookies_for_local_http()` out";

/// Checks that a session whose cookies may lack `Secure` has a cookie.
///
/// # Errors
///
/// The setting has no effect.
pub fn insecure(is_on: bool) -> Result<(), Refusal> {
    if is_on { Ok(()) } else { Err(Refusal::new(NO_COOKIE, SECURED)) }
}

/// Checks a cookie's name.
///
/// # Errors
///
/// Returns the reason why no cookie can have it.
pub fn name(name: &str, place: Place) -> Result<(), Refusal> {
    let sid = Setting::NAME.written(place, "sid");
    if name.is_empty() {
        let fix = format!("write {sid}, or leave {} out", Setting::NAME.named(place));
        return Err(Refusal::new("the cookie's name is empty", fix));
    }
    if let Some(bad) = name.chars().find(|c| !is_token_char(*c)) {
        let why = format!("a cookie's name cannot contain {}", shown(bad));
        return Err(Refusal::new(why, "use letters, digits, `-`, `_` and `.`"));
    }
    if name.len() >= NAME_LIMIT {
        let why = format!(
            "a cookie name of {} characters leaves no room for the token in the 4096 bytes that browsers keep",
            name.len()
        );
        return Err(Refusal::new(why, format!("write a shorter one, like {sid}")));
    }
    if Prefix::of(name).is_some_and(|prefix| prefix.rest_of(name).is_empty()) {
        let fix = format!("write a name after it, like `{name}sid`");
        return Err(Refusal::new(format!("`{name}` is only a prefix"), fix));
    }
    Ok(())
}

/// Checks a cookie's `Path`.
///
/// # Errors
///
/// Returns the reason why no browser would keep the path, or send the cookie.
pub fn path(path: &str, place: Place) -> Result<(), Refusal> {
    let refuse = |why: &str, fix: &str| Err(Refusal::new(why, fix));
    let app = Setting::PATH.written(place, "/app");
    if let Some(bad) = path.chars().find(|c| *c == ';' || c.is_control()) {
        let why = format!(
            "a cookie's path cannot contain {}: it would end the attribute in `Set-Cookie`",
            shown(bad)
        );
        let others = match place {
            Place::Attribute => "the other attributes have keys of their own in `cookie(..)`",
            Place::Config => "the other attributes have settings of their own",
        };
        return refuse(&why, &format!("write the path alone; {others}"));
    }
    if let Some(bad) = path.chars().find(|c| matches!(c, ' ' | '?' | '#') || !c.is_ascii()) {
        let why = format!(
            "a request's path never contains {}, so the browser would never send the cookie",
            shown(bad)
        );
        let fix = if matches!(bad, '?' | '#') {
            "write the path alone"
        } else {
            "write it as it appears in a URL, percent-encoded"
        };
        return refuse(&why, fix);
    }
    if !path.starts_with('/') && path.contains("://") {
        return refuse("a cookie's path is not a URL", &format!("write what follows the host, like {app}"));
    }
    if !path.starts_with('/') {
        let fix = format!("write {}", Setting::PATH.written(place, &format!("/{path}")));
        return refuse("a cookie's path must begin with `/`: browsers ignore any other", &fix);
    }
    if path.len() > LONGEST_ATTRIBUTE {
        return refuse(
            "browsers ignore a path of more than 1024 characters",
            &format!("write the path that all pages of the session share, like {app}"),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(result: Result<(), Refusal>) -> String {
        result.expect_err("a refusal").why
    }

    #[test]
    fn takes_what_browsers_take() {
        assert_eq!(name(&"a".repeat(NAME_LIMIT - 1), Place::Attribute), Ok(()));
        for text in ["sid", "__Host-sid", "a.b-c_d"] {
            assert_eq!(name(text, Place::Attribute), Ok(()), "{text}");
        }
        for text in ["/", "/a/b", "/a%20b", "/a=b,c:d@e", "/proxy/http://x"] {
            assert_eq!(path(text, Place::Attribute), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses_what_browsers_refuse() {
        assert!(
            why(name(&"a".repeat(NAME_LIMIT), Place::Attribute)).contains("leaves no room for the token")
        );
        assert!(why(name("__http-", Place::Attribute)).contains("is only a prefix"));
        assert!(
            why(path(&format!("/{}", "a".repeat(LONGEST_ATTRIBUTE)), Place::Attribute))
                .contains("more than 1024")
        );
        assert!(why(path("", Place::Attribute)).contains("must begin with `/`"));
    }

    #[test]
    fn the_fix_is_worded_for_its_place() {
        let fix = |result: Result<(), Refusal>| result.expect_err("a refusal").fix;
        assert_eq!(fix(name("", Place::Attribute)), "write `name = \"sid\"`, or leave `name` out");
        assert_eq!(
            fix(name("", Place::Config)),
            "write `.cookie_name(\"sid\")`, or leave `.cookie_name(..)` out"
        );
        assert_eq!(fix(path("app", Place::Attribute)), "write `path = \"/app\"`");
        assert_eq!(fix(path("app", Place::Config)), "write `.cookie_path(\"/app\")`");
        assert_eq!(fix(present(false, Setting::PATH)), "leave `.cookie_path(..)` out");
        assert_eq!(present(true, Setting::PATH), Ok(()));
    }
}
