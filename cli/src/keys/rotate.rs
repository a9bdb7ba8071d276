//! `unjwt keys rotate`.

use unjwt::NumericDate;
use unjwt::keys::{KeyState, RingKey, RingKeys};

use super::timeline::spans;
use super::{Changed, generate, reason};
use crate::args::RotateArgs;
use crate::date::{plus, relative, spoken};
use crate::duration::words;
use crate::failure::{Failure, Report};
use crate::keys::Kind;
use crate::terminal::printable;

/// Twice the 300 seconds for which a published key set may be kept.
const PUBLISHED_FOR: u64 = 600;
/// Twice the time after which a service reads its ring again.
const RELOADED_AFTER: u64 = 60;

pub(super) fn run(args: &RotateArgs, ring: &RingKeys, now: NumericDate) -> Result<Changed, Failure> {
    let activate = plus(now, args.activate_in);
    let model = ring.writer(now).or_else(|| ring.writer(activate)).or_else(|| ring.keys().last());
    let kind = model.map(|key| Kind::of(key.jwk()));
    let (alg, curve) = match (&args.alg, kind.as_ref().and_then(Kind::to_make)) {
        (Some(alg), _) => (alg.as_str(), None),
        (None, Some(made)) => made,
        (None, None) => {
            return Err(Failure::Usage("the key that writes names no algorithm: name one with --alg".into()));
        }
    };
    let jwk = generate(alg, curve, &args.key)?;
    let new = Kind::of(&jwk);
    let mut notes = too_soon(&new, args)?;
    if let (Some(before), Some(after)) = (kind.as_ref().and_then(Kind::rsa_bits), new.rsa_bits())
        && before > after
    {
        notes.push(format!("the new key has {after} bits, and the one before has {before}"));
    }

    let old = ring.writer(activate).map(|key| key.kid().to_owned());
    let retires = args.retire_old_after.map(|after| plus(activate, after));
    let mut said = format!(
        "added the key `{}` ({}), which writes from {}\n",
        printable(jwk.kid().unwrap_or_default()),
        printable(&new.words()),
        spoken(activate, now)
    );
    let kept = ring.keys().iter().filter(|key| !args.drop_retired || key.state(now) != KeyState::Retired);
    let mut keys: Vec<_> = kept
        .map(|key| match retires {
            Some(at) if old.as_deref() == Some(key.kid()) => {
                // An end that was set earlier has its reason.
                let at = key.retires_at().map_or(at, |own| own.min(at));
                said.push_str(&format!("the key `{}` retires {}\n", printable(key.kid()), spoken(at, now)));
                key.clone().retire_at(at)
            }
            _ => key.clone(),
        })
        .collect();
    let dropped = ring.keys().len() - keys.len();
    if dropped > 0 {
        said.push_str(&format!("removed {dropped} that had retired\n"));
    }
    let later = keys.iter().filter(|key| key.activates_at().is_some_and(|at| at > activate));
    notes.extend(later.map(|key| {
        let from = key.activates_at().map_or_else(String::new, |at| spoken(at, now));
        format!("the key `{}` takes over from the new one {from}", key.kid())
    }));
    keys.push(RingKey::new(jwk).activate_at(activate));
    let ring =
        RingKeys::new(keys).map_err(|error| Failure::No(format!("no key was added: {}", reason(&error))))?;
    if let Some(gap) = spans(&ring, now).iter().find(|span| span.writer.is_none()) {
        notes.push(format!("nobody writes from {} on: `unjwt keys check` says more", spoken(gap.from, now)));
    }
    said.push_str(&format!("every machine needs the new file before then ({})\n", relative(activate, now)));
    Ok(Changed { ring, report: Report { out: said, notes, code: 0 } })
}

