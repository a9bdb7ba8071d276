//! The `cookie` crate's signed and private jars: the same bytes as JSON in a cookie, with no claims and no end.

use std::hint::black_box;

use cookie::{Cookie, CookieJar, Key};

use crate::claims::{COOKIE, Stamped};
use crate::family::{Family, Keys};
use crate::subject::Subject;

pub const SIGNED: &str = "SignedJar";
pub const PRIVATE: &str = "PrivateJar";

/// The signed jar beside HS256, the private one beside `dir`; none beside the others.
///
/// # Panics
///
/// If a session does not come back as it was written.
pub fn subject(keys: &Keys, claims: &Stamped) -> Option<Subject> {
    let is_private = match keys.family {
        Family::Hs256 => false,
        Family::Dir => true,
        _ => return None,
    };
    let key = Key::from(&[7; 64]);
    let write = {
        let (claims, key) = (claims.clone(), key.clone());
        move || {
            let json = serde_json::to_string(&claims).expect("claims are JSON");
            let cookie = Cookie::build((COOKIE, json)).path("/").secure(true).http_only(true);
            let mut jar = CookieJar::new();
            if is_private {
                jar.private_mut(&key).add(cookie);
            } else {
                jar.signed_mut(&key).add(cookie);
            }
            jar.get(COOKIE).expect("it was added").encoded().to_string()
        }
    };
    let line = write();
    let (pair, _) = line.split_once(';').expect("attributes");
    let request = format!("theme=dark; {pair}");
    let read = move || {
        let mut jar = CookieJar::new();
        for cookie in Cookie::split_parse_encoded(request.as_str()) {
            jar.add_original(cookie.expect("a cookie").into_owned());
        }
        let cookie = if is_private { jar.private(&key).get(COOKIE) } else { jar.signed(&key).get(COOKIE) };
        let json = cookie.expect("a valid cookie");
        serde_json::from_str::<Stamped>(json.value()).expect("the claims")
    };
    assert_eq!(read(), *claims);
    let name = if is_private { PRIVATE } else { SIGNED };
    Some(Subject::new(name, move || drop(black_box(read())), move || drop(black_box(write()))))
}
