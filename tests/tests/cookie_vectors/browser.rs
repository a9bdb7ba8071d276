//! Checks the model browser against the recorded files, so that it can be trusted to judge the crate's own
//! lines.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use unjwt_tests::told;

use super::date;
use super::files::{Call, calls, dates, visits};
use super::set_cookie::{SameSite, SetCookie};

/// Fails with a list of the failures, or prints the number of successes.
fn conclude(file: &str, total: usize, failures: &[String]) {
    told!("{file}: held {}, total {total}", total - failures.len());
    assert!(failures.is_empty(), "{file}: {} cases:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_browser_reads_dates() {
    let dates = dates();
    let mut failures = Vec::new();
    for (text, expected) in &dates {
        // The right side is written as RFC 9110 §5.6.7 has it.
        let expected = expected.as_ref().map(|date| date::parse(date).unwrap());
        if date::parse(text) != expected {
            failures.push(format!("{text}: {:?}", date::parse(text)));
        }
    }
    conclude("cookies_http_state_dates.json", dates.len(), &failures);
    assert_eq!(date::parse("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
    assert_eq!(date::parse("Fri, 31 Dec 9999 23:59:59 GMT"), Some(253_402_300_799));
}

#[test]
fn the_browser_keeps_and_sends_what_browsers_do() {
    for (file, visits) in visits() {
        let mut listed = BTreeMap::<&str, usize>::new();
        let mut failures = Vec::new();
        for visit in visits.iter().filter(|visit| visit.observed() != visit.expected) {
            match visit.recorded_otherwise() {
                Some(reason) => *listed.entry(reason).or_default() += 1,
                None => failures.push(format!(
                    "{} {:?}: {:?} instead of {:?}",
                    visit.name,
                    visit.lines,
                    visit.observed(),
                    visit.expected
                )),
            }
        }
        let known: usize = listed.values().sum();
        conclude(file, visits.len() - known, &failures);
        for (reason, count) in listed {
            told!("{file}: listed {count}: {reason}");
        }
    }
}

#[test]
fn the_browser_takes_lines_apart() {
    let calls: Vec<Call> = calls().into_iter().filter(|call| !call.is_about_javascript()).collect();
    let (mut failures, mut total) = (Vec::new(), 0);
    for call in &calls {
        let (line, said) = match (call.function.as_str(), &call.answer) {
            ("parseSetCookie", Some(answer)) => (call.arguments[0].as_str().unwrap(), answer.clone()),
            ("stringifySetCookie", Some(Value::String(line))) => (line.as_str(), said(&call.arguments)),
            _ => continue,
        };
        total += 1;
        let read = SetCookie::parse(line).unwrap_or_default();
        if !says(&read, &said) {
            failures.push(format!("{}: {line:?}: {read:?} instead of {said}", call.name));
        }
    }
    conclude("cookies_jshttp.json (lines)", total, &failures);
}

/// Returns the cookie that the library was asked to write: one object, or name, value and the rest.
fn said(arguments: &[Value]) -> Value {
    match arguments {
        [Value::String(name), Value::String(value), rest @ ..] => {
            let mut said = rest.first().cloned().unwrap_or_else(|| json!({}));
            (said["name"], said["value"]) = (json!(name), json!(value));
            said
        }
        _ => arguments[0].clone(),
    }
}

/// Returns whether the line's parts are those that the library names.
fn says(read: &SetCookie, said: &Value) -> bool {
    let text = |name: &str| said[name].as_str();
    let same_site = read.same_site.map(|same_site| match same_site {
        SameSite::Strict => "strict",
        SameSite::Lax => "lax",
        SameSite::None => "none",
    });
    let date = said["expires"]["$date"].as_str().map(from_iso);
    let site_said = match &said["sameSite"] {
        Value::Bool(strict) => strict.then(|| "strict".to_owned()),
        site => site.as_str().map(str::to_ascii_lowercase),
    };
    // That library decodes percent signs, browsers do not.
    text("name") == Some(&read.name)
        && text("value").is_some_and(|value| value == read.value || value == percent_decoded(&read.value))
        && text("path").filter(|path| path.starts_with('/')) == read.path.as_deref()
        && text("domain").map(|domain| domain.trim_start_matches('.').to_ascii_lowercase()) == read.domain
        && said["maxAge"].as_i64() == read.max_age
        && date == read.expires
        && (said["secure"] == true) == read.secure
        && (said["httpOnly"] == true) == read.http_only
        && (said["partitioned"] == true) == read.partitioned
        && site_said.as_deref() == same_site
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| byte == b'%') {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &tail[2..];
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `2026-06-24T22:30:33.000Z`.
fn from_iso(text: &str) -> i64 {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let number = |range: std::ops::Range<usize>| text[range].parse::<usize>().unwrap();
    let month = MONTHS[number(5..7) - 1];
    date::parse(&format!("{} {month} {} {}", &text[8..10], &text[..4], &text[11..19])).unwrap()
}
