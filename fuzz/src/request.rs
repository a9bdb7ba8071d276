//! A whole request through the layer: an axum router with four sessions, their hooks, and handlers that read and write.

mod check;
mod service;

use axum::body::{Body, Bytes, to_bytes};
use http::response::Parts;
use http::{HeaderName, HeaderValue, Method, Request};
use tower::ServiceExt as _;

use crate::material::tokens_of;
use crate::runtime::block_on;

pub use service::make;

/// The first line is a method and a path, each other line a header. `{name}` in a header is a token of `material`.
pub fn run(data: &[u8]) {
    let Some(request) = request(data) else { return };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let (head, body) = answer(request);
    check::response(&method, &path, &head, &body);
}

fn answer(request: Request<Body>) -> (Parts, Bytes) {
    let response = block_on(service::router().oneshot(request)).unwrap_or_else(|never| match never {});
    let (head, body) = response.into_parts();
    (head, block_on(to_bytes(body, usize::MAX)).expect("the body is in memory"))
}

fn request(data: &[u8]) -> Option<Request<Body>> {
    let mut lines = data.split(|byte| *byte == b'\n');
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let (method, path) = first.split_once(' ')?;
    let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).ok()?).uri(path);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at(colon);
        let name = HeaderName::from_bytes(name).ok()?;
        request = request.header(name, HeaderValue::from_bytes(&filled(&value[1..])).ok()?);
    }
    request.body(Body::empty()).ok()
}

/// The value with the tokens that it names.
fn filled(value: &[u8]) -> Vec<u8> {
    let Ok(mut rest) = std::str::from_utf8(value) else { return value.to_vec() };
    let mut filled = String::with_capacity(value.len());
    while let Some((before, name, after)) = placeholder(rest) {
        filled.push_str(before);
        filled.push_str(name);
        rest = after;
    }
    filled.push_str(rest);
    filled.trim_matches([' ', '\t']).as_bytes().to_vec()
}

fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let open = from + text.get(from..)?.find('{')?;
        let close = open + text.get(open..)?.find('}')?;
        if let Some(token) = service::token(text.get(open + 1..close)?) {
            return Some((text.get(..open)?, token, text.get(close + 1..)?));
        }
        from = open + 1;
    }
}

/// The tokens of a session of the service.
fn tokens(session: &str) -> Vec<String> {
    tokens_of(&format!("request/{session}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second words of the lines that `/status` answers.
    fn statuses(headers: &str) -> Vec<String> {
        let request = request(format!("GET /status\n{headers}").as_bytes()).unwrap();
        let body = String::from_utf8(answer(request).1.to_vec()).unwrap();
        body.lines().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
    }

    #[test]
    fn the_material_is_what_its_names_say() {
        let valid = "cookie: sid={sid}; access={access}; __Host-plain={plain}\nx-api: {api}";
        assert_eq!(statuses(valid), ["Valid"; 4]);
        let expired = "cookie: sid={sid-expired}; access={access-expired}\nx-api: {api-expired}";
        assert_eq!(statuses(expired), ["Expired", "Expired", "Absent", "Expired"]);
        let renewed = "cookie: {chunks}\nauthorization: Bearer {access-expired}";
        assert_eq!(statuses(renewed), ["Valid", "Valid", "Absent", "Absent"]);
        assert_eq!(statuses("cookie: sid={revoked}"), ["Rejected", "Absent", "Absent", "Absent"]);
    }
}
