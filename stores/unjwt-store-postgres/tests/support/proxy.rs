//! A network that misbehaves.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards connections to a port of loopback, and delays, holds or cuts them. It ends with the value.
pub struct TcpProxy {
    port: u16,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, Default, PartialEq)]
struct State {
    hold_requests: bool,
    hold_replies: bool,
    delay: Duration,
    /// The number of cuts so far.
    cuts: usize,
}

impl TcpProxy {
    /// Starts a proxy before this port of 127.0.0.1.
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, seen) = watch::channel(State::default());
        tokio::spawn(accept(listener, target, seen));
        Self { port, state }
    }

    /// Returns an address with the proxy's own port.
    pub fn url(&self) -> String {
        super::server::url(self.port)
    }

    /// Holds all bytes, in both directions, also of new connections, until [`release`](Self::release).
    pub fn hold(&self) {
        self.state.send_modify(|state| (state.hold_requests, state.hold_replies) = (true, true));
    }

    /// Holds what the server answers; requests still arrive.
    pub fn hold_replies(&self) {
        self.state.send_modify(|state| state.hold_replies = true);
    }

    /// Lets held bytes go on.
    pub fn release(&self) {
        self.state.send_modify(|state| (state.hold_requests, state.hold_replies) = (false, false));
    }

    /// Delays all bytes by this much from now on.
    pub fn delay(&self, delay: Duration) {
        self.state.send_modify(|state| state.delay = delay);
    }

    /// Closes all connections. New ones are possible.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }
}

async fn accept(listener: TcpListener, target: u16, mut seen: watch::Receiver<State>) {
    loop {
        let client = tokio::select! {
            client = listener.accept() => client.unwrap().0,
            // The proxy is gone.
            _ = seen.wait_for(|_| false) => return,
        };
        let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await else {
            continue;
        };
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::spawn(forward(from_client, to_server, seen.clone(), |state| state.hold_requests));
        tokio::spawn(forward(from_server, to_client, seen.clone(), |state| state.hold_replies));
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut seen: watch::Receiver<State>,
    held: fn(&State) -> bool,
) {
    let cuts = seen.borrow().cuts;
    let mut watched = seen.clone();
    let moving = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let Ok(delay) = seen.wait_for(|state| !held(state)).await.map(|state| state.delay) else {
                break;
            };
            tokio::time::sleep(delay).await;
            if to.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = moving => {}
        _ = watched.wait_for(|state| state.cuts != cuts) => {}
    }
}
