//! The first tables: a read and a write in every family, beside every alternative.

use unjwt_benches::family::Family;
use unjwt_benches::subject::Operation;
use unjwt_benches::{PAYLOADS, cookie_jar, josekit_plain, jsonwebtoken_plain, ours};

use super::estimates::Estimates;
use super::markdown::{none, ratio, table, time};
use super::results::NodeMedian;

fn head(operation: Operation) -> [&'static str; 12] {
    let second_look = match operation {
        Operation::Read => "again",
        Operation::Write => "read back",
    };
    [
        "",
        "unjwt",
        second_look,
        "floor",
        "josekit",
        "jsonwebtoken",
        "cookie jar",
        "npm unjwt",
        "÷ floor",
        "÷ josekit",
        "÷ jsonwebtoken",
        "npm ÷ unjwt",
    ]
}

fn heading(operation: Operation, len: usize) -> String {
    format!("## A {} of {len} bytes", operation.id())
}

pub(crate) fn tables(estimates: &Estimates, node: &[NodeMedian]) -> String {
    let mut text = String::new();
    for operation in Operation::ALL {
        for len in PAYLOADS {
            let rows: Vec<_> = Family::ALL
                .into_iter()
                .filter_map(|family| row(estimates, node, family, len, operation))
                .collect();
            text.push_str(&format!("{}\n\n{}\n", heading(operation, len), table(&head(operation), &rows)));
        }
    }
    text
}

fn row(
    estimates: &Estimates,
    node: &[NodeMedian],
    family: Family,
    len: usize,
    operation: Operation,
) -> Option<Vec<String>> {
    let of = |subject: &str| estimates.of(family, len, operation, subject);
    let ours = of(ours::FIRST)?;
    let floor = estimates.floor(family, len, operation);
    let floor_nanos = floor.map(|(_, nanos)| nanos);
    let (josekit, jsonwebtoken) = (of(josekit_plain::NAME), of(jsonwebtoken_plain::NAME));
    let npm = NodeMedian::find(node, family, len, operation);
    Some(vec![
        family.title().to_owned(),
        time(Some(ours)),
        time(of(ours::AGAIN).or_else(|| of(ours::READ_BACK))),
        floor.map_or_else(none, |(library, nanos)| format!("{} ({library})", time(Some(nanos)))),
        time(josekit),
        time(jsonwebtoken),
        time(of(cookie_jar::SIGNED).or_else(|| of(cookie_jar::PRIVATE))),
        time(npm),
        ratio(Some(ours), floor_nanos),
        ratio(Some(ours), josekit),
        ratio(Some(ours), jsonwebtoken),
        ratio(npm, Some(ours)),
    ])
}
