use std::slice;

use super::*;
use crate::token::jwe::JweCodec;
use crate::util::meter::Cost;

fn password(text: &str) -> JweKey {
    JweKey::password(text).iterations(1000)
}

#[test]
fn reading_is_slow_until_the_key_is_known() {
    let token = password(PASSWORD).prepare(&[], &profile()).unwrap().seal(PAYLOAD).unwrap();
    let codec = password(PASSWORD).prepare(&[], &profile()).unwrap();
    assert!(codec.seal_now(&mut PAYLOAD.to_vec()).unwrap().is_none());
    let parsed = codec.parse(&token).unwrap();
    assert_eq!(codec.open_now(&parsed).unwrap(), None);
    codec.open(&parsed).unwrap();
    assert_eq!(codec.open_now(&parsed).unwrap().unwrap(), PAYLOAD);
}

#[test]
fn a_token_just_written_is_read_quickly() {
    let key = password(PASSWORD);
    let token = key.prepare(&[], &profile()).unwrap().seal(PAYLOAD).unwrap();
    // Of another clone and another session that only reads, as a key look-up returns it.
    for profile in [profile(), Profile { name: "other".to_owned(), read_only: true, ..profile() }] {
        let codec = key.clone().prepare(&[], &profile).unwrap();
        assert_eq!(codec.open_now(&codec.parse(&token).unwrap()).unwrap().unwrap(), PAYLOAD);
    }
}

#[test]
fn only_genuine_tokens_are_remembered() {
    let stranger = password("a password that is not ours").prepare(&[], &profile()).unwrap();
    let token = stranger.seal(PAYLOAD).unwrap();
    let codec = password(PASSWORD).prepare(&[], &profile()).unwrap();
    let parsed = codec.parse(&token).unwrap();
    assert_eq!(codec.open(&parsed).unwrap_err().kind(), ErrorKind::JweDecryptionFailed);
    assert_eq!(codec.open_now(&parsed).unwrap(), None);
}

