//! What holds whatever the model says: read off the record and the response alone.

use std::collections::HashSet;

use http::HeaderMap;
use unjwt::Source;

use super::kinds::{Hook, Kind};
use super::record::{Record, Seen};
use super::wire::{Sent, lines_by_kind, require};

/// A session that `on_read` does not approve is seen by nobody from then on, until it is asked about again.
///
/// A session that a logout ends, and the hooks of its ending, need no approval; `on_expire` and `renew` hear of one that is
/// treated as expired.
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
        let (kind, shown): (_, Vec<&Seen>) = match record {
            Record::Judged { kind, .. } | Record::Done { kind, .. } | Record::Together { kind, .. } => {
                (*kind, record.shown())
            }
            _ => continue,
        };
        let seen = shown.into_iter().find(|seen| refused.contains(&(kind, &*seen.token)));
        require(seen.is_none(), || format!("{record:?} shows what was refused"))?;
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
