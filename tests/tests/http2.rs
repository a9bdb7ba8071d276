//! HTTP/2 over a real connection: cookies in several fields (RFC 9113 §8.2.3), and many requests at once.

mod support;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use futures_util::future::join_all;
use http::header::COOKIE;
use http::{HeaderMap, Request, Response, StatusCode, Version};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde::{Deserialize, Serialize};
use support::Browser;
use support::server::Server;
use unjwt::{JwsKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "notes", max_age = "1h", cookie(max_chunks = 6))]
struct Notes {
    sub: String,
    text: String,
}

fn notes(sub: &str, length: usize) -> Notes {
    Notes { sub: sub.to_owned(), text: "x".repeat(length) }
}

/// Reports the session's user, its length, and the number of fields in which the cookies came.
async fn read(headers: HeaderMap, notes: Notes) -> String {
    let fields = headers.get_all(COOKIE).iter().count();
    format!("{} {} in {fields}", notes.sub, notes.text.len())
}

async fn grow(manager: SessionManager<Notes>) -> Result<(), unjwt::Error> {
    let length = manager.current().map_or(5_000, |current| current.data.text.len() + 2_000);
    manager.replace(notes("grown", length)).await.map(drop)
}

async fn end(manager: SessionManager<Notes>) -> Result<(), unjwt::Error> {
    manager.clear().await
}

async fn server() -> (Server, SessionHandle<Notes>) {
    let mut kept = None;
    let router = unjwt::install(Notes::config(JwsKey::secret([7; 32])), |handle| {
        kept = Some(handle.clone());
        let router = Router::new().route("/", get(read)).route("/grow", post(grow)).route("/end", post(end));
        (router, handle)
    });
    (Server::start(router.unwrap()).await, kept.unwrap())
}

/// With prior knowledge: no upgrade, no TLS.
async fn connect(server: &Server) -> http2::SendRequest<Body> {
    let socket = TokioIo::new(server.connect().await);
    let (client, connection) = http2::handshake(TokioExecutor::new(), socket).await.unwrap();
    tokio::spawn(connection);
    client
}

fn request(server: &Server, method: &str, path: &str, cookies: &[String]) -> Request<Body> {
    let request = Request::builder().method(method).uri(format!("http://{}{path}", server.address));
    let request = cookies.iter().fold(request, |request, cookie| request.header(COOKIE, cookie));
    request.body(Body::empty()).unwrap()
}

async fn text(response: Response<Incoming>) -> (StatusCode, String) {
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// One pair in each.
fn fields(browser: &Browser) -> Vec<String> {
    browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

async fn ask(server: &Server, cookies: &[String]) -> (StatusCode, String) {
    let mut client = connect(server).await;
    let response = client.send_request(request(server, "GET", "/", cookies)).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    text(response).await
}

#[tokio::test]
async fn chunks_in_fields_of_their_own_are_one_session() {
    let (server, sessions) = server().await;
    let browser = Browser::with(&sessions.cookie_header(&notes("ada", 6_000)).unwrap());
    let chunks = fields(&browser);
    assert_eq!(chunks.len(), 4, "three and their marker");

    let ok = |fields: usize| (StatusCode::OK, format!("ada 6000 in {fields}"));
    assert_eq!(ask(&server, &chunks).await, ok(4));
    let backwards: Vec<_> = chunks.iter().rev().cloned().collect();
    assert_eq!(ask(&server, &backwards).await, ok(4));
    let with_others: Vec<_> = chunks
        .iter()
        .flat_map(|chunk| ["lang=it".to_owned(), chunk.clone(), "theme=dark".to_owned()])
        .collect();
    assert_eq!(ask(&server, &with_others).await, ok(12));
    // Some pairs share a field, as they do after an intermediary.
    let two = [chunks[..2].join("; "), format!("lang=it; {}", chunks[2..].join("; "))];
    assert_eq!(ask(&server, &two).await, ok(2));
    assert_eq!(ask(&server, &[chunks.join("; ")]).await, ok(1));

    for missing in 0..chunks.len() {
        let mut rest = chunks.clone();
        rest.remove(missing);
        assert_eq!(ask(&server, &rest).await.0, StatusCode::UNAUTHORIZED, "without {missing}");
    }
    // The end of one field and the beginning of the next are two things.
    let (start, end) = chunks[1].split_at(1_000);
    let torn = [chunks[0].clone(), start.to_owned(), end.to_owned(), chunks[2].clone(), chunks[3].clone()];
    assert_eq!(ask(&server, &torn).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_bad_cookie_in_one_field_hides_no_session_in_another() {
    let (server, sessions) = server().await;
    let good = fields(&Browser::with(&sessions.cookie_header(&notes("ada", 10)).unwrap()));
    let planted = "notes=a.b.c".to_owned();
    assert_eq!(ask(&server, &[planted.clone(), good[0].clone()]).await.1, "ada 10 in 2");
    assert_eq!(ask(&server, &[good[0].clone(), planted.clone()]).await.1, "ada 10 in 2");
    assert_eq!(ask(&server, &[planted]).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_grows_and_ends_on_one_connection() {
    let (server, _) = server().await;
    let mut client = connect(&server).await;
    let mut browser = Browser::default();
    let mut send = async |method: &str, path: &str| {
        let response = client.send_request(request(&server, method, path, &fields(&browser))).await.unwrap();
        browser.take(response.headers());
        (text(response).await.1, browser.cookies.len())
    };
    for (length, cookies) in [(5_000, 3), (7_000, 4), (9_000, 5)] {
        assert_eq!(send("POST", "/grow").await, (String::new(), cookies));
        assert_eq!(send("GET", "/").await, (format!("grown {length} in {cookies}"), cookies));
    }
    assert_eq!(send("POST", "/end").await, (String::new(), 0));
}

#[tokio::test]
async fn requests_that_share_a_connection_share_no_session() {
    let (server, sessions) = server().await;
    let client = connect(&server).await;
    let asked = (0..50).map(|number| {
        let mut client = client.clone();
        let cookies = match number % 5 {
            0 => Vec::new(),
            _ => fields(&Browser::with(&sessions.cookie_header(&notes(&number.to_string(), 10)).unwrap())),
        };
        let request = request(&server, "GET", "/", &cookies);
        async move { text(client.send_request(request).await.unwrap()).await }
    });
    for (number, answer) in join_all(asked).await.into_iter().enumerate() {
        match number % 5 {
            0 => assert_eq!(answer, (StatusCode::UNAUTHORIZED, String::new())),
            _ => assert_eq!(answer, (StatusCode::OK, format!("{number} 10 in 1"))),
        }
    }
}

#[tokio::test]
async fn a_session_past_16_kb_of_headers_is_refused_by_the_server_and_not_by_http1() {
    let (server, sessions) = server().await;
    let browser = Browser::with(&sessions.cookie_header(&notes("ada", 14_000)).unwrap());
    let cookies = fields(&browser);
    assert!(cookies.iter().map(String::len).sum::<usize>() > 16 * 1024);
    assert_eq!(ask(&server, &cookies).await.0, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);

    let (mut client, connection) = http1::handshake(TokioIo::new(server.connect().await)).await.unwrap();
    tokio::spawn(connection);
    let response = client.send_request(request(&server, "GET", "/", &[cookies.join("; ")])).await.unwrap();
    assert_eq!(text(response).await, (StatusCode::OK, "ada 14000 in 1".to_owned()));
}
