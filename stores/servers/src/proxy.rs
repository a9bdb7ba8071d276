//! A network that misbehaves.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crate::free_port;

/// Longer than a request takes to come on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Forwards connections to a port of loopback, and delays, holds or cuts them. It ends with the value.
pub struct TcpProxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    target: u16,
    hold_requests: bool,
    hold_replies: bool,
    /// The bytes of a request that shall be held, or whose reply shall be.
    trap: Option<(Direction, Vec<u8>)>,
    delay: Duration,
    refuse: bool,
    /// The number of connections so far, which is the number of the next one.
    made: usize,
    /// Connections with a lower number have been cut.
    cut_before: usize,
    /// The bytes of connections with a lower number are swallowed.
    swallow_before: usize,
    streams: Vec<TcpStream>,
    ended: bool,
}

#[derive(Clone, Copy)]
enum Direction {
    Request,
    Reply,
}

impl TcpProxy {
    /// Starts a proxy before this port of 127.0.0.1.
    pub fn start(target: u16) -> Self {
        let state = State {
            target,
            hold_requests: false,
            hold_replies: false,
            trap: None,
            delay: Duration::ZERO,
            refuse: false,
            made: 0,
            cut_before: 0,
            swallow_before: 0,
            streams: Vec::new(),
            ended: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let listener = listen();
        let port = listener.local_addr().unwrap().port();
        let accepts = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepts));
        Self { port, shared }
    }

    /// Returns the proxy's own port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns `redis://127.0.0.1:PORT` with the proxy's port.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Holds all bytes, in both directions, also of new connections, until [`release`](Self::release).
    pub fn hold(&self) {
        self.change(|state| (state.hold_requests, state.hold_replies) = (true, true));
    }

    /// Holds what the server answers; requests still arrive.
    pub fn hold_replies(&self) {
        self.change(|state| state.hold_replies = true);
    }

    /// Holds the first request that contains these bytes, and all that come after it, in both directions.
    pub fn hold_from(&self, bytes: &[u8]) {
        self.change(|state| state.trap = Some((Direction::Request, bytes.to_vec())));
    }

    /// Lets the first request that contains these bytes in, and holds what the server answers from then on.
    pub fn hold_replies_from(&self, bytes: &[u8]) {
        self.change(|state| state.trap = Some((Direction::Reply, bytes.to_vec())));
    }

    /// Waits until that request has come.
    pub fn wait_until_held(&self) {
        let state = self.shared.lock();
        let wait = self.shared.changed.wait_timeout_while(state, PATIENCE, |state| state.trap.is_some());
        assert!(!wait.unwrap().1.timed_out(), "no such request comes");
    }

    /// Holds all bytes of the connections that exist, for ever; new ones work.
    pub fn swallow(&self) {
        self.change(|state| state.swallow_before = state.made);
    }

    /// Lets held bytes go on, and new connections in.
    pub fn release(&self) {
        self.change(|state| {
            (state.hold_requests, state.hold_replies, state.refuse) = (false, false, false);
            state.trap = None;
        });
    }

    /// Delays all bytes by this much from now on.
    pub fn delay(&self, delay: Duration) {
        self.change(|state| state.delay = delay);
    }

    /// Closes all connections. New ones are possible.
    pub fn cut(&self) {
        self.change(|state| {
            state.cut_before = state.made;
            for stream in state.streams.drain(..) {
                // The other side may have closed it first.
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
    }

    /// Closes all connections, and new ones as soon as they are made, until [`release`](Self::release).
    pub fn refuse(&self) {
        self.change(|state| state.refuse = true);
        self.cut();
    }

    /// Closes all connections and forwards new ones to another port.
    pub fn turn_to(&self, target: u16) {
        self.change(|state| state.target = target);
        self.cut();
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.lock());
        self.shared.changed.notify_all();
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        self.change(|state| state.ended = true);
        self.cut();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Begins to hold bytes if this request is the one to begin with.
    fn look_at(&self, request: &[u8]) {
        let mut state = self.lock();
        let is_meant =
            |bytes: &[u8]| request.windows(bytes.len()).any(|window| window.eq_ignore_ascii_case(bytes));
        if let Some((direction, _)) = state.trap.take_if(|(_, bytes)| is_meant(bytes)) {
            state.hold_replies = true;
            state.hold_requests = matches!(direction, Direction::Request);
            self.changed.notify_all();
        }
    }

    /// Waits until bytes may pass. `false` if the connection was cut.
    fn pass(&self, direction: Direction, number: usize) -> bool {
        let mut state = self.lock();
        loop {
            let held = match direction {
                Direction::Request => state.hold_requests,
                Direction::Reply => state.hold_replies,
            };
            if state.ended || number < state.cut_before {
                return false;
            }
            if !held && number >= state.swallow_before {
                break;
            }
            state = self.changed.wait(state).unwrap();
        }
        let delay = state.delay;
        drop(state);
        thread::sleep(delay);
        true
    }
}

/// Returns a listener on a port that was free. Another process may take it first.
fn listen() -> TcpListener {
    let mut listener = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port()));
    for _ in 0..5 {
        listener = listener.or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())));
    }
    listener.unwrap()
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        let mut state = shared.lock();
        if state.ended {
            return;
        }
        let (target, number) = (state.target, state.made);
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, target));
        let (Ok(client), Ok(server), false) = (client, server, state.refuse) else {
            continue;
        };
        let ends = [&client, &server, &client, &server].map(|end| end.try_clone().unwrap());
        let [from_client, from_server, to_client, to_server] = ends;
        state.streams.extend([client, server]);
        state.made += 1;
        drop(state);
        for (from, to, direction) in
            [(from_client, to_server, Direction::Request), (from_server, to_client, Direction::Reply)]
        {
            let shared = Arc::clone(shared);
            thread::spawn(move || forward(from, to, direction, &shared, number));
        }
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, direction: Direction, shared: &Shared, number: usize) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let bytes = buffer.get(..length).unwrap_or_default();
        if matches!(direction, Direction::Request) {
            shared.look_at(bytes);
        }
        if !shared.pass(direction, number) || to.write_all(bytes).is_err() {
            break;
        }
    }
    for end in [from, to] {
        let _ = end.shutdown(Shutdown::Both);
    }
}
