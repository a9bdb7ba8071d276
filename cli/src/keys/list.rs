//! `unjwt keys list`.

use serde::Serialize;
use unjwt::NumericDate;
use unjwt::keys::{KeyState, RingKey, RingKeys};

use crate::date::spoken;
use crate::failure::Report;
use crate::json;
use crate::keys::Kind;
use crate::terminal::printable;

#[derive(Serialize)]
struct Listing<'r> {
    now: NumericDate,
    keys: Vec<Row<'r>>,
}

#[derive(Serialize)]
struct Row<'r> {
    kid: &'r str,
    kty: String,
    alg: Option<String>,
    enc: Option<String>,
    crv: Option<String>,
    state: &'static str,
    activate_at: Option<NumericDate>,
    retire_at: Option<NumericDate>,
}

pub(super) fn run(ring: &RingKeys, now: NumericDate, as_json: bool) -> Report {
    Report::of(if as_json { listing(ring, now) } else { table(ring, now) })
}

fn state(ring: &RingKeys, key: &RingKey, now: NumericDate) -> &'static str {
    match key.state(now) {
        _ if ring.writer(now).is_some_and(|writer| writer.kid() == key.kid()) => "writes",
        KeyState::Pending => "pending",
        KeyState::Active => "active",
        KeyState::Retired => "retired",
        _ => "unknown",
    }
}

fn listing(ring: &RingKeys, now: NumericDate) -> String {
    let row = |key: &'_ RingKey| Kind::of(key.jwk());
    let keys = ring
        .keys()
        .iter()
        .map(|key| {
            let Kind { kty, alg, enc, crv, .. } = row(key);
            Row {
                kid: key.kid(),
                kty,
                alg,
                enc,
                crv,
                state: state(ring, key, now),
                activate_at: key.activates_at(),
                retire_at: key.retires_at(),
            }
        })
        .collect();
    format!("{}\n", json::write(&Listing { now, keys }, true))
}

fn table(ring: &RingKeys, now: NumericDate) -> String {
    let time = |at: Option<NumericDate>| at.map_or_else(|| "-".to_owned(), |at| spoken(at, now));
    let mut rows = vec![["KID", "KEY", "STATE", "ACTIVATES", "RETIRES"].map(str::to_owned)];
    rows.extend(ring.keys().iter().map(|key| {
        [
            printable(key.kid()),
            printable(&Kind::of(key.jwk()).words()),
            state(ring, key, now).to_owned(),
            time(key.activates_at()),
            time(key.retires_at()),
        ]
    }));
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut out = String::new();
    for row in &rows {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}
