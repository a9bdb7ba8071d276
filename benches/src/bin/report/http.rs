//! The HTTP comparison's tables.

use unjwt_benches::routes::{ROUTES, SERVERS};

use super::markdown::{digits, none, table, time};
use super::results::Route;

/// The heading of the table that the picture shows.
pub(crate) const PROCESSOR: &str = "## Microseconds of the server's processor per request";

pub(crate) fn tables(routes: &[Route]) -> String {
    let times = |one: &Route, server: &str, route: &str| {
        let other = Route::find(routes, server, route);
        other.map_or_else(none, |other| digits(one.cpu_micros() / other.cpu_micros()))
    };
    [
        (PROCESSOR, of(routes, |one| one.spread(|round| round.cpu_micros).cell(digits))),
        (
            "## Multiples of the same server's `/hello`, in processor time",
            of(routes, |one| times(one, &one.server, "hello")),
        ),
        (
            "## Multiples of unjwt's same route, in processor time",
            of(routes, |one| times(one, "unjwt", &one.route)),
        ),
        (
            "## Requests per second",
            of(routes, |one| one.spread(|round| round.per_second).cell(|value| format!("{value:.0}"))),
        ),
        (
            "## 99 of 100 requests are answered within",
            of(routes, |one| one.spread(|round| round.p99_micros).cell(|micros| time(Some(micros * 1e3)))),
        ),
    ]
    .map(|(heading, table)| format!("{heading}\n\n{table}\n"))
    .concat()
}

fn of(routes: &[Route], cell: impl Fn(&Route) -> String) -> String {
    let mut head = vec![""];
    head.extend(SERVERS);
    let rows: Vec<Vec<String>> = ROUTES
        .into_iter()
        .filter(|route| SERVERS.iter().any(|server| Route::find(routes, server, route).is_some()))
        .map(|route| {
            let cells = SERVERS.map(|server| Route::find(routes, server, route).map_or_else(none, &cell));
            std::iter::once(format!("`/{route}`")).chain(cells).collect()
        })
        .collect();
    table(&head, &rows)
}
