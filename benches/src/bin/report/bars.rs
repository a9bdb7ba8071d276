//! What the comparison must show: how near to the floor a session is, what it may cost a service, and how far npm `unjwt`
//! must be behind.

use unjwt_benches::family::Family;
use unjwt_benches::routes::ROUTES;
use unjwt_benches::subject::Operation::{self, Read, Write};
use unjwt_benches::{PAYLOADS, logins, ours};

use super::estimates::Estimates;
use super::http::find;
use super::markdown::{self, digits, none};
use super::results::{NodeMedian, Route};

/// Families, operations, lengths of the payload.
type Measured = (&'static [Family], &'static [Operation], &'static [usize]);

/// Multiples of the floor, at most.
const OF_FLOOR: [(Measured, f64); 6] = [
    ((&[Family::Hs256, Family::Dir], &[Read], &[200]), 1.6),
    ((&[Family::Hs256, Family::Dir], &[Read], &[2048]), 1.2),
    ((&[Family::Hs256, Family::Dir], &[Write], &[200]), 1.8),
    ((&[Family::Hs256, Family::Dir], &[Write], &[2048]), 1.3),
    ((&[Family::A256Kw, Family::A256GcmKw], &[Read, Write], &PAYLOADS), 1.8),
    ((PUBLIC, &[Read, Write], &PAYLOADS), 1.15),
];

const PUBLIC: &[Family] = &[
    Family::RsaOaep256,
    Family::EcdhP256,
    Family::EcdhX25519,
    Family::Rs256,
    Family::Ps256,
    Family::Es256,
    Family::EdDsa,
];

const SYMMETRIC: &[Family] = &[Family::Hs256, Family::Dir, Family::A256Kw, Family::A256GcmKw];

/// Multiples of the floor of HS256 that a repeated read costs, at most.
const AGAIN: f64 = 2.0;

/// Multiples of the same session's read without `revocable`, at most.
const REVOCABLE: f64 = 1.1;

/// How many times as fast as npm `unjwt`, at least, where the key is symmetric.
const NPM: f64 = 20.0;

/// Least shares of `/hello`'s requests per second.
const OF_HELLO: [(&str, f64); 3] = [("hs256", 0.90), ("dir", 0.90), ("anonymous", 0.97)];

/// How many times the requests per second of npm `unjwt` with h3.
const OF_NODE: f64 = 8.0;

/// In one process.
pub(crate) fn of_reads_and_writes(estimates: &Estimates, node: &[NodeMedian]) -> String {
    let floor = |family, len, operation| Some(estimates.floor(family, len, operation)?.1);
    let ours = |family, len, operation| estimates.of(family, len, operation, ours::FIRST);
    let mut rows = Vec::new();
    for ((families, operations, lens), most) in OF_FLOOR {
        let ratios = combinations(families, operations, lens).filter_map(|(family, len, operation)| {
            Some(ours(family, len, operation)? / floor(family, len, operation)?)
        });
        let what = format!(
            "{} of {}: times the floor",
            joined(operations, Operation::id),
            joined(families, Family::title)
        );
        rows.extend(row(
            format!("{what}, {} bytes", joined(lens, |len| len)),
            "at most",
            most,
            ratios.max_by(f64::total_cmp),
        ));
    }
    let again = [PUBLIC, &[Family::Pbes2]].concat().into_iter().filter_map(|family| {
        Some(estimates.of(family, 200, Read, ours::AGAIN)? / floor(Family::Hs256, 200, Read)?)
    });
    rows.extend(row(
        "a costly token read again: times the floor of HS256, 200 bytes".to_owned(),
        "at most",
        AGAIN,
        again.max_by(f64::total_cmp),
    ));
    let revocable = logins::GROUPS.into_iter().flat_map(|group| logins::REVOCABLE.map(|way| (group, way)));
    let revocable = revocable.filter_map(|(group, way)| {
        Some(estimates.alone(group, way)? / estimates.alone(group, logins::PLAIN)?)
    });
    rows.extend(row(
        "a read whose login can be ended: times that of the session without `revocable`".to_owned(),
        "at most",
        REVOCABLE,
        revocable.max_by(f64::total_cmp),
    ));
    let npm = |families: &'static [Family], lens: &'static [usize]| {
        combinations(families, &Operation::ALL, lens).filter_map(|(family, len, operation)| {
            Some(NodeMedian::find(node, family, len, operation)? / ours(family, len, operation)?)
        })
    };
    let symmetric = npm(SYMMETRIC, &[200]).min_by(f64::total_cmp);
    rows.extend(row(
        "symmetric keys: times as fast as npm `unjwt`, 200 bytes".to_owned(),
        "at least",
        NPM,
        symmetric,
    ));
    let all = npm(&Family::ALL, &PAYLOADS).min_by(f64::total_cmp);
    rows.extend(row(
        "all families: times as fast as npm `unjwt`, both lengths".to_owned(),
        "at least",
        1.0,
        all,
    ));
    markdown::table(&["", "", "", "the worst", "held"], &rows)
}

fn combinations<'a>(
    families: &'a [Family],
    operations: &'a [Operation],
    lens: &'a [usize],
) -> impl Iterator<Item = (Family, usize, Operation)> {
    families.iter().flat_map(move |&family| {
        operations.iter().flat_map(move |&operation| lens.iter().map(move |&len| (family, len, operation)))
    })
}

