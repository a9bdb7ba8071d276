//! A client that sends arbitrary input receives 401, never a session, a panic or a 5xx.

mod support;

use axum::Router;
use axum::routing::get;
use http::{HeaderValue, Request, StatusCode};
use serde::{Deserialize, Serialize};
use support::{Browser, Random, TestClock, reply};
use unjwt::{JweKey, Jwk, JwsKey, Session};

const MUTATIONS: usize = 400;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "signed", max_age = "1h")]
struct SignedUser {
    sub: String,
    admin: bool,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sealed", max_age = "1h")]
struct SealedUser {
    sub: String,
    admin: bool,
}

/// One change of a token: a byte, a piece, a segment, or its end.
fn mutate(token: &str, random: &mut Random) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=%\"~+/";
    let mut bytes = token.as_bytes().to_vec();
    let at = random.below(bytes.len());
    match random.below(8) {
        0 | 1 => bytes[at] = ALPHABET[random.below(ALPHABET.len())],
        2 => drop(bytes.remove(at)),
        3 => bytes.insert(at, ALPHABET[random.below(ALPHABET.len())]),
        4 => bytes.truncate(at),
        5 => {
            let end = (at + random.below(40)).min(bytes.len());
            bytes.drain(at..end);
        }
        6 => {
            let mut segments: Vec<&str> = token.split('.').collect();
            let (from, to) = (random.below(segments.len()), random.below(segments.len()));
            segments[to] = if random.below(2) == 0 { "" } else { segments[from] };
            bytes = segments.join(".").into_bytes();
        }
        _ => {
            let piece = bytes[at..].to_vec();
            bytes.extend(piece);
        }
    }
    String::from_utf8(bytes).unwrap()
}

async fn attack(router: &Router, cookie: &HeaderValue, name: &str, random: &mut Random) {
    let good = Browser::with(cookie).get(router, "/").await;
    assert_eq!((good.status, good.body.as_str()), (StatusCode::OK, "ada"), "the control");
    let token = cookie.to_str().unwrap().strip_prefix(name).unwrap().strip_prefix('=').unwrap();
    let (mut refused, mut tried) = (0, 0);
    while tried < MUTATIONS {
        let mutant = mutate(token, random);
        if mutant == token {
            continue;
        }
        tried += 1;
        for header in ["cookie", &format!("x-{name}-session")] {
            let value = if header == "cookie" { format!("{name}={mutant}") } else { mutant.clone() };
            let reply = reply(router, Request::get("/").header(header, value)).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{header}: {mutant}");
            assert_eq!(reply.body, "");
            refused += 1;
        }
    }
    assert_eq!(refused, 2 * MUTATIONS);
}

#[tokio::test]
async fn mutants_of_signed_tokens_are_refused() {
    let mut random = Random(0x5eed_0001);
    let clock = TestClock::new();
    let keys = ["HS256", "RS256", "ES256", "EdDSA"].map(|alg| JwsKey::from_jwk(Jwk::generate(alg).unwrap()));
    for key in keys {
        let mut cookie = None;
        let router = unjwt::install(SignedUser::config(key).clock(clock.read()), |handle| {
            cookie = Some(handle.cookie_header(&SignedUser { sub: "ada".to_owned(), admin: false }).unwrap());
            (Router::new().route("/", get(async |user: SignedUser| user.sub)), handle)
        })
        .unwrap();
        attack(&router, &cookie.unwrap(), "signed", &mut random).await;
    }
}

#[tokio::test]
async fn mutants_of_encrypted_tokens_are_refused() {
    let mut random = Random(0x5eed_0002);
    let clock = TestClock::new();
    let keys = [
        JweKey::secret([1; 32]),
        JweKey::from_jwk(Jwk::generate("A128KW").unwrap()),
        JweKey::from_jwk(Jwk::generate("A256KW").unwrap()),
        JweKey::password("correct horse battery staple").iterations(1_000),
    ];
    for key in keys {
        let mut cookie = None;
        let router = unjwt::install(SealedUser::config(key).clock(clock.read()), |handle| {
            cookie = Some(handle.cookie_header(&SealedUser { sub: "ada".to_owned(), admin: false }).unwrap());
            (Router::new().route("/", get(async |user: SealedUser| user.sub)), handle)
        })
        .unwrap();
        attack(&router, &cookie.unwrap(), "sealed", &mut random).await;
    }
}

#[tokio::test]
async fn odd_requests_are_anonymous_or_refused() {
    let mut state = None;
    let router = unjwt::install(SealedUser::config(JweKey::secret([1; 32])), |handle| {
        state = Some(handle.clone());
        (
            Router::new().route(
                "/",
                get(async |user: Option<SealedUser>| user.map_or("nobody".to_owned(), |user| user.sub)),
            ),
            handle,
        )
    })
    .unwrap();
    let long = "A".repeat(64 * 1024);
    let many = (0..500).map(|nth| format!("sealed.{nth}=x")).collect::<Vec<_>>().join("; ");
    for cookie in [
        "sealed=",
        "=",
        ";;;;",
        "sealed",
        "sealed=....",
        "sealed=.",
        "sealed=\u{7f}",
        "sealed=\"a.b.c\"",
        &format!("sealed={long}"),
        &format!("sealed=__chunked__3; {many}"),
        &format!("sealed={}", ".".repeat(10_000)),
        &format!("sealed={}", "sealed=".repeat(1_000)),
    ] {
        let Ok(value) = HeaderValue::from_bytes(cookie.as_bytes()) else { continue };
        let reply = reply(&router, Request::get("/").header("cookie", value)).await;
        assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, "nobody"));
        assert!(reply.set_cookies().is_empty());
    }
    let binary = HeaderValue::from_bytes(&[b's', b'e', b'a', b'l', b'e', b'd', b'=', 0xff, 0xfe]).unwrap();
    assert_eq!(reply(&router, Request::get("/").header("cookie", binary)).await.body, "nobody");
}
