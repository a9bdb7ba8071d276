//! What the comparison must show: how much a session may cost a service, and how far npm `unjwt` must be behind.

use unjwt_benches::routes::ROUTES;

use super::http::find;
use super::markdown::{self, digits};
use super::results::Route;

/// Least shares of `/hello`'s requests per second.
const OF_HELLO: [(&str, f64); 3] = [("hs256", 0.90), ("dir", 0.90), ("anonymous", 0.97)];

/// How many times the requests per second of npm `unjwt` with h3.
const OF_NODE: f64 = 8.0;

pub(crate) fn table(routes: &[Route]) -> String {
    let ours = |route| find(routes, "unjwt", route).map(|one| one.per_second);
    let mut rows = Vec::new();
    for (route, least) in OF_HELLO {
        if let (Some(seen), Some(hello)) = (ours(route), ours("hello")) {
            rows.push(row(format!("`/{route}` of `/hello`"), least, seen / hello));
        }
    }
    // Without a session there is nothing to compare.
    for route in ROUTES.into_iter().filter(|route| !matches!(*route, "hello" | "cookie")) {
        let node =
            find(routes, "node", route).map(|one| one.per_second).filter(|per_second| *per_second > 0.0);
        if let (Some(seen), Some(node)) = (ours(route), node) {
            rows.push(row(format!("`/{route}` of the same with npm `unjwt`"), OF_NODE, seen / node));
        }
    }
    markdown::table(&["Requests per second of", "at least", "measured", "held"], &rows)
}

fn row(what: String, least: f64, seen: f64) -> Vec<String> {
    vec![what, digits(least), digits(seen), if seen >= least { "yes" } else { "no" }.to_owned()]
}
