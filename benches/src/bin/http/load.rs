//! `wrk`, and what it says.

use std::time::Duration;

use unjwt_benches::routes::ANSWER;

use super::pinned::pinned;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) requests: u64,
    pub(crate) per_second: f64,
    pub(crate) p99: Duration,
}

/// The replies that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replies {
    /// Only their statuses, by wrk itself.
    Counted,
    /// Their statuses and bodies, by a script that slows wrk down.
    Checked,
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/http/check.lua");

/// Loads a route over 32 connections for so long, in whole seconds and at least one. Fails if a reply is not the answer.
pub(crate) fn run(
    port: u16,
    route: &str,
    cookies: &str,
    time: Duration,
    replies: Replies,
) -> Result<Load, String> {
    let mut wrk = pinned("1", "wrk");
    wrk.args(["--threads", "1", "--connections", "32", "--latency", "--timeout", "30s"]);
    wrk.args(["--duration", &format!("{}s", time.as_secs().max(1))]);
    if !cookies.is_empty() {
        wrk.args(["--header", &format!("Cookie: {cookies}")]);
    }
    let url = format!("http://127.0.0.1:{port}/{route}");
    match replies {
        Replies::Counted => wrk.arg(url),
        Replies::Checked => wrk.args(["--script", SCRIPT, &url, "--", ANSWER]),
    };
    let output = wrk.output().map_err(|error| format!("wrk: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || !all_are_right(&text, replies) {
        return Err(format!("/{route}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    }
    parse(&text).ok_or_else(|| format!("wrk said something unknown: {text}"))
}

/// Returns whether wrk saw neither other statuses, nor lost connections, nor other bodies if it looked at them.
fn all_are_right(said: &str, replies: Replies) -> bool {
    let checked = replies == Replies::Counted || said.lines().any(|line| line == "wrong replies: 0");
    checked && !said.contains("Non-2xx") && !said.contains("Socket errors")
}

fn parse(text: &str) -> Option<Load> {
    let line = |wanted: &str| text.lines().map(str::trim).find(|line| line.contains(wanted));
    let requests = line(" requests in ")?.split(' ').next()?.parse().ok()?;
    let per_second = line("Requests/sec:")?.rsplit(' ').next()?.parse().ok()?;
    // Absent where not one request came to its end.
    let p99 = text
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("99%"))
        .and_then(|line| duration(line.rsplit(' ').next()?))
        .unwrap_or_default();
    Some(Load { requests, per_second, p99 })
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    Some(Duration::from_secs_f64(digits.parse::<f64>().ok()? * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Running 1s test @ http://127.0.0.1:1/hello\n  1 threads and 32 connections\n  Latency     1.79ms    2.00ms  32.90ms   97.99%\n  Latency Distribution\n     \
                        50%  375.00us\n     99%    0.90ms\n  77533 requests in 1.00s, 9.99MB read\nRequests/sec:  77533.12\n";

    #[test]
    fn reads_what_wrk_says() {
        let load = parse(SAID).unwrap();
        assert_eq!(load.requests, 77533);
        assert_eq!(load.per_second, 77533.12);
        assert_eq!(load.p99, Duration::from_micros(900));
    }

    #[test]
    fn one_wrong_reply_is_an_error() {
        assert!(all_are_right(SAID, Replies::Counted));
        assert!(!all_are_right(&format!("{SAID}  Non-2xx or 3xx responses: 1\n"), Replies::Counted));
        let errors = "  Socket errors: connect 0, read 1, write 0, timeout 0\n";
        assert!(!all_are_right(&format!("{SAID}{errors}"), Replies::Counted));
        assert!(!all_are_right(SAID, Replies::Checked));
        assert!(!all_are_right(&format!("{SAID}wrong replies: 10\n"), Replies::Checked));
        assert!(all_are_right(&format!("{SAID}wrong replies: 0\n"), Replies::Checked));
    }
}
