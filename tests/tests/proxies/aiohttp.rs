//! Python's aiohttp, as a client of the service and as a server that gets a session.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use unjwt::Config;
use unjwt_tests::told;

use crate::service::{Service, ask_to_read, largest};

/// The Python of Debian's packages.
const PYTHON: &str = "/usr/bin/python3";

/// A script that ends with the value, or with this process: it reads from a pipe.
struct Peer {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Starts a script. `None` if aiohttp is not installed, which is printed, and fails where `CI` is set.
    fn start(arguments: &[&str]) -> Option<Self> {
        let mut has = Command::new(PYTHON);
        if !has.args(["-c", "import aiohttp"]).stderr(Stdio::null()).status().is_ok_and(|it| it.success()) {
            assert!(std::env::var_os("CI").is_none(), "aiohttp is required here (Debian: python3-aiohttp)");
            told!("skipped: there is no aiohttp here");
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proxies/peer.py");
        let mut python = Command::new(PYTHON);
        let mut process = python
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Its log of what it refuses.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        Some(Self { process, input, output })
    }

    fn line(&mut self) -> String {
        self.output.next().expect("the script answers").unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The script does not block the service, which runs on another thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_aiohttp_keeps_and_sends_three_chunks() {
    let service = Service::start_with(Config::insecure_cookies_for_local_http).await;
    let url = format!("http://{}/", service.server.address);
    let Some(mut client) = Peer::start(&["client", &url]) else { return };
    for chunks in [1, 2, 3] {
        let length = service.longest(chunks).await;
        writeln!(client.input, "{length}").unwrap();
        assert_eq!(client.line(), format!("200 {length}"));
    }
}

#[tokio::test]
async fn a_server_of_aiohttp_refuses_the_third_chunk() {
    let service = Service::start().await;
    let Some(mut server) = Peer::start(&["server"]) else { return };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, server.line().parse().unwrap()));
    let length =
        largest(async |length| ask_to_read(address, &service.cookies(length)).await.status == 200).await;
    let value = service.cookies(length).len();
    told!("aiohttp: a server takes a session of {length} bytes, in a `Cookie` of {value}");
    // `max_field_size`.
    assert!((8_100..=8_190).contains(&value), "{value}");
    let longer = service.cookies(service.longest(3).await);
    assert_eq!(ask_to_read(address, &longer).await.status, 400);
}
