//! The limits of a session's cost in one process: how near to the floor a read and a write are, and what is remembered of them.

use unjwt_benches::family::Family;
use unjwt_benches::subject::Operation::{self, Read, Write};
use unjwt_benches::{PAYLOADS, logins, ours};

use super::estimates::Estimates;
use super::markdown::{self, digits};
use super::results::Seen;

/// Families, operations, lengths of the payload.
type Measured = (&'static [Family], &'static [Operation], &'static [usize]);

/// Multiples of the floor, at most.
const OF_FLOOR: [(Measured, f64); 6] = [
    ((&[Family::Hs256, Family::Dir], &[Read], &[200]), 1.3),
    ((&[Family::Hs256, Family::Dir], &[Read], &[2048]), 1.2),
    ((&[Family::Hs256, Family::Dir], &[Write], &[200]), 1.5),
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

/// Multiples of the floor of HS256 that a repeated read costs, at most.
const AGAIN: f64 = 0.35;

/// Multiples of the same session's read without `revocable`, at most.
const REVOCABLE: f64 = 1.1;

/// The bytes of a session whose token was seen, beside the token and the payload.
const REMEMBERED: f64 = 300.0;

/// A limit that a measured value is to keep.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    AtMost(f64),
    Below(f64),
}

impl Limit {
    /// Returns a row of a table: what was measured, the limit, the value, and whether it is held.
    pub(crate) fn row(self, what: String, seen: f64) -> Vec<String> {
        let (direction, bar, held) = match self {
            Self::AtMost(bar) => ("at most", bar, seen <= bar),
            Self::Below(bar) => ("below", bar, seen < bar),
        };
        let held = if held { "yes" } else { "no" };
        vec![what, direction.to_owned(), digits(bar), digits(seen), held.to_owned()]
    }
}

pub(crate) fn table(estimates: &Estimates, seen: &[Seen]) -> String {
    let mut rows = of_floor(estimates);
    let mut add = |what: String, most: f64, values: &mut dyn Iterator<Item = f64>| {
        rows.extend(values.max_by(f64::total_cmp).map(|worst| Limit::AtMost(most).row(what, worst)));
    };
    let again = Family::ALL.into_iter().filter_map(|family| {
        let floor = estimates.floor(Family::Hs256, 200, Read)?.1;
        Some(estimates.of(family, 200, Read, ours::AGAIN)? / floor)
    });
    let what = "a token read again, of any algorithm: times the floor of HS256, 200 bytes";
    add(what.to_owned(), AGAIN, &mut { again });
    let revocable = logins::GROUPS.into_iter().flat_map(|group| logins::REVOCABLE.map(|way| (group, way)));
    let revocable = revocable.filter_map(|(group, way)| {
        Some(estimates.alone(group, way)? / estimates.alone(group, logins::PLAIN)?)
    });
    let what = "a read whose login can be ended: times that of the session without `revocable`";
    add(what.to_owned(), REVOCABLE, &mut { revocable });
    for one in seen {
        let family = Family::from_id(&one.family).map_or(one.family.as_str(), |family| family.title());
        let what =
            format!("a remembered session, {family}, {} bytes: bytes beside its token and payload", one.len);
        add(what, REMEMBERED, &mut std::iter::once(one.remembered - one.token - one.len as f64));
    }
    markdown::table(&["", "", "", "the worst", "held"], &rows)
}

fn of_floor(estimates: &Estimates) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for ((families, operations, lens), most) in OF_FLOOR {
        let ratios = combinations(families, operations, lens).filter_map(|(family, len, operation)| {
            let floor = estimates.floor(family, len, operation)?.1;
            Some(estimates.of(family, len, operation, ours::FIRST)? / floor)
        });
        let what = format!(
            "first {} of {}: times the floor, {} bytes",
            joined(operations, Operation::id),
            joined(families, Family::title),
            joined(lens, |len| len)
        );
        rows.extend(ratios.max_by(f64::total_cmp).map(|worst| Limit::AtMost(most).row(what, worst)));
    }
    rows
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_session_counts_without_its_token_and_payload() {
        let seen = |remembered| Seen { family: "dir".to_owned(), len: 200, token: 400.0, remembered };
        let table = table(&Estimates::default(), &[seen(850.0), seen(901.0)]);
        assert!(table.contains("| at most | 300 | 250 | yes |"), "{table}");
        assert!(table.contains("| at most | 300 | 301 | no |"), "{table}");
    }

    #[test]
    fn below_is_less() {
        let held = |limit: Limit, seen| limit.row(String::new(), seen).pop();
        assert_eq!(held(Limit::AtMost(1.0), 1.0).as_deref(), Some("yes"));
        assert_eq!(held(Limit::Below(1.0), 1.0).as_deref(), Some("no"));
        assert_eq!(held(Limit::Below(1.0), f64::NAN).as_deref(), Some("no"));
    }
}
