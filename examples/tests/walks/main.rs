//! Starts the example programs and uses them over real sockets. (`refresh-token` has its own test.)
#![cfg(unix)] // Ctrl-C
#![allow(unreachable_pub, reason = "a test has no outside: `pub` says what its other modules use")]

#[path = "../support/mod.rs"]
mod support;

mod api_and_browser;
mod audit_hooks;
mod counter;
mod jwks;
mod key_roll;
mod magic_link;
mod nuxt_neighbour;
mod plain_hyper;
mod webhook;

use anyhow::{Context as _, Result, ensure};
use support::client::Answer;
use support::server::Server;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A 401 without detail that changes no cookie.
#[track_caller]
fn assert_unauthorized(answer: &Answer) {
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    assert_eq!(answer.body, "", "no detail");
    assert!(answer.set_cookies.is_empty(), "{answer:?}");
}

/// The token with its `nth` segment changed in the middle, where every bit of a character counts.
fn tampered(token: &str, nth: usize) -> Result<String> {
    let mut segments: Vec<String> = token.split('.').map(str::to_owned).collect();
    let segment = segments.get_mut(nth).context("no such segment")?;
    let middle = segment.len() / 2;
    let changed = if segment.get(middle..=middle) == Some("A") { "B" } else { "A" };
    ensure!(middle > 0, "too short to change");
    segment.replace_range(middle..=middle, changed);
    Ok(segments.join("."))
}

/// Ends the server like Ctrl-C, and checks that it printed its address and nothing else. Returns its log.
fn end(server: Server) -> Result<String> {
    let url = server.url.clone();
    let ended = server.interrupt()?;
    ensure!(ended.status.success(), "{ended:?}");
    ensure!(ended.stdout == format!("open {url}\n"), "{ended:?}");
    Ok(ended.stderr)
}

/// The log contains no usable part of a token.
#[track_caller]
fn assert_no_token_in(log: &str, tokens: &[String]) {
    assert!(!tokens.is_empty());
    for token in tokens {
        assert!(token.contains('.'), "{token} is no token");
        for part in token.split('.').skip(1).filter(|part| part.len() >= 16) {
            assert!(!log.contains(part), "a part of a token is in the log:\n{log}");
        }
    }
}
