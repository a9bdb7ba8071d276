//! The session's cookie is found among arbitrary cookies of a client, and no other is mistaken for it.

use http::HeaderValue;
use unjwt::Status;
use unjwt_tests::told;

use super::files::request_headers;
use super::sessions::{User, ada, big, named, read};
use super::support::TestClock;

/// The cookies of a header by the grammar of RFC 6265 §4.2.1; the values that are not empty.
fn values_of<'h>(header: &'h str, name: &str) -> Vec<&'h str> {
    header
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.trim_matches([' ', '\t']), value.trim_matches([' ', '\t'])))
        .filter(|(own, value)| *own == name && !value.is_empty())
        .map(|(_, value)| value)
        .collect()
}

/// The names in a header that a session can have.
fn names(header: &str) -> impl Iterator<Item = &str> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    header
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, _)| name.trim_matches([' ', '\t']))
        .filter(move |name| !name.is_empty() && name.len() < 1024 && name.chars().all(is_token))
}

fn field(text: &str) -> HeaderValue {
    HeaderValue::from_bytes(text.as_bytes()).unwrap()
}

#[tokio::test]
async fn ours_is_found_among_all_others_and_none_of_them_is_ours() {
    let clock = TestClock::new();
    let (mut headers, mut sessions, mut refused_by_http) = (0, 0, 0);
    for other in request_headers() {
        if HeaderValue::from_bytes(other.as_bytes()).is_err() {
            refused_by_http += 1;
            continue;
        }
        headers += 1;
        let mut own_names: Vec<&str> = names(&other).chain(["user"]).collect();
        own_names.sort_unstable();
        own_names.dedup();
        for name in own_names {
            sessions += 1;
            let tokens = named(name, &clock);
            let theirs = values_of(&other, name);
            let alone = read(&tokens, &[field(&other)]).await;
            let expected = if theirs.is_empty() { Status::Absent } else { Status::Rejected };
            assert_eq!(alone, (expected, None), "{name}: {other}");

            let ours = tokens.cookie_header(&ada()).unwrap();
            let text = ours.to_str().unwrap();
            let found = (Status::Valid, Some(ada()));
            for fields in [vec![field(&format!("{text}; {other}"))], vec![ours.clone(), field(&other)]] {
                assert_eq!(read(&tokens, &fields).await, found, "{name}: {fields:?}");
            }
            // Found after any number of cookies of the same name that do not look like tokens.
            for fields in [
                vec![field(&format!("{other}; {text}"))],
                vec![field(&format!("{other};{text};{other}"))],
                vec![field(&other), ours.clone()],
            ] {
                assert_eq!(read(&tokens, &fields).await, found, "{name}: {fields:?}");
            }
        }
    }
    told!("{headers} headers, {sessions} sessions among them; {refused_by_http} are refused by HTTP itself");
}

#[tokio::test]
async fn chunks_are_found_among_all_others() {
    let clock = TestClock::new();
    let tokens = named("user", &clock);
    let ours = tokens.cookie_header(&big()).unwrap();
    let pairs: Vec<&str> = ours.to_str().unwrap().split("; ").collect();
    assert!(pairs.len() > 2, "chunks");
    for other in request_headers() {
        let mut mixed = other.clone();
        for pair in pairs.iter().rev() {
            mixed = format!("{mixed}; {pair}; {other}");
        }
        let Ok(mixed) = HeaderValue::from_bytes(mixed.as_bytes()) else { continue };
        assert_eq!(read(&tokens, &[mixed]).await, (Status::Valid, Some(big())), "{other}");
    }
}

/// The reader must match names exactly as browsers do: the guarantees of a name prefix apply to exactly that
/// name.
#[tokio::test]
async fn a_name_that_is_nearly_ours_is_another() {
    let clock = TestClock::new();
    for name in ["user", "__Host-user", "__Secure-user"] {
        let tokens = named(name, &clock);
        let header = tokens.cookie_header(&ada()).unwrap();
        let token = header.to_str().unwrap().split_once('=').unwrap().1;
        let near = [
            name.to_uppercase(),
            format!("x{name}"),
            format!("{name}x"),
            format!("{name}.x"),
            format!("{name}.1"),
            format!("${name}"),
            format!("\"{name}\""),
            format!("%75ser{name}"),
            format!("{name}%20"),
            name.replacen('u', "%75", 1),
        ];
        // Unicode white space, which browsers do not trim from a name.
        let spaces =
            ['\u{85}', '\u{a0}', '\u{1680}', '\u{2000}', '\u{2028}', '\u{202f}', '\u{3000}', '\u{feff}'];
        let padded = spaces.iter().flat_map(|space| [format!("{space}{name}"), format!("{name}{space}")]);
        for near in near.into_iter().chain(padded) {
            let header = field(&format!("{near}={token}"));
            assert_eq!(read(&tokens, &[header]).await, (Status::Absent, None), "{near:?}");
        }
        for space in spaces {
            for value in [format!("{space}{token}"), format!("{token}{space}")] {
                let header = field(&format!("{name}={value}"));
                assert_eq!(read(&tokens, &[header]).await, (Status::Rejected, None), "{value:?}");
            }
        }
        // The white space of the grammar is part of neither the name nor the value.
        for header in [format!(" \t{name}\t = \t{token} \t;"), format!(";;{name}={token};;")] {
            assert_eq!(read(&tokens, &[field(&header)]).await, (Status::Valid, Some(ada())), "{header:?}");
        }
    }
}

#[tokio::test]
async fn white_space_within_a_chunks_name_makes_it_another() {
    let clock = TestClock::new();
    let tokens = named("user", &clock);
    let header = tokens.cookie_header(&big()).unwrap();
    let header = header.to_str().unwrap();
    assert_eq!(read(&tokens, &[field(header)]).await.0, Status::Valid);
    for near in ["user .1=", "user\t.1=", "user. 1="] {
        let changed = header.replacen("user.1=", near, 1);
        assert_ne!(changed, header);
        assert_eq!(read(&tokens, &[field(&changed)]).await, (Status::Rejected, None), "{near:?}");
    }
}

/// Bytes that are not text affect only the cookie that contains them.
#[tokio::test]
async fn bytes_that_are_no_text_hide_nothing() {
    let clock = TestClock::new();
    let tokens = named("user", &clock);
    let ours = tokens.cookie_header(&ada()).unwrap();
    for byte in (0x80..=0xff).chain([b'\t', b' ', b'"', b'\\', b',', b'=', b';']) {
        let around =
            [&[byte, b'a', b'=', byte, b';'][..], ours.as_bytes(), &[b';', byte, b'=', byte, byte]].concat();
        let header = HeaderValue::from_bytes(&around).unwrap();
        assert_eq!(read(&tokens, &[header]).await, (Status::Valid, Some(ada())), "{byte:#x}");
        // Within the session's value, such a byte is part of the value.
        let inside = [b"user=", &[byte][..], b"x", ours.as_bytes()].concat();
        let header = HeaderValue::from_bytes(&inside).unwrap();
        assert_eq!(read(&tokens, &[header]).await.1, None::<User>, "{byte:#x}");
    }
}
