//! The table of sessions whose logins can be ended.

use unjwt_benches::logins::{AS_LONG, GROUPS, PLAIN, REVOCABLE};

use super::estimates::Estimates;
use super::markdown::{ratio, table, time};

const TITLES: [&str; 2] = ["dir, A256GCM", "HS256"];

pub(crate) fn table_of(estimates: &Estimates) -> String {
    let rows: Vec<_> =
        GROUPS.into_iter().zip(TITLES).filter_map(|(group, title)| row(estimates, group, title)).collect();
    let ways = REVOCABLE.map(|way| format!("{way} ÷ {PLAIN}"));
    let [signs_in, by_one, by_two] = REVOCABLE;
    let head = ["", PLAIN, AS_LONG, signs_in, by_one, by_two, &ways[0], &ways[1], &ways[2]];
    table(&head, &rows)
}

fn row(estimates: &Estimates, group: &str, title: &str) -> Option<Vec<String>> {
    let plain = Some(estimates.alone(group, PLAIN)?);
    let ends = REVOCABLE.map(|way| estimates.alone(group, way));
    let mut row = vec![title.to_owned(), time(plain), time(estimates.alone(group, AS_LONG))];
    row.extend(ends.map(time));
    row.extend(ends.map(|nanos| ratio(nanos, plain)));
    Some(row)
}
