//! A keep-alive connection that sends bytes and reads the answers (RFC 9112). It does little, so that the
//! client's own cost stays out of the measurement.

use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

pub struct Answer<'b> {
    pub status: u16,
    head: &'b str,
}

impl Connection {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, buffer: Vec::with_capacity(4096) }
    }

    /// Sends a request without a body, over a new connection if the server closed the last one.
    pub async fn send(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        // A server that refuses a request's headers early closes the connection without reading the rest; its
        // answer says so.
        let written = stream.write_all(request).await;
        self.buffer.clear();
        let (head_end, end) = loop {
            if let Some(found) = frame(&self.buffer)? {
                break found;
            }
            if stream.read_buf(&mut self.buffer).await? == 0 {
                written?;
                bail!("the server closed the connection without an answer");
            }
        };
        ensure!(self.buffer.len() == end, "more than one answer");
        let head = std::str::from_utf8(self.buffer.get(..head_end).context("no head")?)?;
        let status = head.get(9..12).context("no status")?.parse()?;
        if written.is_ok() && !head.contains("connection: close") {
            self.stream = Some(stream);
        }
        Ok(Answer { status, head })
    }

    /// The cookies that a browser sends back after this request, as set by the answer.
    ///
    /// `None` if the server is overloaded.
    pub async fn log_in(&mut self, kind: &str, note: usize) -> anyhow::Result<Option<String>> {
        let request = format!("POST /{kind}/login/{note} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let answer = self.send(request.as_bytes()).await?;
        match answer.status {
            204 => Ok(Some(answer.cookies().join("; "))),
            503 => Ok(None),
            status => bail!("a login was answered {status}"),
        }
    }
}

impl<'b> Answer<'b> {
    /// `name=value` of each cookie that is set.
    fn cookies(&self) -> Vec<&'b str> {
        let lines = self.head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        lines.filter_map(|line| line.split(';').next()).collect()
    }
}

/// A request for a page, with these `Cookie` fields.
pub fn get(path: &str, cookies: &[impl AsRef<str>]) -> Vec<u8> {
    let mut request = format!("GET /{path} HTTP/1.1\r\nhost: localhost\r\n");
    for cookie in cookies {
        request.push_str("cookie: ");
        request.push_str(cookie.as_ref());
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    request.into_bytes()
}

/// Where an answer's headers and body end, once all of it has arrived.
fn frame(bytes: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(head_end) = bytes.windows(END.len()).position(|window| window == END) else { return Ok(None) };
    let head = std::str::from_utf8(bytes.get(..head_end).context("no head")?)?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(Ok(0), str::parse)?;
    let end = head_end + END.len() + length;
    Ok((bytes.len() >= end).then_some((head_end, end)))
}
