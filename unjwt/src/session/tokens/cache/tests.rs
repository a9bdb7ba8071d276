use super::*;
use crate::claims::{Choice, Facts, Id};

const NOW: NumericDate = NumericDate::from_secs(1_700_000_000);

fn payload() -> Content<u64> {
    Content::Payload(b"payload".to_vec().into(), None)
}

fn key(name: &str) -> Identity {
    Identity::new(|description| description.text(name))
}

fn reading(at: NumericDate, expires_at: Option<NumericDate>) -> Content<u64> {
    let facts = Facts {
        id: Some(Id::Own("id".into())),
        created_at: Some(at),
        issuer: None,
        expires_at,
        choice: Choice::default(),
        sign_in: Default::default(),
        version: 1,
    };
    Content::Read(Reading::new(facts, Arc::new(7), at))
}

#[test]
fn a_token_is_remembered_under_its_key_until_its_end() {
    let tokens = TokenCache::<u64>::new(1 << 20);
    let [key, other] = ["one", "other"].map(key);
    let slot = tokens.slot(&["token"], &key).unwrap();
    assert!(slot.get(NOW).is_none());
    slot.put(payload(), true);
    let known = slot.get(NOW).unwrap();
    assert_eq!(
        (known.payload().map(|payload| &**payload), known.reading(NOW).is_some()),
        (Some(&b"payload"[..]), false)
    );
    slot.put(reading(NOW, Some(NOW.plus(10))), true);
    let known = slot.get(NOW.plus(9)).unwrap();
    assert_eq!(known.reading(NOW).map(|reading| *reading.data), Some(7));
    assert!(known.payload().is_none(), "the content is held once");
    assert!(known.reading(NumericDate::from_secs(1)).is_none(), "the clock was turned back");
    assert!(tokens.slot(&["token2"], &key).unwrap().get(NOW).is_none());
    assert!(tokens.slot(&["token"], &other).unwrap().get(NOW).is_none());
    assert!(slot.get(NOW.plus(10)).is_none());
    assert!(slot.get(NOW).is_none(), "forgotten at its end");
    assert!(TokenCache::<u64>::new(0).slot(&["token"], &key).is_none());
}

/// A hash that is met by chance proves nothing.
#[test]
fn two_tokens_with_one_hash_are_told_apart() {
    let tokens = TokenCache::<u64>::new(1 << 20);
    let key = key("one");
    let slot = tokens.slot(&["token"], &key).unwrap();
    slot.put(payload(), true);
    let other = CacheSlot { pieces: &["other"], ..tokens.slot(&["token"], &key).unwrap() };
    assert!(other.get(NOW).is_none());
    assert!(slot.get(NOW).is_some(), "nobody removes what is another's");
}

/// Chunks may be cut elsewhere than when the token was written, and the last may be of one character.
#[test]
fn a_token_is_found_in_whatever_pieces_it_comes() {
    let tokens = TokenCache::<u64>::new(1 << 20);
    let key = key("one");
    let token: String = ('!'..'~').cycle().take(200).collect();
    let whole = [token.as_str()];
    tokens.slot(&whole, &key).unwrap().put(payload(), true);
    for at in [1, 100, 136, 137, 199] {
        let (one, other) = token.split_at(at);
        assert!(tokens.slot(&[one, other], &key).unwrap().get(NOW).is_some(), "{at}");
        assert!(tokens.slot(&[other, one], &key).unwrap().get(NOW).is_none(), "{at}");
        for wrong in [&[one][..], &[other], &[one, one], &[one, other, "a"], &["a", one, other]] {
            let wrong = CacheSlot { pieces: wrong, ..tokens.slot(&whole, &key).unwrap() };
            assert!(wrong.get(NOW).is_none(), "{at}");
        }
        let changed = format!("{}x", &one[..at - 1]);
        let changed = CacheSlot { pieces: &[&changed, other], ..tokens.slot(&whole, &key).unwrap() };
        assert!(changed.get(NOW).is_none(), "{at}");
    }
}

