//! `wrk`, and what it says.

use std::time::Duration;

use super::server::pinned;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) requests: u64,
    pub(crate) per_second: f64,
    pub(crate) p99: Duration,
}

/// Loads a route over 32 connections for so long, in whole seconds and at least one.
pub(crate) fn run(port: u16, route: &str, cookies: &str, time: Duration) -> Result<Load, String> {
    let mut wrk = pinned("1", "wrk");
    wrk.args(["--threads", "1", "--connections", "32", "--latency", "--timeout", "30s"]);
    wrk.args(["--duration", &format!("{}s", time.as_secs().max(1))]);
    if !cookies.is_empty() {
        wrk.args(["--header", &format!("Cookie: {cookies}")]);
    }
    wrk.arg(format!("http://127.0.0.1:{port}/{route}"));
    let output = wrk.output().map_err(|error| format!("wrk: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if text.contains("Non-2xx") || !output.status.success() {
        return Err(format!("/{route}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    }
    parse(&text).ok_or_else(|| format!("wrk said something unknown: {text}"))
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

    #[test]
    fn reads_what_wrk_says() {
        let said = "Running 1s test @ http://127.0.0.1:1/hello\n  1 threads and 32 connections\n  Latency     1.79ms    2.00ms  32.90ms   97.99%\n  Latency Distribution\n     \
                    50%  375.00us\n     99%    0.90ms\n  77533 requests in 1.00s, 9.99MB read\nRequests/sec:  77533.12\n";
        let load = parse(said).unwrap();
        assert_eq!(load.requests, 77533);
        assert_eq!(load.per_second, 77533.12);
        assert_eq!(load.p99, Duration::from_micros(900));
    }
}
