//! Tokens as a person reads them, and as JSON.

use serde::Serialize;
use unjwt::NumericDate;

use super::source::Origin;
use super::verdict::{Content, Inspected, Verdict, seconds};
use crate::date::spoken;
use crate::json::{self, Members};
use crate::terminal::printable;

/// The claims that are times.
const TIMES: [&str; 5] = ["exp", "nbf", "iat", "auth_time", "updated_at"];

pub(super) fn text(tokens: &[Inspected], now: NumericDate) -> String {
    tokens.iter().map(|token| one(token, now)).collect::<Vec<_>>().join("\n")
}

fn one(inspected: &Inspected, now: NumericDate) -> String {
    let origin = match &inspected.origin {
        Origin::Bare => String::new(),
        Origin::Header(name) => format!("header `{}`: ", printable(name)),
        Origin::Cookie(name, 0) => format!("cookie `{}`: ", printable(name)),
        Origin::Cookie(name, chunks) => format!("cookie `{}` in {chunks} chunks: ", printable(name)),
    };
    let mut out = match &inspected.token {
        Some(token) => format!("{origin}{} of {} characters\n", token.form.name(), token.len),
        None => format!("{origin}no token\n"),
    };
    if let Some(token) = &inspected.token {
        out.push_str("header\n");
        members(&mut out, &token.header, &[], now);
        if !token.hidden.is_empty() {
            out.push_str(&format!("  (not shown: {})\n", token.hidden.join(", ")));
        }
    }
    match &inspected.content {
        Content::Claims(claims) => {
            out.push_str("claims\n");
            members(&mut out, claims, &TIMES, now);
        }
        Content::Other(len) => {
            out.push_str(&format!("payload of {len} bytes that is not an object of claims\n"))
        }
        Content::Unknown => {}
    }
    let key = match &inspected.kid {
        Some(kid) => format!(" with the key `{}`", printable(kid)),
        None => " with the key of the file".to_owned(),
    };
    out.push_str(&match &inspected.verdict {
        Verdict::NotVerified => {
            "not verified: anyone can have written this; name the keys with --keys\n".to_owned()
        }
        Verdict::Encrypted => "encrypted: name the keys with --keys to see the claims\n".to_owned(),
        Verdict::Verified => format!("verified{key}\n"),
        Verdict::Decrypted => format!("decrypted{key}\n"),
        Verdict::Refused(reason) => format!("refused: {}\n", printable(reason)),
    });
    if inspected.expired {
        out.push_str("expired\n");
    }
    if inspected.not_yet_valid {
        out.push_str("not valid yet\n");
    }
    out
}

fn members(out: &mut String, members: &Members, times: &[&str], now: NumericDate) {
    let name = |name: &str| printable(name);
    let width = members.0.iter().map(|(own, _)| name(own).chars().count()).max().unwrap_or(0).min(20);
    for (own, value) in &members.0 {
        let time = times.contains(&own.as_str()).then(|| seconds(Some(value))).flatten();
        let time = time.map_or_else(String::new, |time| {
            let mark = if own == "exp" && time <= now { ", expired" } else { "" };
            format!("  {}{mark}", spoken(time, now))
        });
        out.push_str(&format!("  {:<width$}  {}{time}\n", name(own), json::write(value, false)));
    }
}

#[derive(Serialize)]
struct Answer<'t> {
    now: NumericDate,
    tokens: Vec<Row<'t>>,
}

#[derive(Serialize)]
struct Row<'t> {
    source: &'static str,
    name: Option<&'t str>,
    chunks: Option<usize>,
    kind: Option<&'static str>,
    length: Option<usize>,
    header: Option<&'t Members>,
    hidden: &'t [String],
    claims: Option<&'t Members>,
    verdict: &'static str,
    kid: Option<&'t str>,
    reason: Option<&'t str>,
    expired: bool,
    not_yet_valid: bool,
}

pub(super) fn json(tokens: &[Inspected], now: NumericDate) -> String {
    let tokens = tokens.iter().map(row).collect();
    format!("{}\n", json::write(&Answer { now, tokens }, true))
}

fn row(inspected: &Inspected) -> Row<'_> {
    let (source, name, chunks) = match &inspected.origin {
        Origin::Bare => ("token", None, None),
        Origin::Header(name) => ("header", Some(name.as_str()), None),
        Origin::Cookie(name, chunks) => ("cookie", Some(name.as_str()), Some(*chunks)),
    };
    let token = inspected.token.as_ref();
    let (verdict, reason) = match &inspected.verdict {
        Verdict::NotVerified => ("not_verified", None),
        Verdict::Encrypted => ("encrypted", None),
        Verdict::Verified => ("verified", None),
        Verdict::Decrypted => ("decrypted", None),
        Verdict::Refused(reason) => ("refused", Some(reason.as_str())),
    };
    Row {
        source,
        name,
        chunks,
        kind: token.map(|token| token.form.name()),
        length: token.map(|token| token.len),
        header: token.map(|token| &token.header),
        hidden: token.map(|token| token.hidden.as_slice()).unwrap_or_default(),
        claims: match &inspected.content {
            Content::Claims(claims) => Some(claims),
            Content::Other(_) | Content::Unknown => None,
        },
        verdict,
        kid: inspected.kid.as_deref(),
        reason,
        expired: inspected.expired,
        not_yet_valid: inspected.not_yet_valid,
    }
}
