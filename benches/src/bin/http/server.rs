//! A server under load, as a process of its own that ends with this value.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use unjwt_benches::routes;

use super::pinned::pinned;

pub(crate) const NODE_MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node/node_modules");
const NODE_SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node/server.mjs");

pub(crate) struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// Starts a server, with the address of a Redis if it keeps its sessions there.
    pub(crate) fn start(name: &str, redis: Option<&str>) -> Result<Self, String> {
        let failed = |error| format!("cannot start the server {name}: {error}");
        let own = std::env::current_exe().map_err(failed)?;
        let mut command = if name == "node" {
            let mut node = pinned("0", "node");
            // A session in chunks is longer than Node's default allows.
            node.args(["--max-http-header-size=65536", NODE_SERVER]);
            node
        } else {
            let mut server = pinned("0", &own.with_file_name("server").to_string_lossy());
            server.arg(name).args(redis);
            server
        };
        let mut process = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(failed)?;
        }
        let port = line.trim().parse();
        let server = Self { process, port: *port.as_ref().unwrap_or(&0) };
        port.map_err(|_| format!("the server {name} told no port"))?;
        Ok(server)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The `Cookie` header that a login for this route leads to, with which the route gives the answer: empty where none is
    /// needed, none where the server has no such route.
    pub(crate) fn login(&self, route: &str) -> Result<Option<String>, String> {
        let mut cookies = String::new();
        if let Some(login) = routes::login(route) {
            let reply = self.get(&format!("/login/{login}"), "")?;
            for line in reply.lines() {
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("set-cookie")
                {
                    let pair = value.split(';').next().unwrap_or_default().trim();
                    cookies.push_str(if cookies.is_empty() { "" } else { "; " });
                    cookies.push_str(pair);
                }
            }
            if cookies.is_empty() {
                return if is_absent(&reply) { Ok(None) } else { Err(format!("no login: {reply}")) };
            }
        }
        let reply = self.get(&format!("/{route}"), &cookies)?;
        if is_absent(&reply) {
            return Ok(None);
        }
        // Of a route that takes longer than the check of many replies this is the only one.
        if is_answer(&reply) { Ok(Some(cookies)) } else { Err(format!("/{route}: {reply}")) }
    }

    fn get(&self, path: &str, cookies: &str) -> Result<String, String> {
        let failed = |error: std::io::Error| format!("GET {path}: {error}");
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).map_err(failed)?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n").map_err(failed)?;
        if !cookies.is_empty() {
            write!(stream, "Cookie: {cookies}\r\n").map_err(failed)?;
        }
        stream.write_all(b"\r\n").map_err(failed)?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply).map_err(failed)?;
        Ok(reply)
    }

    /// Waits until the process uses no processor: requests that `wrk` gave up, and keys that are made in advance, would be
    /// counted with what comes next.
    pub(crate) fn rest(&self) -> Result<(), String> {
        const PATIENCE: Duration = Duration::from_secs(120);
        let begin = Instant::now();
        let mut before = self.cpu()?;
        while begin.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(100));
            let now = self.cpu()?;
            if now == before {
                return Ok(());
            }
            before = now;
        }
        Err("it is never at rest".to_owned())
    }

    /// What the process has used of the processor, by `/proc` (proc_pid_stat(5)): user and system time.
    pub(crate) fn cpu(&self) -> Result<Duration, String> {
        // `USER_HZ`, which is 100 on every Linux platform that Rust supports.
        const TICKS_PER_SECOND: u64 = 100;
        let path = format!("/proc/{}/stat", self.process.id());
        let stat = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        // The name in parentheses may hold spaces; utime and stime are the 12th and 13th after it.
        let (_, after) = stat.rsplit_once(')').unwrap_or_default();
        let ticks = after.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap_or(0));
        Ok(Duration::from_millis(ticks.sum::<u64>() * 1000 / TICKS_PER_SECOND))
    }
}

fn is_absent(reply: &str) -> bool {
    reply.starts_with("HTTP/1.1 404")
}

fn is_answer(reply: &str) -> bool {
    let body = reply.split_once("\r\n\r\n").map(|(_, body)| body);
    reply.starts_with("HTTP/1.1 200") && body.is_some_and(|body| body.contains(routes::ANSWER))
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
