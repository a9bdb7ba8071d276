use super::*;

const K: &str = "tUQRvDlH2UvMQA6y5nbFDA2Yk5ZqTHjZrqYvTyqdcRU";

fn at(secs: u64) -> NumericDate {
    NumericDate::from_secs(secs)
}

fn ring(times: &[(&str, Option<u64>, Option<u64>)]) -> RingKeys {
    let key = |&(kid, activate_at, retire_at): &(&str, Option<u64>, Option<u64>)| RingKey {
        jwk: Jwk::from_json(&format!(r#"{{"kty":"oct","alg":"HS256","kid":"{kid}","k":"{K}"}}"#)).unwrap(),
        activate_at: activate_at.map(at),
        retire_at: retire_at.map(at),
    };
    RingKeys::new(times.iter().map(key)).unwrap()
}

#[test]
fn the_newest_active_key_writes() {
    let ring = ring(&[
        ("c", Some(30), None),
        ("a", None, Some(50)),
        ("b", Some(10), Some(60)),
        ("d", Some(30), None),
    ]);
    let writer = |secs| ring.writer(at(secs)).map(RingKey::kid);
    let found = [0, 9, 10, 29, 30, 99].map(writer);
    assert_eq!(found, ["a", "a", "b", "b", "d", "d"].map(Some));
    let living = |secs| ring.living(at(secs)).map(RingKey::kid).collect::<String>();
    assert_eq!([0, 49, 50, 60].map(living), ["cabd", "cabd", "cbd", "cd"]);
    let changes: Vec<_> = std::iter::successors(Some(at(0)), |now| ring.next_change(*now)).collect();
    assert_eq!(changes, [0, 10, 30, 50, 60].map(at));
    let until = |secs| ring.keys().iter().map(|key| ring.writes_until(key, at(secs))).collect::<Vec<_>>();
    assert_eq!(until(0), [None, Some(at(10)), Some(at(30)), None]);
    assert_eq!(until(10), [None, None, Some(at(30)), None]);
}

#[test]
fn nothing_writes_where_all_have_retired_or_wait() {
    assert!(ring(&[("a", None, Some(5)), ("b", Some(9), None)]).writer(at(7)).is_none());
}

#[test]
fn a_key_outlives_what_it_seals() {
    let check =
        |times: &[_], lifetime, now| ring(times).check_lifetimes(lifetime, at(now)).map_err(|error| error.0);
    let two = [("old", None, Some(150)), ("new", Some(100), None)];
    assert_eq!(check(&two, Some(50), 0), Ok(()));
    let error = check(&two, Some(51), 0).unwrap_err();
    assert!(error.contains("`old` retires at 150") && error.contains("retire it at 151"), "{error}");
    // It does not write any more, and what it sealed may have ended.
    assert_eq!(check(&two, Some(51), 100), Ok(()));
    assert!(check(&two, None, 0).unwrap_err().contains("`max_age`"));
    assert_eq!(check(&two, None, 150), Ok(()));
    assert_eq!(check(&[("only", None, None)], None, 0), Ok(()));
    assert!(ring(&[("a", None, Some(5))]).check_writers(at(0)).is_err());
    assert!(ring(&two).check_writers(at(0)).is_ok());
}

#[test]
fn json_is_read_and_written() {
    let ring = ring(&[("a", None, Some(5)), ("b", Some(9), None)]);
    let json = ring.to_json();
    assert!(json.contains(r#""retire_at":5}"#) && json.contains(r#""activate_at":9}"#), "{json}");
    let read = RingKeys::from_json(&format!("\u{feff} {json}\n")).unwrap();
    assert_eq!(read.to_json(), json);
    assert!(!read.keys()[0].jwk().to_json().contains("retire_at"));
}

#[test]
fn refuses_what_is_not_a_ring() {
    let key = |more: &str| format!(r#"{{"kty":"oct","alg":"HS256","k":"{K}"{more}}}"#);
    let set = |keys: &[String]| format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    let many: Vec<_> = (0..65).map(|kid| key(&format!(r#","kid":"{kid}""#))).collect();
    for (json, reason) in [
        ("{".to_owned(), "not JSON"),
        ("[]".to_owned(), "a JSON object"),
        (key(r#","kid":"a""#), "an array `keys`"),
        (set(&[]), "is empty"),
        (set(&["1".to_owned()]), "key 1 of the ring is not a JSON object"),
        (set(&[key("")]), "has no `kid`"),
        (set(&[key(r#","kid":"""#)]), "has no `kid`"),
        (set(&[key(r#","kid":"a""#), key(r#","kid":"a""#)]), "two keys of the ring have the `kid` `a`"),
        (set(&[key(r#","kid":"a","activate_at":"5""#)]), "`activate_at` of the key `a`"),
        (set(&[key(r#","kid":"a","activate_at":1.5"#)]), "`activate_at` of the key `a`"),
        (set(&[key(r#","kid":"a","retire_at":-5"#)]), "`retire_at` of the key `a`"),
        (set(&[key(r#","kid":"a","activate_at":5,"retire_at":5"#)]), "retires before it activates"),
        (set(&[key(r#","kid":"a","kid":"b""#)]), "each member only once"),
        (set(&many), "more than 64"),
    ] {
        let error = RingKeys::from_json(&json).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert!(!error.contains(K), "{error}");
    }
}
