//! A proxy for HTTP that gives each request to the next machine.

use std::io::{BufRead as _, BufReader, Error, ErrorKind, Read, Result, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// Longer than requests take to come on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection has one request, so that the next one goes to another machine. A machine that does not take a connection
/// is passed over; one that dies with a request takes its response along.
pub struct RoundRobin {
    ports: Vec<u16>,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    machines: Vec<Machine>,
    /// The one whose turn it is.
    next: usize,
    is_holding: bool,
    held: usize,
    /// The number of bytes after which a response is cut.
    cut_after: Option<usize>,
    cut: usize,
    has_ended: bool,
}

struct Machine {
    port: u16,
    served: usize,
}

impl RoundRobin {
    /// Starts a proxy before the machines at these ports of 127.0.0.1. It has as many ports itself as it is told to.
    pub fn start(machines: &[u16], ports: usize) -> Result<Self> {
        let state = State {
            machines: machines.iter().map(|port| Machine { port: *port, served: 0 }).collect(),
            next: 0,
            is_holding: false,
            held: 0,
            cut_after: None,
            cut: 0,
            has_ended: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let mut proxy = Self { ports: Vec::new(), shared };
        for _ in 0..ports {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            proxy.ports.push(listener.local_addr()?.port());
            let shared = Arc::clone(&proxy.shared);
            thread::spawn(move || accept(&listener, &shared));
        }
        Ok(proxy)
    }

    /// The address of each port.
    pub fn urls(&self) -> impl Iterator<Item = String> {
        self.ports.iter().map(|port| format!("http://127.0.0.1:{port}"))
    }

    /// Puts a machine that was started again in its place.
    pub fn put(&self, machine: usize, port: u16) {
        self.change(|state| state.machines[machine] = Machine { port, served: 0 });
    }

    /// Gives the next request to this machine.
    pub fn turn_to(&self, machine: usize) {
        self.change(|state| state.next = machine);
    }

    /// The number of responses that each machine has given.
    pub fn served(&self) -> Vec<usize> {
        self.shared.lock().machines.iter().map(|machine| machine.served).collect()
    }

    /// Holds requests until [`release`](Self::release).
    pub fn hold(&self) {
        self.change(|state| state.is_holding = true);
    }

    /// Waits until at least so many requests are held, and lets them go at once.
    pub fn release(&self, requests: usize) {
        let state = self.shared.lock();
        let wait = self.shared.changed.wait_timeout_while(state, PATIENCE, |state| state.held < requests);
        let mut state = wait.unwrap().0;
        assert!(state.held >= requests, "{} requests have come", state.held);
        state.is_holding = false;
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Ends each response after so many bytes.
    pub fn cut_after(&self, bytes: usize) {
        self.change(|state| state.cut_after = Some(bytes));
    }

    /// Lets responses through as a whole, and returns the number of those that were not.
    pub fn cut_no_more(&self) -> usize {
        let mut state = self.shared.lock();
        state.cut_after = None;
        std::mem::take(&mut state.cut)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.lock());
        self.shared.changed.notify_all();
    }
}

impl Drop for RoundRobin {
    fn drop(&mut self) {
        self.change(|state| (state.has_ended, state.is_holding) = (true, false));
        for port in &self.ports {
            // Wakes the thread that accepts.
            let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, *port));
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Waits while requests are held.
    fn pass(&self) {
        let mut state = self.lock();
        state.held += 1;
        self.changed.notify_all();
        state = self.changed.wait_while(state, |state| state.is_holding).unwrap();
        state.held -= 1;
    }

    /// Connects to the machine whose turn it is, or the next that takes connections.
    fn connect(&self) -> Result<(usize, TcpStream)> {
        let count = self.lock().machines.len();
        for _ in 0..count {
            let (machine, port) = {
                let mut state = self.lock();
                let machine = state.next % count;
                state.next = machine + 1;
                (machine, state.machines[machine].port)
            };
            if let Ok(stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                return Ok((machine, stream));
            }
        }
        Err(ErrorKind::ConnectionRefused.into())
    }

    /// Returns what the client gets of a machine's response.
    fn deliver<'a>(&self, machine: usize, response: &'a [u8]) -> &'a [u8] {
        let mut state = self.lock();
        state.machines[machine].served += 1;
        match state.cut_after.and_then(|after| response.get(..after)) {
            Some(part) => {
                state.cut += 1;
                part
            }
            None => response,
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.lock().has_ended {
            return;
        }
        let Ok(client) = client else { continue };
        let shared = Arc::clone(shared);
        // A browser opens connections that it does not use, and a client may leave.
        thread::spawn(move || forward(client, &shared));
    }
}

fn forward(mut client: TcpStream, shared: &Shared) -> Result<()> {
    let request = read_request(&client)?;
    shared.pass();
    let (machine, mut server) = shared.connect()?;
    server.write_all(&request)?;
    let mut response = Vec::new();
    // Until the machine closes the connection.
    server.read_to_end(&mut response)?;
    if !response.is_empty() {
        client.write_all(shared.deliver(machine, &response))?;
    }
    Ok(())
}

/// Reads a request, and asks for the connection to be closed after the response.
fn read_request(client: &TcpStream) -> Result<Vec<u8>> {
    let mut client = BufReader::new(client);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if client.read_line(&mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        match &*name.to_ascii_lowercase() {
            "connection" => continue,
            "content-length" => length = value.trim().parse().map_err(Error::other)?,
            "transfer-encoding" => return Err(Error::other("not for these tests")),
            _ => {}
        }
        request.push_str(&line);
    }
    request.push_str("connection: close\r\n\r\n");
    let mut request = request.into_bytes();
    client.take(length).read_to_end(&mut request)?;
    Ok(request)
}