#[test]
fn a_changed_copy_of_a_known_token_costs_no_derivation() {
    let [old, new] = ["the password of last year", PASSWORD].map(password);
    let codec = new.prepare(slice::from_ref(&old), &profile()).unwrap();
    let token = old.prepare(&[], &profile()).unwrap().seal(PAYLOAD).unwrap();

    let mut changed = token.clone().into_bytes();
    let last = changed.last_mut().unwrap();
    *last = if *last == b'A' { b'Q' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    assert_eq!(codec.open_now(&codec.parse(&token).unwrap()).unwrap().unwrap(), PAYLOAD);
    let refused = codec.open_now(&codec.parse(&changed).unwrap()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::JweDecryptionFailed);
}

#[test]
fn keys_derived_ahead_serve_one_token_each() {
    let codec = password(PASSWORD).prepare(&[], &profile()).unwrap();
    let mut stocked = 0;
    while codec.runs_low() {
        codec.derive_ahead();
        stocked += 1;
    }
    let mut salts = std::collections::HashSet::new();
    for _ in 0..stocked {
        let token = codec.seal_now(&mut PAYLOAD.to_vec()).unwrap().unwrap();
        let header = token.split('.').next().unwrap().to_owned();
        assert!(salts.insert(header), "a salt was used twice");
        assert_eq!(open(&codec, &token).unwrap(), PAYLOAD);
    }
    assert!(stocked > 1 && codec.runs_low());
    assert!(codec.seal_now(&mut PAYLOAD.to_vec()).unwrap().is_none());
}

#[test]
fn every_password_is_tried() {
    let keys = ["the password of last year", "the password before that", PASSWORD].map(password);
    let codec = keys[2].prepare(&keys[..2], &profile()).unwrap();
    for key in &keys {
        let token = key.prepare(&[], &profile()).unwrap().seal(PAYLOAD).unwrap();
        assert_eq!(open(&codec, &token).unwrap(), PAYLOAD);
    }
}

#[test]
fn a_token_costs_what_it_would_be_tried_with() {
    let retired =
        ["the password of last year", "the password before that", "and the one before"].map(password);
    let own = password(PASSWORD);
    let codec = own.prepare(&retired, &profile()).unwrap();
    let stranger = |count| {
        let key = JweKey::password("a password that is not ours").iterations(count);
        key.prepare(&[], &profile()).unwrap().seal(PAYLOAD).unwrap()
    };
    let cost = |codec: &JweCodec, token: &str| codec.open_cost(&codec.parse(token).unwrap());
    assert_eq!(cost(&codec, &stranger(1000)), Cost::pbkdf2(crate::alg::Hash::Sha256, 4000));
    assert_eq!(
        cost(&own.prepare(&[], &profile()).unwrap(), &stranger(1000)),
        Cost::pbkdf2(crate::alg::Hash::Sha256, 1000)
    );
    assert_eq!(codec.seal_cost(), Cost::pbkdf2(crate::alg::Hash::Sha256, 1000));

    // Those that do not accept its count are not tried, nor those of another algorithm.
    assert_eq!(cost(&codec, &stranger(1500)), Cost::NONE);
    let wider = |text| password(text).accept_iterations(1000..=2000);
    let others = [
        wider("an older one, with a range"),
        password("another algorithm").algorithm(JweAlg::Pbes2Hs512A256Kw),
    ];
    let codec = wider(PASSWORD).prepare(&[&retired[..], &others].concat(), &profile()).unwrap();
    assert_eq!(cost(&codec, &stranger(1500)), Cost::pbkdf2(crate::alg::Hash::Sha256, 3000));
    assert_eq!(cost(&codec, &stranger(1000)), Cost::pbkdf2(crate::alg::Hash::Sha256, 5000));
}

#[test]
fn passwords_that_one_token_could_try_for_too_long_are_refused() {
    let dear = |text: &str| JweKey::password(text).iterations(5_000_000);
    let [one, two, own] = ["the password of last year", "the password before that", PASSWORD].map(dear);
    assert!(own.prepare(slice::from_ref(&one), &profile()).is_ok());
    let Err(refused) = own.prepare(&[one.clone(), two], &profile()) else { panic!("15,000,000 iterations") };
    assert!(refused.0.contains("5000000 iterations would be tried with 3 passwords"), "{}", refused.0);
    let narrow = JweKey::password("the password before that").iterations(4_000_000);
    assert!(own.prepare(&[one, narrow], &profile()).is_ok());
    // As many as there may be, with the count that is the default.
    let retired: Vec<_> = (10..50).map(|nth| JweKey::password(format!("retired password {nth}"))).collect();
    assert!(JweKey::password(PASSWORD).prepare(&retired, &profile()).is_ok());
}

#[test]
fn iterations_outside_the_range_are_refused_before_deriving() {
    let token = |count| {
        JweKey::password(PASSWORD).iterations(count).prepare(&[], &profile()).unwrap().seal(PAYLOAD).unwrap()
    };
    let exact = JweKey::password(PASSWORD).iterations(2000).prepare(&[], &profile()).unwrap();
    let range = JweKey::password(PASSWORD)
        .iterations(2000)
        .accept_iterations(1500..=3000)
        .prepare(&[], &profile())
        .unwrap();
    assert_eq!(open(&exact, &token(2000)).unwrap(), PAYLOAD);
    for count in [1999, 2001] {
        assert_eq!(refusal(&exact, &token(count)), ErrorKind::JweInvalid);
    }
    for count in [1500, 2000, 3000] {
        assert_eq!(open(&range, &token(count)).unwrap(), PAYLOAD);
    }
    for count in [1499, 3001] {
        let token = token(count);
        assert_eq!(refusal(&range, &token), ErrorKind::JweInvalid);
        assert!(range.open_now(&range.parse(&token).unwrap()).is_err());
    }

    // Counts that would take hours are refused at once.
    let (header, rest) = token(2000).split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let header = String::from_utf8(crate::util::base64::decode(&header).unwrap()).unwrap();
    for count in ["4294967295", "1", "4294967296"] {
        let header = header.replace("\"p2c\":2000", &format!("\"p2c\":{count}"));
        let token = format!("{}.{rest}", crate::util::base64::encode(header.as_bytes()));
        assert_eq!(refusal(&range, &token), ErrorKind::JweInvalid);
    }
}
