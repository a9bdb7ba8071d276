//! A whole request through the layer: an axum router with four sessions, their hooks, and handlers that read and write.

mod check;
mod service;

use axum::body::{Body, to_bytes};
use http::{HeaderName, HeaderValue, Method, Request};
use tower::ServiceExt as _;

use crate::material::tokens_of;
use crate::runtime::block_on;

pub use service::make;

/// The first line is a method and a path, each other line a header. `{name}` in a header is a token of `material`.
pub fn run(data: &[u8]) {
    let Some(request) = request(data) else { return };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = block_on(service::router().oneshot(request)).unwrap_or_else(|never| match never {});
    let (head, body) = response.into_parts();
    let body = block_on(to_bytes(body, usize::MAX)).expect("the body is in memory");
    check::response(&method, &path, &head, &body);
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
