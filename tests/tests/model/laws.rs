//! Laws that are independent of the model, checked from the records and the response alone.

use std::collections::HashSet;

use http::HeaderMap;
use unjwt::Source;

use super::kinds::{Hook, Kind};
use super::record::Record;
use super::wire::{Sent, lines_by_kind, require};

/// A session that `on_read` does not approve is nobody's from then on, until it is asked about again.
///
/// What a task of that hook took before, and is told when its own hooks have ended, was seen before.
pub fn check_refused(records: &[Record]) -> Result<(), String> {
    let (mut asked, mut refused) = (Vec::<(Kind, &str)>::new(), HashSet::<(Kind, &str)>::new());
    for record in records {
        match record {
            Record::Hook { kind, hook: Hook::Read, seen: Some(seen), .. } => {
                asked.retain(|(of, _)| of != kind);
                asked.push((*kind, &seen.token));
                refused.remove(&(*kind, &*seen.token));
            }
            Record::Judged { kind, .. } => {
                refused.extend(asked.iter().find(|(of, _)| of == kind));
            }
            _ => {}
        }
        if let Record::Judged { kind, after }
        | Record::Done { kind, after, .. }
        | Record::Together { kind, after, .. } = record
        {
            let shows = after.current.as_ref().is_some_and(|seen| refused.contains(&(*kind, &*seen.token)));
            require(!shows, || format!("{record:?} shows what was refused"))?;
        }
    }
    Ok(())
}

/// A response carries nothing but what a write had returned as written before.
pub fn check_sent(records: &[Record], headers: &HeaderMap) -> Result<(), String> {
    let before = records.iter().take_while(|record| !matches!(record, Record::Answered));
    let written: HashSet<&str> = before
        .flat_map(|record| match record {
            Record::Done { result: Ok(Some(seen)), .. } => vec![seen],
            Record::Together { results, .. } => results.iter().flatten().flatten().collect(),
            _ => Vec::new(),
        })
        .filter(|seen| seen.source == Source::New)
        .map(|seen| &*seen.token)
        .collect();
    for (kind, lines) in lines_by_kind(headers)? {
        let set = lines.into_iter().filter(|line| !line.value.is_empty());
        let cookies = set.map(|line| (line.name, line.value)).collect();
        for (token, _) in (Sent { cookies, header: None }).tokens(kind) {
            let token = token.unwrap_or_default();
            require(written.contains(&*token), || {
                format!("a session of {kind:?} that nobody wrote is sent")
            })?;
        }
    }
    Ok(())
}
