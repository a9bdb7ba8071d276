//! `unjwt inspect`.

mod opening;
mod show;
mod source;
mod token;
mod verdict;

use std::io::{self, IsTerminal as _, Read as _};

use unjwt::NumericDate;

use crate::args::InspectArgs;
use crate::failure::{Failure, Report};
use opening::Keys;
use verdict::Inspected;

/// The most of standard input that is read.
const LONGEST: u64 = 1024 * 1024;

pub(crate) fn run(args: &InspectArgs, now: NumericDate) -> Result<Report, Failure> {
    let keys = args.keys.as_deref().map(Keys::read).transpose()?;
    let text = match args.token.as_deref() {
        Some(text) if text != "-" => text.to_owned(),
        _ => piped()?,
    };
    inspect(&text, keys.as_ref(), now, args.json)
}

fn piped() -> Result<String, Failure> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::Usage("there is no token: name one as the argument, or pipe it in".into()));
    }
    let mut bytes = Vec::new();
    let read = stdin.lock().take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::File(format!("standard input cannot be read: {error}")))?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > LONGEST) {
        return Err(Failure::Usage(
            "standard input has more than 1 MiB: pipe in the line with the token".into(),
        ));
    }
    String::from_utf8(bytes).map_err(|_| Failure::Usage("standard input is not text: pipe in a token".into()))
}

fn inspect(text: &str, keys: Option<&Keys>, now: NumericDate, as_json: bool) -> Result<Report, Failure> {
    let found = source::find(text);
    if found.tokens.is_empty() {
        return Err(Failure::Usage(format!(
            "there is no token in this{}: give a token, or a `Cookie:`, `Set-Cookie:` or `Authorization: Bearer` line",
            if found.others > 0 { ", only cookies without one" } else { "" }
        )));
    }
    let inspected: Vec<_> = found.tokens.into_iter().map(|source| Inspected::of(source, keys, now)).collect();
    let is_no = inspected.iter().any(|one| one.is_no(keys.is_some()));
    let out = if as_json { show::json(&inspected, now) } else { show::text(&inspected, now) };
    let mut report = Report { out, code: u8::from(is_no), ..Report::default() };
    if found.more {
        report
            .notes
            .push(format!("there are more than {} tokens: the rest is not shown", source::MOST_TOKENS));
    }
    Ok(report)
}

#[cfg(test)]
mod tests;
