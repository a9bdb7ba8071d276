//! Malicious payloads under the right key are either read or refused.

mod support;

#[allow(dead_code, reason = "its other user takes the rest")]
#[path = "weaknesses/craft.rs"]
mod craft;

use craft::{HMAC_KEY, oct, sealed, signed};
use http::HeaderMap;
use http::header::{COOKIE, SET_COOKIE};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use support::{START, TestClock};
use unjwt::{Error, ErrorKind, JweKey, JwsKey, RequestContext, Session, Status};

/// Its members are known, others are passed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "note", max_age = "1h")]
struct Note {
    n: u32,
}

/// Takes every member, whatever it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "bag", max_age = "1h")]
struct Bag {
    n: u32,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

/// Reads the payload with both structs.
async fn read(payload: &[u8]) -> [Result<u32, Error>; 2] {
    let clock = TestClock::new();
    let notes = Note::config(JwsKey::secret(HMAC_KEY)).clock(clock.read()).build().unwrap();
    let bags = Bag::config(JweKey::from_jwk(oct("dir"))).clock(clock.read()).build().unwrap();
    let note = signed(&json!({"alg": "HS256", "typ": "note+jwt"}), payload);
    let bag = sealed(&json!({"alg": "dir", "enc": "A256GCM", "typ": "bag+jwt"}), payload);
    let (note, bag) = (notes.verify_without_hooks(&note).await, bags.unseal_without_hooks(&bag).await);
    [note.map(|note| note.data.n), bag.map(|bag| bag.data.n)]
}

fn kinds(read: [Result<u32, Error>; 2]) -> [Result<u32, ErrorKind>; 2] {
    read.map(|read| read.map_err(|error| error.kind()))
}

fn claims(more: &str) -> String {
    format!(r#"{{"n":1,"jti":"x","iat":{START}{more}}}"#)
}

#[tokio::test]
async fn members_that_stand_twice_are_refused() {
    assert_eq!(kinds(read(claims("").as_bytes()).await), [Ok(1), Ok(1)], "the control");
    for more in [
        r#","jti":"y""#,
        r#","\u006ati":"y""#,
        r#","iat":1"#,
        r#","exp":1,"exp":9999999999"#,
        r#","nbf":1,"nbf":1"#,
        r#","aud":"a","aud":"a""#,
        r#","sub":"a","\u0073ub":"b""#,
    ] {
        let refused = Err(ErrorKind::PayloadInvalid);
        assert_eq!(kinds(read(claims(more).as_bytes()).await), [refused, refused], "{more}");
    }
    let [note, _] = kinds(read(claims(r#","n":2"#).as_bytes()).await);
    assert_eq!(note, Err(ErrorKind::PayloadInvalid), "the struct's own member");
}

#[tokio::test]
async fn what_is_no_object_is_refused() {
    let good = claims("");
    for payload in [
        "",
        " ",
        "null",
        "1",
        "\"x\"",
        "[]",
        "{",
        "{}",
        &format!("[{good}]"),
        &format!("{good}{good}"),
        &format!("{good},"),
        &format!("{good}\u{0}"),
        &format!("\u{feff}{good}"),
        &format!("/**/{good}"),
        &good.replace('"', "'"),
        &good.replace('}', ",}"),
        &good.replace("\"x\"", "\"\\ud800\""),
        &good.replace("\"x\"", "\"\n\""),
        &good.replace("1,", "01,"),
        &good.replace("1,", "0x1,"),
        &good.replace("1,", "NaN,"),
        &good.replace("\"n\":1", "\"n\":4294967296"),
        &good.replace("\"n\":1", "\"n\":-1"),
        &good.replace("\"n\":1", "\"n\":1.5"),
        &good.replace("\"n\":1", "\"n\":\"1\""),
        &good.replace("\"n\":1,", ""),
    ] {
        let read = read(payload.as_bytes()).await;
        assert!(read.iter().all(Result::is_err), "{payload:?} {read:?}");
    }
    for bytes in [&b"\xff"[..], b"\xed\xa0\x80", b"\xc0\x80"] {
        let payload = [b"{\"n\":1,\"jti\":\"", bytes, b"\",\"iat\":1}"].concat();
        assert!(read(&payload).await.iter().all(Result::is_err), "{bytes:?}");
    }
}

#[tokio::test]
async fn what_is_no_utf_8_is_refused_also_where_nobody_looks() {
    for bytes in [&b"\xff"[..], b"\xed\xa0\x80", b"\xc0\x80", b"\xe2\x82"] {
        // A member that one struct passes over: as its value, within it, and as its name.
        for (before, after) in [("\"more\":\"", "\""), ("\"more\":[{\"a\":\"", "\"}]"), ("\"", "\":1")] {
            let [head, tail] = [format!("{{{before}"), format!("{after},{}", &claims("")[1..])];
            let control = [head.as_bytes(), "\u{e9}".as_bytes(), tail.as_bytes()].concat();
            assert_eq!(kinds(read(&control).await), [Ok(1), Ok(1)], "the control");
            let payload = [head.as_bytes(), bytes, tail.as_bytes()].concat();
            let refused = Err(ErrorKind::PayloadInvalid);
            assert_eq!(kinds(read(&payload).await), [refused, refused], "{}", payload.escape_ascii());
        }
    }
}

/// As deep as a token has room for, on less stack than any thread has by default.
#[test]
fn no_depth_of_nesting_exhausts_the_stack() {
    let deep = |open: &str, close: &str, depth: usize| {
        claims(&format!(r#","deep":{}1{}"#, open.repeat(depth), close.repeat(depth)))
    };
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for depth in [1, 50, 126, 127, 128, 129, 1_000, 2_900] {
                for payload in [
                    deep("[", "]", depth),
                    deep("{\"a\":", "}", depth / 2),
                    deep("[{\"a\":", "}]", depth / 3),
                ] {
                    let [note, bag] = kinds(read(payload.as_bytes()).await);
                    // Ignored values may be nested to any depth; the depth of values that are kept is
                    // limited.
                    assert_eq!(note, Ok(1), "{depth}");
                    assert!(matches!(bag, Ok(1) | Err(ErrorKind::PayloadInvalid)), "{depth} {bag:?}");
                }
                let unclosed = claims(&format!(r#","deep":{}"#, "[".repeat(depth)));
                assert!(read(unclosed.as_bytes()).await.iter().all(Result::is_err), "{depth}");
            }
        });
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap();
}

#[tokio::test]
async fn no_number_is_too_large_to_be_a_date() {
    use ErrorKind::{ClaimInvalid, Expired, NotYetValid, PayloadInvalid};
    for (number, exp, iat) in [
        ("9223372036854775807", Ok(1), Err(NotYetValid)),
        ("18446744073709551615", Ok(1), Err(NotYetValid)),
        ("18446744073709551616", Ok(1), Err(NotYetValid)),
        ("1e308", Ok(1), Err(NotYetValid)),
        ("1e400", Err(PayloadInvalid), Err(PayloadInvalid)),
        ("-1e400", Err(PayloadInvalid), Err(PayloadInvalid)),
        ("-1", Err(Expired), Err(Expired)),
        ("-9223372036854775809", Err(Expired), Err(Expired)),
        ("-0.0", Err(Expired), Err(Expired)),
        ("1e-400", Err(Expired), Err(Expired)),
        ("0", Err(Expired), Err(Expired)),
        ("\"9999999999\"", Err(ClaimInvalid), Err(ClaimInvalid)),
        ("{\"a\":1}", Err(ClaimInvalid), Err(ClaimInvalid)),
    ] {
        let payload = claims(&format!(r#","exp":{number}"#));
        assert_eq!(kinds(read(payload.as_bytes()).await), [exp, exp], "exp {number}");
        let payload = claims("").replace(&START.to_string(), number);
        assert_eq!(kinds(read(payload.as_bytes()).await), [iat, iat], "iat {number}");
    }
    // Arithmetic with a member of the struct's is the struct's own; a number that it keeps is a number.
    let big = claims(r#","big":123456789012345678901234567890.5e10"#);
    assert_eq!(kinds(read(big.as_bytes()).await), [Ok(1), Ok(1)]);
}

/// The end of a session that never ends is still a date that a browser can read.
#[tokio::test]
async fn a_session_with_a_date_out_of_reach_is_written_again() {
    #[derive(Clone, Debug, Serialize, Deserialize, Session)]
    #[session(jws, name = "open")]
    struct Open {
        n: u32,
    }
    let clock = TestClock::new();
    let sessions = Open::config(JwsKey::secret(HMAC_KEY)).clock(clock.read()).build().unwrap();
    for exp in ["253402300800", "18446744073709551615", "1e300"] {
        let token = signed(&json!({"alg": "HS256", "typ": "open+jwt"}), claims(&format!(r#","exp":{exp}"#)));
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, format!("open={token}").parse().unwrap());
        let context = RequestContext::new(&headers);
        let manager = sessions.manager(&context).await.unwrap();
        assert_eq!(manager.status(), Status::Valid, "{exp}");
        manager.rotate().await.unwrap();
        let mut response = HeaderMap::new();
        context.finish(&mut response);
        let line = response[SET_COOKIE].to_str().unwrap();
        assert!(line.ends_with("Expires=Fri, 31 Dec 9999 23:59:59 GMT"), "{line}");
    }
}

#[tokio::test]
async fn many_members_are_read_or_refused() {
    let recipients = vec!["\"a\""; 2_000].join(",");
    let payload = claims(&format!(r#","aud":[{recipients}]"#));
    assert_eq!(kinds(read(payload.as_bytes()).await), [Ok(1), Ok(1)]);
    let members: String = (0..800).map(|n| format!(",\"m{n}\":1")).collect();
    assert_eq!(kinds(read(claims(&members).as_bytes()).await), [Ok(1), Ok(1)]);
    // Longer than the session's cookies could hold: not looked at.
    let long = claims(&format!(r#","long":"{}""#, "x".repeat(10_000)));
    assert_eq!(kinds(read(long.as_bytes()).await), [Err(ErrorKind::JwsInvalid), Err(ErrorKind::JweInvalid)]);
}