#[test]
fn a_token_that_comes_once_is_only_marked() {
    let tokens = TokenCache::<u64>::new(1 << 20);
    let key = key("one");
    assert!(!tokens.slot(&["token"], &key).unwrap().see());
    assert!(!tokens.slot(&["other"], &key).unwrap().see());
    assert!(tokens.slot(&["token"], &key).unwrap().see());
}

/// Whoever makes sessions that never come back fills the part that is for them.
#[test]
fn what_comes_once_displaces_nothing_that_came_often() {
    let tokens = TokenCache::<u64>::new(1 << 20);
    let key = key("one");
    let fill = |name: &str, number: u64| {
        let token = format!("{name:a>100}{number}");
        let pieces = [token.as_str()];
        let slot = tokens.slot(&pieces, &key).unwrap();
        slot.put(reading(NOW, None), slot.see());
    };
    tokens.slot(&["often"], &key).unwrap().put(payload(), true);
    (0..10_000).for_each(|number| fill("once", number));
    assert!(tokens.slot(&["often"], &key).unwrap().get(NOW).is_some());

    let once = ["once"];
    let slot = tokens.slot(&once, &key).unwrap();
    slot.put(payload(), slot.see());
    assert!(slot.get(NOW).is_some(), "it came again");
    (10_000..20_000).for_each(|number| fill("once", number));
    assert!(slot.get(NOW).is_some());
}

#[test]
fn its_memory_is_limited() {
    const LIMIT: usize = 1 << 20;
    let tokens = TokenCache::<u64>::new(LIMIT);
    let key = key("one");
    let remembered = (0..5_000).filter_map(|number| {
        let token = format!("token {number:0500}");
        let pieces = [token.as_str()];
        let slot = tokens.slot(&pieces, &key)?;
        slot.put(reading(NOW, None), true);
        slot.get(NOW).map(|known| Arc::downgrade(&known))
    });
    let remembered: Vec<_> = remembered.collect();
    assert_eq!(remembered.len(), 5_000);
    let kept = remembered.iter().filter(|known| known.strong_count() > 0).count();
    assert!(kept * 1000 <= LIMIT, "{kept}");
    // Each of the shards has filled half of its share; how much more depends on where the tokens fell.
    assert!(kept * 7000 > LIMIT, "{kept}");
}

/// The hits of visitors whose tokens come now and then, among fifteen times as many requests of somebody who presents valid
/// tokens of their own, each so many times: too many to remember.
fn hits_of_visitors(times: u64, own: u64) -> f64 {
    const VISITORS: u64 = 300;
    const REQUESTS: u64 = 600_000;
    let tokens = TokenCache::<u64>::new(1 << 20);
    let key = key("one");
    let (mut hits, mut visits) = (0, 0);
    for nth in 0..REQUESTS {
        let is_visit = nth.is_multiple_of(16);
        let name =
            if is_visit { format!("v{}", nth / 16 % VISITORS) } else { format!("o{}", nth / times % own) };
        let token = format!("{name:a>100}");
        let pieces = [token.as_str()];
        let slot = tokens.slot(&pieces, &key).unwrap();
        let is_hit = slot.get(NOW).is_some();
        if !is_hit && slot.see() {
            slot.put(reading(NOW, None), true);
        }
        if is_visit && nth > REQUESTS / 2 {
            hits += u32::from(is_hit);
            visits += 1;
        }
    }
    f64::from(hits) / f64::from(visits)
}

#[test]
fn somebody_with_many_valid_tokens_displaces_no_visitor() {
    // So many that none of them comes again soon, and some that come half as often as a visitor's.
    let habits = [1, 2, 3, 8, 15, 20].map(|times| (times, 50_000)).into_iter().chain([(1, 10_000)]);
    for (times, own) in habits {
        let hits = hits_of_visitors(times, own);
        println!("{own} tokens, each {times} times: {hits:.3}");
        assert!(hits >= 0.5, "{own} tokens, each {times} times: {hits}");
    }
}
