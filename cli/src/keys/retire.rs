//! `unjwt keys retire`.

use unjwt::NumericDate;
use unjwt::keys::{KeyState, RingKey, RingKeys};

use super::timeline::spans;
use super::{Changed, reason};
use crate::args::RetireArgs;
use crate::date::{When, spoken};
use crate::failure::{Failure, Report};
use crate::terminal::printable;

pub(super) fn run(args: &RetireArgs, ring: &RingKeys, now: NumericDate) -> Result<Changed, Failure> {
    let at = args.at.map_or(now, |when: When| when.at(now));
    let kid = args.kid.as_str();
    let Some(key) = ring.keys().iter().find(|key| key.kid() == kid) else {
        let kids: Vec<_> = ring.keys().iter().map(|key| format!("`{}`", key.kid())).collect();
        return Err(Failure::Usage(format!("the ring has no key `{kid}`: it has {}", kids.join(", "))));
    };
    if key.state(now) == KeyState::Retired && at > now && !args.force {
        return Err(Failure::No(format!(
            "`{kid}` has retired already, and what it sealed would be read again: use --force if that is meant"
        )));
    }
    // It has sealed nothing, so that nothing has to be read with it.
    let is_removed = key.state(now) == KeyState::Pending && at <= now;
    let keys: Vec<_> = ring
        .keys()
        .iter()
        .filter_map(|key| match key.kid() == kid {
            true if is_removed => None,
            true => Some(key.clone().retire_at(at)),
            false => Some(key.clone()),
        })
        .collect();
    let changed = RingKeys::new(keys)
        .map_err(|error| Failure::No(format!("`{kid}` was not retired: {}", reason(&error))))?;
    let mut notes = Vec::new();
    if changed.writer(at).is_none() {
        let next = changed.keys().iter().filter(|key| key.state(at) == KeyState::Pending);
        let next = next.filter_map(RingKey::activates_at).min();
        let until = next.map_or_else(|| " on".to_owned(), |next| format!(" until {}", spoken(next, now)));
        let refusal = format!("no other key of the ring writes from {}{until}", spoken(at, now));
        if !args.force {
            return Err(Failure::No(format!(
                "`{kid}` was not retired: {refusal}: add one with `unjwt keys rotate` first, or use --force"
            )));
        }
        notes.push(refusal);
    }
    if let Some(from) = silence(&changed, at).filter(|from| *from > at && silence(ring, at) != Some(*from)) {
        notes.push(format!("no key writes from {}: add one with `unjwt keys rotate`", spoken(from, now)));
    }
    let kid = printable(kid);
    let out = if is_removed {
        format!("removed the key `{kid}`, which had not written yet\n")
    } else if at <= now {
        format!("the key `{kid}` has retired: services refuse what it sealed once they have the new file\n")
    } else {
        format!("the key `{kid}` retires {}: what it sealed is refused from then on\n", spoken(at, now))
    };
    Ok(Changed { ring: changed, report: Report { out, notes, code: 0 } })
}

/// The first time from which no key writes.
fn silence(ring: &RingKeys, from: NumericDate) -> Option<NumericDate> {
    spans(ring, from).iter().find(|span| span.writer.is_none()).map(|span| span.from)
}

#[cfg(test)]
mod tests {
    use unjwt::Jwk;

    use super::*;
    use crate::args::FileArgs;
    use crate::date::plus;

    const NOW: NumericDate = NumericDate::from_secs(1_000_000);

    fn retire(ring: &RingKeys, kid: &str, at: Option<&str>, force: bool) -> Result<Changed, Failure> {
        let at = at.map(|at| at.parse().unwrap());
        let file = FileArgs { file: "x".into() };
        run(&RetireArgs { file, kid: kid.into(), at, now: at.is_none(), force }, ring, NOW)
    }

    fn ring() -> RingKeys {
        let key = |kid: &str| RingKey::new(Jwk::generate("HS256").unwrap().with_kid(kid));
        RingKeys::new([
            key("a"),
            key("b").activate_at(NumericDate::from_secs(999_999)),
            key("c").activate_at(plus(NOW, 3600)),
        ])
        .unwrap()
    }

    #[test]
    fn a_key_retires_at_its_time() {
        let changed = retire(&ring(), "a", Some("+30d"), false).unwrap();
        assert_eq!(changed.ring.keys()[0].retires_at(), Some(plus(NOW, 30 * 86_400)));
        let changed = retire(&ring(), "a", None, false).unwrap();
        assert_eq!(changed.ring.keys()[0].state(NOW), KeyState::Retired);
        assert!(matches!(retire(&ring(), "x", None, false), Err(Failure::Usage(_))));
    }

    #[test]
    fn the_last_writer_stays_unless_forced() {
        let gone = retire(&ring(), "a", None, false).unwrap().ring;
        let refused = retire(&gone, "b", None, false).unwrap_err();
        assert!(refused.to_string().contains("until 1970-01-12 14:46:40 UTC (in 60 minutes)"), "{refused}");
        assert!(retire(&gone, "b", Some("+1h"), false).is_ok());
        assert_eq!(retire(&gone, "b", None, true).unwrap().report.notes.len(), 1);
    }

    #[test]
    fn a_key_that_has_retired_comes_back_only_if_forced() {
        let gone = retire(&ring(), "a", None, false).unwrap().ring;
        assert!(matches!(retire(&gone, "a", Some("+1d"), false), Err(Failure::No(_))));
        assert!(retire(&gone, "a", Some("+1d"), true).is_ok());
    }

    #[test]
    fn a_later_silence_is_told() {
        let ending = retire(&ring(), "b", Some("+2h"), false).unwrap().ring;
        let ending = retire(&ending, "a", Some("+2h"), false).unwrap();
        assert!(ending.report.notes.is_empty(), "the pending key writes by then");
        let alone = retire(&ending.ring, "c", None, false).unwrap();
        assert!(alone.report.notes[0].contains("no key writes from"), "{:?}", alone.report.notes);
    }

    #[test]
    fn a_key_that_never_wrote_is_removed() {
        let changed = retire(&ring(), "c", None, false).unwrap();
        assert_eq!(changed.ring.keys().len(), 2);
        assert!(matches!(retire(&ring(), "c", Some("+30m"), false), Err(Failure::No(_))));
        assert!(retire(&ring(), "c", Some("+2h"), false).is_ok());
    }
}