fn joined<T: Copy, U: ToString>(values: &[T], name: impl Fn(T) -> U) -> String {
    let names: Vec<String> = values.iter().map(|&value| name(value).to_string()).collect();
    names.join("; ")
}

fn row(what: String, direction: &str, bar: f64, seen: Option<f64>) -> Option<Vec<String>> {
    let seen = seen?;
    let held = if direction == "at least" { seen >= bar } else { seen <= bar };
    Some(vec![what, direction.to_owned(), digits(bar), digits(seen), yes_or_no(held)])
}

/// Over HTTP.
pub(crate) fn of_services(estimates: &Estimates, routes: &[Route]) -> String {
    let ours = |route| find(routes, "unjwt", route);
    let mut rows = Vec::new();
    for (route, least) in OF_HELLO {
        if let (Some(seen), Some(hello)) = (ours(route), ours("hello")) {
            let possible = possible(estimates, routes, route);
            rows.push(service(
                format!("`/{route}` of `/hello`"),
                least,
                seen.per_second / hello.per_second,
                possible,
            ));
        }
    }
    // Without a session there is nothing to compare.
    for route in ROUTES.into_iter().filter(|route| !matches!(*route, "hello" | "cookie" | "layer")) {
        let node =
            find(routes, "node", route).map(|one| one.per_second).filter(|per_second| *per_second > 0.0);
        if let (Some(seen), Some(node)) = (ours(route), node) {
            let hello = ours("hello").map(|hello| hello.per_second / node);
            rows.push(service(
                format!("`/{route}` of the same with npm `unjwt`"),
                OF_NODE,
                seen.per_second / node,
                hello,
            ));
        }
    }
    markdown::table(&["Requests per second of", "at least", "measured", "possible", "held"], &rows)
}

/// The share of `/hello` that a session would leave which costs the floor and nothing else, and one that no request brings
/// and costs a layer and nothing else.
fn possible(estimates: &Estimates, routes: &[Route], route: &str) -> Option<f64> {
    let cpu = |route| Some(find(routes, "unjwt", route)?.cpu_micros);
    let least = match Family::from_id(route) {
        Some(family) => cpu("cookie")? + estimates.floor(family, 200, Read)?.1 / 1e3,
        None => cpu("layer")?,
    };
    Some(cpu("hello")? / least)
}

fn service(what: String, least: f64, seen: f64, possible: Option<f64>) -> Vec<String> {
    vec![what, digits(least), digits(seen), possible.map_or_else(none, digits), yes_or_no(seen >= least)]
}

fn yes_or_no(held: bool) -> String {
    if held { "yes" } else { "no" }.to_owned()
}
