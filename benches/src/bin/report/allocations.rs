//! The second table: what each read and write asks the allocator for.

use unjwt_benches::family::Family;
use unjwt_benches::subject::Operation;
use unjwt_benches::{PAYLOADS, floor, josekit_plain, jsonwebtoken_plain, ours};

use super::markdown::{self, none};
use super::results::Allocations;

const HEAD: [&str; 7] = ["", "bytes", "", "unjwt", "floor", "josekit", "jsonwebtoken"];

fn row(counts: &[Allocations], family: Family, len: usize, operation: Operation) -> Option<Vec<String>> {
    let of = |subject: &str| {
        counts.iter().find(|one| {
            one.family == family.id()
                && one.len == len
                && one.operation == operation.id()
                && one.subject == subject
        })
    };
    let cell = |one: Option<&Allocations>| {
        one.map_or_else(none, |one| format!("{} ({} B)", one.allocations, one.bytes))
    };
    let floor = floor::NAMES.into_iter().filter_map(of).min_by_key(|one| one.allocations);
    Some(vec![
        family.title().to_owned(),
        len.to_string(),
        operation.id().to_owned(),
        cell(Some(of(ours::FIRST)?)),
        cell(floor),
        cell(of(josekit_plain::NAME)),
        cell(of(jsonwebtoken_plain::NAME)),
    ])
}

pub(crate) fn table(counts: &[Allocations]) -> String {
    let mut rows = Vec::new();
    for family in Family::ALL {
        for len in PAYLOADS {
            rows.extend(
                Operation::ALL.into_iter().filter_map(|operation| row(counts, family, len, operation)),
            );
        }
    }
    markdown::table(&HEAD, &rows)
}