/// Returns what is said of a delay that is short, or refuses it.
fn too_soon(new: &Kind, args: &RotateArgs) -> Result<Vec<String>, Failure> {
    let delay = words(args.activate_in);
    if !new.is_symmetric() && args.activate_in < PUBLISHED_FOR {
        let reason = format!(
            "{delay} are too short: who verifies with the published keys may keep them for 300 seconds, and would refuse \
             what the new key signs"
        );
        return if args.force {
            Ok(vec![reason])
        } else {
            Err(Failure::No(format!("{reason}: use --activate-in 10m or more, or --force")))
        };
    }
    Ok(if args.activate_in < RELOADED_AFTER {
        vec![format!(
            "{delay} are short: services read the file again every 30 seconds, and those that have not yet refuse what the \
             new key seals"
        )]
    } else {
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use unjwt::Jwk;

    use super::*;
    use crate::args::{Cli, Command, KeysCommand};

    const NOW: NumericDate = NumericDate::from_secs(1_000_000);

    fn rotate(ring: &RingKeys, args: &str) -> Result<Changed, Failure> {
        let words = ["unjwt", "keys", "rotate", "--file", "x"].into_iter().chain(args.split_whitespace());
        let Command::Keys { command: KeysCommand::Rotate(args) } =
            Cli::try_parse_from(words).unwrap().command
        else {
            panic!("another command")
        };
        run(&args, ring, NOW)
    }

    fn key(alg: &str, kid: &str) -> RingKey {
        RingKey::new(Jwk::generate(alg).unwrap().with_kid(kid))
    }

    #[test]
    fn the_new_key_is_like_the_old_one_and_takes_over() {
        let ring = RingKeys::new([key("A128CBC-HS256", "old")]).unwrap();
        let changed = rotate(&ring, "--kid new --activate-in 1h --retire-old-after 30d").unwrap();
        let [old, new] = changed.ring.keys() else { panic!("{:?}", changed.ring) };
        assert_eq!(new.activates_at(), Some(plus(NOW, 3600)));
        assert_eq!(old.retires_at(), Some(plus(NOW, 3600 + 30 * 86_400)));
        assert_eq!(Kind::of(new.jwk()).words(), Kind::of(old.jwk()).words());
        assert!(changed.report.notes.is_empty(), "{:?}", changed.report.notes);
        assert_eq!(changed.ring.writer(plus(NOW, 3599)).unwrap().kid(), "old");
        assert_eq!(changed.ring.writer(plus(NOW, 3600)).unwrap().kid(), "new");
    }

    #[test]
    fn a_published_key_needs_its_time() {
        let ring = RingKeys::new([key("ES256", "old")]).unwrap();
        assert!(matches!(rotate(&ring, "--activate-in 599"), Err(Failure::No(_))));
        assert_eq!(rotate(&ring, "--activate-in 599 --force").unwrap().report.notes.len(), 1);
        assert!(rotate(&ring, "--activate-in 10m").unwrap().report.notes.is_empty());
        let ring = RingKeys::new([key("HS256", "old")]).unwrap();
        assert_eq!(rotate(&ring, "--activate-in 59").unwrap().report.notes.len(), 1);
        assert!(rotate(&ring, "--activate-in 60").unwrap().report.notes.is_empty());
    }

    #[test]
    fn an_earlier_end_stays() {
        let ring = RingKeys::new([key("HS256", "old").retire_at(plus(NOW, 7200))]).unwrap();
        let changed = rotate(&ring, "--activate-in 1h --retire-old-after 30d").unwrap();
        assert_eq!(changed.ring.keys()[0].retires_at(), Some(plus(NOW, 7200)));
        let changed = rotate(&ring, "--activate-in 3h").unwrap();
        assert!(changed.report.notes[0].contains("nobody writes"), "{:?}", changed.report.notes);
    }

    #[test]
    fn retired_keys_are_dropped_and_names_are_not_used_twice() {
        let gone = key("HS256", "gone").retire_at(NOW);
        let later = key("HS256", "later").activate_at(plus(NOW, 7200));
        let ring = RingKeys::new([gone, key("HS256", "old"), later]).unwrap();
        let changed = rotate(&ring, "--activate-in 1h --drop-retired --kid new").unwrap();
        let kids: Vec<_> = changed.ring.keys().iter().map(RingKey::kid).collect();
        assert_eq!(kids, ["old", "later", "new"]);
        assert!(changed.report.notes[0].contains("`later` takes over"), "{:?}", changed.report.notes);
        assert!(matches!(rotate(&ring, "--kid old"), Err(Failure::No(_))));
    }
}
