//! nginx, with its defaults and with the settings of `unjwt::deployment`.

use std::fs;
use std::path::Path;

use axum::body::Body;
use http::header::COOKIE;
use http::{Request, StatusCode};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::proxy::Proxy;
use crate::service::{Service, ask, ask_to_read, ask_to_write, cookie_line};

/// What `unjwt::deployment` says to write into a `server`.
fn settings_of_the_page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../unjwt/src/docs/deployment.md");
    let page = fs::read_to_string(page).unwrap();
    let block = page.split_once("```nginx\n").expect("the page has settings of nginx").1;
    block.split_once("```").unwrap().0.to_owned()
}

/// `proxy_buffer_size` is a page of memory: 4096 bytes on most machines.
#[tokio::test]
async fn by_default_the_head_of_a_response_fits_a_page_and_a_cookie_line_8_kb() {
    let service = Service::start().await;
    let Some(proxy) = Proxy::nginx(&service, "") else { return };
    let most = proxy.most(&service).await;
    // The base64url of one byte more takes up to two.
    assert!((4_095..=4_096).contains(&most.response), "{}", most.response);
    assert!((8_191..=8_192).contains(&most.cookies), "{}", most.cookies);

    // So one cookie that is as long as it may be is not even set. On the way back, two of them pass.
    let (one, two, three) = (service.longest(1).await, service.longest(2).await, service.longest(3).await);
    assert_eq!(ask_to_write(proxy.address, one).await.status, 502);
    assert_eq!(ask_to_read(proxy.address, &service.cookies(two)).await.status, 200);
    assert_eq!(ask_to_read(proxy.address, &service.cookies(three)).await.status, 400);
}

#[tokio::test]
async fn with_the_settings_of_the_page_the_default_three_chunks_pass() {
    let service = Service::start().await;
    let Some(proxy) = Proxy::nginx(&service, &settings_of_the_page()) else { return };
    let most = proxy.most(&service).await;
    assert!((16_383..=16_384).contains(&most.response), "{}", most.response);
    assert!((16_383..=16_384).contains(&most.cookies), "{}", most.cookies);

    let three = service.longest(3).await;
    assert_eq!(ask_to_write(proxy.address, three).await.status, 200);
    assert_eq!(ask_to_read(proxy.address, &service.cookies(three)).await.status, 200);
}

/// Browsers send each cookie in a field of its own then (RFC 9113 §8.2.3).
#[tokio::test]
async fn over_http2_three_chunks_are_read_by_default() {
    let service = Service::start().await;
    let Some(proxy) = Proxy::nginx_with(&service, "http2", "") else { return };
    let socket = TokioIo::new(TcpStream::connect(proxy.address).await.unwrap());
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), socket).await.unwrap();
    tokio::spawn(connection);
    let cookies = service.cookies(service.longest(3).await);
    let request = Request::get(format!("http://{}/", proxy.address));
    let request = cookies.split("; ").fold(request, |request, pair| request.header(COOKIE, pair));
    let response = client.send_request(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

/// `Host` is the service's own address then, which is not where the page is from.
#[tokio::test]
async fn a_page_is_of_the_same_origin_where_the_host_or_the_public_origin_says_so() {
    async fn posts(proxy: &Proxy, origin: &str) -> u16 {
        ask(proxy.address, "POST /10", &format!("Content-Length: 0\r\nOrigin: {origin}\r\n")).await.status
    }
    let service = Service::start().await;
    let Some(proxy) = Proxy::nginx(&service, "") else { return };
    assert_eq!(posts(&proxy, &format!("http://{}", proxy.address)).await, 403);
    let Some(proxy) = Proxy::nginx(&service, &settings_of_the_page()) else { return };
    assert_eq!(posts(&proxy, &format!("http://{}", proxy.address)).await, 200);
    assert_eq!(posts(&proxy, "http://elsewhere.test").await, 403);

    let service = Service::start_with(|config| config.public_origin("https://shop.test")).await;
    let Some(proxy) = Proxy::nginx(&service, "") else { return };
    assert_eq!(posts(&proxy, "https://shop.test").await, 200);
    assert_eq!(posts(&proxy, "https://elsewhere.test").await, 403);
}

#[tokio::test]
async fn a_header_with_an_underscore_does_not_arrive() {
    let service = Service::start().await;
    let Some(proxy) = Proxy::nginx(&service, "") else { return };
    let cookies = service.cookies(10);
    let token = cookies.split_once('=').unwrap().1;
    let header = format!("x-big_sid: {token}\r\n");
    assert_eq!(ask(service.server.address, "GET /", &header).await.status, 200);
    assert_eq!(ask(proxy.address, "GET /", &header).await.status, 401);
    assert_eq!(ask(proxy.address, "GET /", &cookie_line(&cookies)).await.status, 200);
}
