//! The HTTP comparison's tables.

use unjwt_benches::routes::{ROUTES, SERVERS};

use super::markdown::{digits, none, table, time};
use super::results::Route;

pub(crate) fn find<'r>(routes: &'r [Route], server: &str, route: &str) -> Option<&'r Route> {
    routes.iter().find(|one| one.server == server && one.route == route)
}

pub(crate) fn tables(routes: &[Route]) -> String {
    let per_second = |one: &Route| {
        let of_hello =
            find(routes, &one.server, "hello").map(|hello| 100.0 * one.per_second / hello.per_second);
        format!("{:.0} ({:.0} %)", one.per_second, of_hello.unwrap_or_default())
    };
    [
        ("Requests per second, and in relation to the same server's `/hello`", of(routes, per_second)),
        ("99 of 100 requests are answered within", of(routes, |one| time(Some(one.p99_micros * 1e3)))),
        ("Microseconds of the server's processor per request", of(routes, |one| digits(one.cpu_micros))),
    ]
    .map(|(title, table)| format!("## {title}\n\n{table}\n"))
    .concat()
}

fn of(routes: &[Route], cell: impl Fn(&Route) -> String) -> String {
    let mut head = vec![""];
    head.extend(SERVERS);
    let rows: Vec<Vec<String>> = ROUTES
        .into_iter()
        .filter(|route| SERVERS.iter().any(|server| find(routes, server, route).is_some()))
        .map(|route| {
            let cells = SERVERS.map(|server| find(routes, server, route).map_or_else(none, &cell));
            std::iter::once(format!("`/{route}`")).chain(cells).collect()
        })
        .collect();
    table(&head, &rows)
}
