//! The limits of a session's cost in a service: in relation to no session, and to the alternatives.

use unjwt_benches::routes::TOWER_SESSIONS_REDIS;

use super::bars::Limit;
use super::markdown;
use super::results::{Instructions, Route};

/// Multiples of `/hello`'s processor time.
const OF_HELLO: [(&str, f64); 5] =
    [("hs256", 1.11), ("dir", 1.11), ("rs256", 1.11), ("password", 1.11), ("update", 1.54)];

/// Multiples of `/hello`'s instructions, which repeat where the difference is smaller than that of two rounds.
const INSTRUCTIONS: (&str, f64) = ("anonymous", 1.03);

/// Multiples of the time in which `/hello` answers 99 of 100 requests.
const P99: (&str, f64) = ("hs256", 1.2);

/// A route of ours, and that of others which has the same data and protects it as much.
const SAME_DATA: [(&str, &str); 8] = [
    ("anonymous", "anonymous"),
    ("hs256", "hs256"),
    ("dir", "dir"),
    ("rs256", "hs256"),
    ("password", "dir"),
    ("revocable", "revocable"),
    ("chunked", "chunked"),
    ("update", "update"),
];

/// The servers that each route is to be ahead of.
const BEHIND: [&str; 3] = ["axum-extra", "tower-sessions", TOWER_SESSIONS_REDIS];

pub(crate) fn table(routes: &[Route], instructions: &[(String, Instructions)]) -> String {
    let ours = |route| Route::find(routes, "unjwt", route);
    let mut rows = Vec::new();
    for (route, most) in OF_HELLO {
        if let (Some(seen), Some(hello)) = (ours(route), ours("hello")) {
            let what = format!("`/{route}`: times the processor time of `/hello`");
            rows.push(Limit::AtMost(most).row(what, seen.cpu_micros() / hello.cpu_micros()));
        }
    }
    let (route, most) = INSTRUCTIONS;
    let of =
        |wanted: &str| instructions.iter().find(|(route, _)| route == wanted).map(|(_, one)| one.total());
    if let (Some(seen), Some(hello)) = (of(route), of("hello")) {
        let what = format!("`/{route}`: times the instructions of `/hello`, without the kernel's");
        rows.push(Limit::AtMost(most).row(what, seen / hello));
    }
    for (route, other) in SAME_DATA {
        for server in BEHIND {
            if let (Some(seen), Some(theirs)) = (ours(route), Route::find(routes, server, other)) {
                let of = if route == other { String::new() } else { format!(" of `/{other}`") };
                let what = format!("`/{route}`: times the processor time{of} with {server}");
                rows.push(Limit::Below(1.0).row(what, seen.cpu_micros() / theirs.cpu_micros()));
            }
        }
    }
    let (route, most) = P99;
    if let (Some(seen), Some(hello)) = (ours(route), ours("hello")) {
        let p99 = |one: &Route| one.spread(|round| round.p99_micros).median;
        let what = format!("`/{route}`: times that in which `/hello` answers 99 of 100 requests");
        rows.push(Limit::AtMost(most).row(what, p99(seen) / p99(hello)));
    }
    markdown::table(&["", "", "", "measured", "held"], &rows)
}

#[cfg(test)]
mod tests {
    use unjwt_benches::routes::{ROUTES, SERVERS};

    use super::super::results::Round;
    use super::*;

    fn route(server: &str, route: &str, cpu_micros: f64, p99_micros: f64) -> Route {
        let round = Round { cpu_micros, per_second: 1e5, p99_micros };
        Route { server: server.to_owned(), route: route.to_owned(), rounds: vec![round; 5] }
    }

    #[test]
    fn what_is_not_held_is_shown() {
        let table = table(
            &[
                route("unjwt", "hello", 10.0, 100.0),
                route("unjwt", "hs256", 11.0, 121.0),
                route("unjwt", "dir", 11.2, 100.0),
                route("tower-sessions", "dir", 11.2, 100.0),
                route("axum-extra", "hs256", 11.1, 100.0),
            ],
            &[],
        );
        let held = |beginning: &str| {
            let rows = table.lines().filter(|line| line.starts_with(&format!("| {beginning}")));
            rows.map(|line| line.ends_with("| yes |")).collect::<Vec<_>>()
        };
        assert_eq!(held("`/hs256`: times the processor time of `/hello`"), [true]);
        assert_eq!(held("`/hs256`: times the processor time with axum-extra"), [true]);
        assert_eq!(held("`/hs256`: times that in which"), [false]);
        assert_eq!(held("`/dir`: times the processor time of `/hello`"), [false]);
        // Not behind is not enough.
        assert_eq!(held("`/dir`: times the processor time with tower-sessions"), [false]);
        assert!(held("`/password`").is_empty());
    }

    #[test]
    fn the_names_are_those_of_the_measurement() {
        let names = SAME_DATA.iter().flat_map(|(ours, theirs)| [ours, theirs]);
        assert!(names.chain(OF_HELLO.iter().map(|(route, _)| route)).all(|route| ROUTES.contains(route)));
        assert!(BEHIND.iter().all(|server| SERVERS.contains(server)));
    }
}
