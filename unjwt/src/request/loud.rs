//! A word to the developer about what would otherwise be a silent refusal.
//!
//! In a debug build whose service logs nothing of this crate: a newcomer who meets a bare 401, or a visitor that should be
//! somebody, need not know of `RUST_LOG`. Nothing in a release build, and at most a few lines in the life of a process.
//!
//! What is said holds no token, claim or key, and the client gets none of it.

#[cfg(feature = "axum-core")]
use http::StatusCode;

use crate::error::Error;
#[cfg(feature = "axum-core")]
use crate::error::ErrorKind;

/// Says why a request's token is not a session, whoever asked for it.
pub(super) fn refused(session: &str, error: &Error) {
    if !is_logged() {
        say("the token", session, error);
    }
}

/// Says why a request is answered in place of its handler, or by a failed write.
#[cfg(feature = "axum-core")]
pub(crate) fn answered(session: &str, status: StatusCode, error: &Error) {
    let is_logged = match error.kind() {
        // These are errors of the service, which any subscriber shows.
        ErrorKind::NotInstalled | ErrorKind::Hook | ErrorKind::Unavailable => {
            tracing::enabled!(target: "unjwt", tracing::Level::ERROR)
        }
        _ => is_logged(),
    };
    if !is_logged {
        say(status.as_str(), session, error);
    }
}

fn is_logged() -> bool {
    tracing::enabled!(target: "unjwt", tracing::Level::DEBUG)
}

#[cfg(debug_assertions)]
fn say(what: &str, session: &str, error: &Error) {
    use std::sync::atomic::{AtomicUsize, Ordering};

    const MOST: usize = 50;
    /// Visitors who simply have no session are not to use up the lines.
    const MOST_ABSENT: usize = 5;
    static SAID: AtomicUsize = AtomicUsize::new(0);
    static SAID_ABSENT: AtomicUsize = AtomicUsize::new(0);

    let (said, most) = match error.kind() {
        crate::error::ErrorKind::NoSession => (&SAID_ABSENT, MOST_ABSENT),
        _ => (&SAID, MOST),
    };
    if said.fetch_add(1, Ordering::Relaxed) < most {
        let code = error.code();
        eprintln!("unjwt (debug build): {what} of `{session}`: {error} [{code}]; see `unjwt::refused`");
    }
}

#[cfg(not(debug_assertions))]
fn say(_: &str, _: &str, _: &Error) {}
