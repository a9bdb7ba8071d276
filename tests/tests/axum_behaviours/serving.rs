use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, StatusCode};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use unjwt::SessionManager;

use super::support::server::Server;
use super::support::set_cookies;
use super::{User, serve, user};

/// The session is written while the server is already going down.
#[tokio::test]
async fn a_request_under_way_gets_its_cookie_through_a_graceful_shutdown() {
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let router = serve(|_| {
        let (arrived, go_on) = (Arc::clone(&arrived), Arc::clone(&go_on));
        let login = async move |manager: SessionManager<User>| {
            arrived.notify_one();
            go_on.notified().await;
            manager.replace(user("ada")).await.map(drop)
        };
        Router::new().route("/login", get(login))
    });
    let server = Server::start(router).await;
    let address = server.address;
    let (mut client, connection) = http1::handshake(TokioIo::new(server.connect().await)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("/login").header("host", "localhost").body(Body::empty()).unwrap();
    let response = tokio::spawn(client.send_request(request));
    arrived.notified().await;

    let ended = server.stop();
    // The listener is closed first, so no new connections are accepted.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.notify_one();
    let response = response.await.unwrap().unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(set_cookies(response.headers())[0].name, "user");
    drop(response);
    ended.await.unwrap();
}
