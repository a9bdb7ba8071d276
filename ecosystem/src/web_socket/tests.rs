//! The sockets, over the loopback interface.

use axum::http::header::{COOKIE, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message as Sent};
use unjwt::JweKey;
use unjwt::testing::{TestClient, TestClock, TestStore};

use super::*;

/// A service that listens, another machine of it, and a browser that is signed in.
struct Chat {
    clock: TestClock,
    store: TestStore,
    sids: SessionHandle<Sid>,
    address: String,
    ada: TestClient,
}

fn config(store: &TestStore, clock: &TestClock) -> Config<Sid> {
    Sid::config(JweKey::secret([7; 32])).store(store.clone()).clock(clock.source())
}

impl Chat {
    async fn start() -> Self {
        let clock = TestClock::new();
        let store = TestStore::with_clock(&clock);
        let (router, sids) = service(config(&store, &clock)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut ada = TestClient::new(router.clone()).with_clock(&clock);
        ada.log_in(&sids, Sid { user: 7 }).await.unwrap();
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self { clock, store, sids, address, ada }
    }

    fn cookie(&self) -> (HeaderName, HeaderValue) {
        (COOKIE, self.ada.cookie_header("/socket").unwrap())
    }

    fn bearer(&self) -> (HeaderName, HeaderValue) {
        let token = self.ada.cookie("__Host-sid").unwrap();
        (SEC_WEBSOCKET_PROTOCOL, HeaderValue::try_from(format!("chat, bearer.{token}")).unwrap())
    }

    async fn connect(&self, headers: Vec<(HeaderName, HeaderValue)>) -> Result<Socket, Error> {
        let mut request = format!("ws://{}/socket", self.address).into_client_request().unwrap();
        if !headers.iter().any(|(name, _)| name == SEC_WEBSOCKET_PROTOCOL) {
            request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("chat"));
        }
        request.headers_mut().extend(headers);
        let stream = TcpStream::connect(&self.address).await.unwrap();
        let (socket, response) = tokio_tungstenite::client_async(request, stream).await?;
        assert_eq!(response.headers()[SEC_WEBSOCKET_PROTOCOL], "chat");
        Ok(Socket(socket))
    }

    /// A socket by the cookie, and one by the subprotocol.
    async fn both(&self) -> [Socket; 2] {
        [self.connect(vec![self.cookie()]).await.unwrap(), self.connect(vec![self.bearer()]).await.unwrap()]
    }

    async fn refusal(&self, headers: Vec<(HeaderName, HeaderValue)>) -> StatusCode {
        match self.connect(headers).await {
            Err(Error::Http(response)) => response.status(),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("the socket is open"),
        }
    }
}

struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    async fn ask(&mut self, text: &str) -> String {
        self.0.send(Sent::text(text)).await.unwrap();
        self.0.next().await.unwrap().unwrap().into_text().unwrap().as_str().to_owned()
    }

    /// Waits for the end, and returns its code.
    async fn closed(&mut self) -> u16 {
        match self.0.next().await.unwrap().unwrap() {
            Sent::Close(Some(frame)) => frame.code.into(),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_cookie_or_a_subprotocol_opens_it() {
    let chat = Chat::start().await;
    for mut socket in chat.both().await {
        assert_eq!(socket.ask("hello").await, "7: hello");
    }
    assert_eq!(chat.refusal(vec![]).await, StatusCode::UNAUTHORIZED);
    let forged = HeaderValue::from_static("chat, bearer.e30.e30.e30.e30.e30");
    // A subprotocol that is there counts, also beside a cookie.
    assert_eq!(
        chat.refusal(vec![chat.cookie(), (SEC_WEBSOCKET_PROTOCOL, forged)]).await,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_page_of_another_site_needs_the_token() {
    let chat = Chat::start().await;
    let elsewhere = (ORIGIN, HeaderValue::from_static("https://evil.example"));
    assert_eq!(chat.refusal(vec![chat.cookie(), elsewhere.clone()]).await, StatusCode::FORBIDDEN);
    let mut socket = chat.connect(vec![chat.cookie(), elsewhere, chat.bearer()]).await.unwrap();
    assert_eq!(socket.ask("hello").await, "7: hello");
}

#[tokio::test]
async fn a_logout_closes_it() {
    let mut chat = Chat::start().await;
    let mut sockets = chat.both().await;
    assert_eq!(chat.ada.post("/logout").await.status, 200);
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, SESSION_OVER);
    }
}

/// The runtime's timers go on by themselves while nothing else happens.
#[tokio::test(start_paused = true)]
async fn an_end_on_another_machine_closes_it() {
    let chat = Chat::start().await;
    let mut sockets = chat.both().await;
    let (_, there) = service(config(&chat.store.elsewhere(), &chat.clock)).unwrap();
    there.logins().end_by(Sid::by_user(&7)).await.unwrap();
    // That of `recheck`, after which this machine asks the store.
    chat.clock.advance(Duration::from_secs(10));
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, SESSION_OVER);
    }
}

#[tokio::test(start_paused = true)]
async fn its_expiry_closes_it() {
    let chat = Chat::start().await;
    let mut sockets = chat.both().await;
    assert_eq!(sockets[0].ask("still").await, "7: still");
    chat.clock.advance(Duration::from_secs(3600));
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, SESSION_OVER);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_closes_nothing() {
    let chat = Chat::start().await;
    let [mut socket, _other] = chat.both().await;
    chat.store.stop();
    chat.clock.advance(Duration::from_secs(60));
    assert_eq!(socket.ask("still").await, "7: still");
    chat.store.start();
    chat.sids.logins().end_by(Sid::by_user(&7)).await.unwrap();
    assert_eq!(socket.closed().await, SESSION_OVER);
}
