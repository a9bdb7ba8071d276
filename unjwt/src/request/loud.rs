//! Messages on stderr for developers, about refusals that would otherwise be silent.
//!
//! They appear only in debug builds whose service logs no events of this crate, so that a newcomer who meets
//! a bare 401, or a session that is unexpectedly absent, need not know about `RUST_LOG`. A release build
//! prints nothing, and a process prints at most a few lines.
//!
//! The messages contain no token, claim or key, unless the error of a service's own hook does, and are never sent to the
//! client.

#[cfg(feature = "axum-core")]
use http::StatusCode;

use super::hooks::error::HookError;
use crate::error::Error;
#[cfg(feature = "axum-core")]
use crate::error::ErrorKind;

/// Reports why a request's token is not a session.
pub(super) fn refused(session: &str, error: &Error) {
    if !is_logged() {
        say("the token", session, error);
    }
}

/// Reports why a request is answered with a rejection, or with the error of a failed write.
#[cfg(feature = "axum-core")]
pub(crate) fn answered(session: &str, status: StatusCode, error: &Error) {
    let is_logged = match error.kind() {
        // These are errors of the service, which are logged at the level ERROR.
        ErrorKind::NotInstalled | ErrorKind::Hook | ErrorKind::Unavailable => {
            tracing::enabled!(target: "unjwt", tracing::Level::ERROR)
        }
        _ => is_logged(),
    };
    if !is_logged {
        say(status.as_str(), session, error);
    }
}

/// Reports why a hook failed, which the error of the response does not say.
pub(super) fn hook_failed(session: &str, hook: &str, error: &HookError) {
    if !tracing::enabled!(target: "unjwt", tracing::Level::ERROR) {
        tell(format_args!("`{hook}` of `{session}` failed: {error}"));
    }
}

fn is_logged() -> bool {
    tracing::enabled!(target: "unjwt", tracing::Level::DEBUG)
}

/// Prints what the service's own code said, up to a number of lines.
#[cfg(debug_assertions)]
fn tell(message: std::fmt::Arguments<'_>) {
    use std::sync::atomic::{AtomicUsize, Ordering};

    const MOST: usize = 50;
    static TOLD: AtomicUsize = AtomicUsize::new(0);
    if TOLD.fetch_add(1, Ordering::Relaxed) < MOST {
        eprintln!("unjwt (debug build): {message}");
    }
}

#[cfg(not(debug_assertions))]
fn tell(_: std::fmt::Arguments<'_>) {}

#[cfg(debug_assertions)]
fn say(what: &str, session: &str, error: &Error) {
    use std::sync::atomic::{AtomicUsize, Ordering};

    const MOST: usize = 50;
    /// Visitors who simply have no session must not use up the limit on messages.
    const MOST_ABSENT: usize = 5;
    static SAID: AtomicUsize = AtomicUsize::new(0);
    static SAID_ABSENT: AtomicUsize = AtomicUsize::new(0);

    let (said, most) = match error.kind() {
        crate::error::ErrorKind::NoSession => (&SAID_ABSENT, MOST_ABSENT),
        _ => (&SAID, MOST),
    };
    let before = said.fetch_add(1, Ordering::Relaxed);
    if before < most {
        let code = error.code();
        let end = if before + 1 == most { "; more of this kind are not shown" } else { "" };
        eprintln!("unjwt (debug build): {what} of `{session}`: {error} [{code}]; see `unjwt::refused`{end}");
    }
}

#[cfg(not(debug_assertions))]
fn say(_: &str, _: &str, _: &Error) {}
