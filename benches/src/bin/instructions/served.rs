//! The service, over a connection in memory.

use std::future::pending;
use std::io;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use unjwt_benches::routes::{ANSWER, login};

use crate::{hello, sessions};

/// More than any request or response has.
const BUFFER: usize = 64 * 1024;
/// The requests before the count: the first makes the token known, the second has it remembered, and the others find it.
const WARM_UP: u32 = 20;

/// A listener with one connection.
struct One(Option<DuplexStream>);

impl axum::serve::Listener for One {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.take() {
            Some(connection) => (connection, ()),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn run(route: &str, requests: u32) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let (mut client, server) = tokio::io::duplex(BUFFER);
    let request = runtime.block_on(async {
        let routes = sessions::routes();
        let router = Router::new().route("/hello", get(hello)).route("/cookie", get(hello)).merge(routes);
        tokio::spawn(async { axum::serve(One(Some(server)), router).await });
        let cookies = match login(route).filter(|_| route != "unasked") {
            Some(session) => log_in(&mut client, session).await?,
            None => String::new(),
        };
        let mut request = format!("GET /{route} HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n");
        if !cookies.is_empty() {
            request.push_str(&format!("Cookie: {cookies}\r\n"));
        }
        request.push_str("\r\n");
        repeat(&mut client, &request, WARM_UP).await.map(|()| request)
    })?;
    counted(&runtime, &mut client, &request, requests)
}

/// The function whose instructions valgrind counts.
#[inline(never)]
fn counted(
    runtime: &tokio::runtime::Runtime,
    client: &mut DuplexStream,
    request: &str,
    requests: u32,
) -> Result<(), String> {
    runtime.block_on(repeat(client, request, requests))
}

async fn repeat(client: &mut DuplexStream, request: &str, times: u32) -> Result<(), String> {
    let mut buffer = Vec::with_capacity(BUFFER);
    for _ in 0..times {
        send(client, request, ANSWER.as_bytes(), &mut buffer).await?;
    }
    Ok(())
}

/// Sends a request, and reads until the response ends with these bytes.
async fn send(
    client: &mut DuplexStream,
    request: &str,
    end: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<(), String> {
    client.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
    buffer.clear();
    while !buffer.ends_with(end) {
        let read = client.read_buf(buffer).await.map_err(|error| error.to_string())?;
        let is_refused = buffer.len() > 12 && !buffer.starts_with(b"HTTP/1.1 20");
        if read == 0 || is_refused {
            return Err(format!("another answer: {}", String::from_utf8_lossy(buffer)));
        }
    }
    Ok(())
}

/// Begins the session, and returns its cookies.
async fn log_in(client: &mut DuplexStream, session: &str) -> Result<String, String> {
    let request = format!("GET /login/{session} HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n");
    let mut buffer = Vec::new();
    send(client, &request, b"\r\n\r\n", &mut buffer).await?;
    let head = String::from_utf8_lossy(&buffer);
    let lines = head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    Ok(lines.filter_map(|line| line.split(';').next()).collect::<Vec<_>>().join("; "))
}
