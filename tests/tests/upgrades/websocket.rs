use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use futures_util::{SinkExt as _, StreamExt as _};
use http::header::{CACHE_CONTROL, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message as Sent};
use unjwt::{Current, SessionManager};

use super::support::server::Server;
use super::support::{TestClock, set_cookies};
use super::{User, now, serve, user, write_late};

/// Answers `now` and `write` with what the manager says, and `kept` with what the upgrade was given.
async fn talk(mut socket: WebSocket, manager: SessionManager<User>, kept: Option<Current<User>>) {
    while let Some(Ok(Message::Text(question))) = socket.recv().await {
        let answer = match question.as_str() {
            "now" => now(&manager),
            "write" => write_late(&manager).await,
            "kept" => kept.as_ref().map_or("nobody".to_owned(), |kept| kept.data.sub.clone()),
            other => panic!("{other}"),
        };
        if socket.send(Message::Text(answer.into())).await.is_err() {
            return;
        }
    }
}

async fn socket(
    upgrade: WebSocketUpgrade,
    user: User,
    kept: Option<Current<User>>,
    manager: SessionManager<User>,
) -> Response {
    assert_eq!(kept.as_ref().map(|kept| &*kept.data), Some(&user));
    upgrade.on_upgrade(|socket| talk(socket, manager, kept))
}

async fn writing_socket(upgrade: WebSocketUpgrade, manager: SessionManager<User>) -> Response {
    let kept = manager.replace(user("grace")).await.unwrap();
    upgrade.on_upgrade(|socket| talk(socket, manager, Some(kept)))
}

async fn closing_socket(upgrade: WebSocketUpgrade, manager: SessionManager<User>) -> Response {
    manager.clear().await.unwrap();
    upgrade.on_upgrade(|socket| talk(socket, manager, None))
}

fn routes() -> Router<unjwt::SessionHandle<User>> {
    Router::new()
        .route("/socket", any(socket))
        .route("/write", any(writing_socket))
        .route("/clear", any(closing_socket))
}

struct Client {
    socket: WebSocketStream<TcpStream>,
    head: HeaderMap,
}

impl Client {
    async fn open(
        server: &Server,
        path: &str,
        header: Option<(HeaderName, HeaderValue)>,
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{}{path}", server.address).into_client_request().unwrap();
        request.headers_mut().extend(header);
        let (socket, response) = tokio_tungstenite::client_async(request, server.connect().await).await?;
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        Ok(Self { socket, head: response.into_parts().0.headers })
    }

    async fn ask(&mut self, question: &str) -> String {
        self.socket.send(Sent::text(question)).await.unwrap();
        self.socket.next().await.unwrap().unwrap().into_text().unwrap().as_str().to_owned()
    }
}

#[tokio::test]
async fn a_session_is_read_before_the_upgrade_and_in_the_socket() {
    let (router, ada) = serve(&TestClock::new(), routes());
    let server = Server::start(router).await;
    let cookie = ada.header().unwrap();
    let token = HeaderValue::from_str(&ada.cookies["user"]).unwrap();
    // Scripts cannot add headers to a handshake; programs can.
    for header in [(COOKIE, cookie), (HeaderName::from_static("x-user-session"), token)] {
        let mut client = Client::open(&server, "/socket", Some(header)).await.unwrap();
        assert!(set_cookies(&client.head).is_empty(), "reading writes nothing");
        assert_eq!(client.ask("now").await, "Valid ada");
        assert_eq!(client.ask("kept").await, "ada");
    }
}

#[tokio::test]
async fn without_a_session_there_is_no_upgrade() {
    let (router, _) = serve(&TestClock::new(), routes());
    let server = Server::start(router).await;
    let bad = (COOKIE, HeaderValue::from_static("user=garbage"));
    for header in [None, Some(bad)] {
        let Err(Error::Http(refused)) = Client::open(&server, "/socket", header).await else {
            panic!("the socket is open");
        };
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_write_before_the_upgrade_sets_the_cookie_on_the_101() {
    let (router, mut ada) = serve(&TestClock::new(), routes());
    let server = Server::start(router).await;
    for kind in ["new", "of ada"] {
        let header = (kind == "of ada").then(|| (COOKIE, ada.header().unwrap()));
        let mut client = Client::open(&server, "/write", header).await.unwrap();
        assert_eq!(client.head[CACHE_CONTROL], "private, no-store", "{kind}");
        assert_eq!(client.ask("now").await, "Valid grace", "{kind}");
        ada.take(&client.head);
        let mut again =
            Client::open(&server, "/socket", Some((COOKIE, ada.header().unwrap()))).await.unwrap();
        assert_eq!(again.ask("now").await, "Valid grace", "{kind}");
    }
    let mut client = Client::open(&server, "/clear", Some((COOKIE, ada.header().unwrap()))).await.unwrap();
    assert_eq!(client.ask("now").await, "Cleared nobody");
    ada.take(&client.head);
    assert!(ada.cookies.is_empty());
}

#[tokio::test]
async fn every_write_in_a_socket_is_an_error_and_changes_nothing() {
    let (router, ada) = serve(&TestClock::new(), routes());
    let server = Server::start(router).await;
    for (path, now) in [("/socket", "Valid ada"), ("/write", "Valid grace")] {
        let mut client = Client::open(&server, path, Some((COOKIE, ada.header().unwrap()))).await.unwrap();
        assert_eq!(client.ask("write").await, "ResponseSent");
        assert_eq!(client.ask("now").await, now);
    }
}

#[tokio::test]
async fn a_session_ends_while_its_socket_is_open() {
    let clock = TestClock::new();
    let (router, ada) = serve(&clock, routes());
    let server = Server::start(router).await;
    let mut client = Client::open(&server, "/socket", Some((COOKIE, ada.header().unwrap()))).await.unwrap();
    clock.seconds(3599);
    assert_eq!(client.ask("now").await, "Valid ada");
    clock.seconds(1);
    assert_eq!(client.ask("now").await, "Expired nobody");
    assert_eq!(client.ask("kept").await, "ada", "a `Current` is what was, not what is");
    assert_eq!(client.ask("write").await, "ResponseSent");
}
