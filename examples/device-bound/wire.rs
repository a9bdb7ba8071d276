//! What browser and server say to each other about the device, on stdout.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// Longer than any answer here.
const ENOUGH: usize = 64 * 1024;

/// Prints each request and its response, without a whole token: whoever has one can use the session.
pub(crate) async fn show(request: Request, next: Next) -> Response {
    let mut text = format!("> {} {}\n", request.method(), request.uri().path());
    lines(&mut text, '>', request.headers());
    let (mut parts, body) = next.run(request).await.into_parts();
    text += &format!("< {}\n", parts.status.as_u16());
    lines(&mut text, '<', &parts.headers);
    let Ok(body) = to_bytes(body, ENOUGH).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        text += &format!("<   {}\n", shortened(&String::from_utf8_lossy(&body)));
    }
    println!("{text}");
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(body))
}

fn lines(text: &mut String, side: char, headers: &HeaderMap) {
    for (name, value) in headers {
        let is_of_device = name.as_str().contains("secure-session") || name == "sec-fetch-site";
        if is_of_device || [COOKIE, ORIGIN, SET_COOKIE].contains(name) {
            let value = shortened(&String::from_utf8_lossy(value.as_bytes()));
            *text += &format!("{side}   {name}: {value}\n");
        }
    }
}

/// With the beginning of each token and challenge alone.
fn shortened(text: &str) -> String {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let cut = |part: &str| {
        let token = part.trim_end_matches(|c| !is_of_token(c));
        let rest = part.get(token.len()..).unwrap_or_default();
        if token.len() > 40 {
            format!("{}..{rest}", token.get(..8).unwrap_or_default())
        } else {
            part.to_owned()
        }
    };
    text.split_inclusive(|c| !is_of_token(c)).map(cut).collect()
}
