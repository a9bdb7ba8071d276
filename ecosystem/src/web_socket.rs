//! A WebSocket that ends with its session.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::response::Response;
use axum::routing::{any, post};
use serde::{Deserialize, Serialize};
use unjwt::{Config, Logout, RequestContext, Session, SessionHandle, SessionManager, SessionRejection};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-sid", max_age = "1h", revocable(by(user)))]
struct Sid {
    user: u64,
}

// page: begin
/// The code of a socket whose session is over. Those from 4000 on are for applications (RFC 6455 §7.4.2); 1008 would not tell
/// the page that from what else is against a policy.
const SESSION_OVER: u16 = 4401;

async fn socket(
    upgrade: WebSocketUpgrade,
    headers: HeaderMap,
    cookie: Result<SessionManager<Sid>, SessionRejection>,
    State(sids): State<SessionHandle<Sid>>,
) -> axum::response::Result<Response> {
    // `new WebSocket(url, ["chat", "bearer." + token])`, or with the cookie: `new WebSocket(url, "chat")`.
    let offered =
        headers.get(SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let session = match offered.split(',').find_map(|protocol| protocol.trim().strip_prefix("bearer.")) {
        Some(token) => sids.open(token, &RequestContext::new(&headers)).await?,
        None => cookie?,
    };
    let user = session.require()?.data.user;
    // The token is not repeated in the answer: the protocol is `chat`.
    Ok(upgrade.protocols(["chat"]).on_upgrade(move |socket| serve(socket, session, user)))
}

async fn serve(mut socket: WebSocket, session: SessionManager<Sid>, user: u64) {
    tokio::select! {
        // Its token expires, or its login ends, here or on another machine.
        () = session.ended() => {}
        () = talk(&mut socket, user) => return,
    }
    let close = CloseFrame { code: SESSION_OVER, reason: "the session is over".into() };
    let farewell = async {
        let _ = socket.send(Message::Close(Some(close))).await;
        while let Some(Ok(_)) = socket.recv().await {}
    };
    // A client that neither reads nor answers is not waited for.
    let _ = tokio::time::timeout(Duration::from_secs(5), farewell).await;
}
// page: end

/// Answers every text with the user's number and the text.
async fn talk(socket: &mut WebSocket, user: u64) {
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(text) = message {
            let answer = Message::Text(format!("{user}: {text}").into());
            if socket.send(answer).await.is_err() {
                return;
            }
        }
    }
}

fn service(config: Config<Sid>) -> Result<(Router, SessionHandle<Sid>), unjwt::ConfigError> {
    unjwt::install_returning_state(config, |sids: SessionHandle<Sid>| {
        let log_out = async |sid: Logout<Sid>| sid.clear().await;
        (Router::new().route("/socket", any(socket)).route("/logout", post(log_out)), sids)
    })
}

#[path = "web_socket/tests.rs"]
mod tests;
