//! A proxy between a client and the service, from the machine's packages.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use unjwt_store_servers::{Process, free_port};
use unjwt_tests::told;

use crate::service::{Service, ask_to_read, ask_to_write, cookie_line, largest};

/// A proxy on a free port of loopback; it ends with the value.
pub struct Proxy {
    pub address: SocketAddr,
    program: &'static str,
    _process: Process,
    _folder: TempDir,
}

/// The most that a proxy lets through, in bytes.
pub struct Most {
    /// The head of a response, as the service sends it.
    pub response: usize,
    /// The `Cookie` line of a request.
    pub cookies: usize,
}

impl Proxy {
    /// Starts nginx with these settings of its `server`. `None` if it is not installed, which is printed, and fails where
    /// `CI` is set.
    pub fn nginx(service: &Service, settings: &str) -> Option<Self> {
        Self::nginx_with(service, "", settings)
    }

    /// Starts nginx with a parameter of `listen`, too.
    pub fn nginx_with(service: &Service, listen: &str, settings: &str) -> Option<Self> {
        let upstream = service.server.address;
        Self::start("/usr/sbin/nginx", &["-e", "stderr", "-p", ".", "-c"], |port| {
            // The folders of the package belong to another user.
            let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .iter()
                .map(|kind| format!("{kind}_temp_path {kind};\n"))
                .collect();
            format!(
                "daemon off;\nmaster_process off;\npid pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}\
                 server {{\nlisten 127.0.0.1:{port} {listen};\n{settings}\n\
                 location / {{ proxy_pass http://{upstream}; }}\n}}\n}}\n"
            )
        })
    }

    /// Starts HAProxy. `None` as with [`nginx`](Self::nginx).
    pub fn haproxy(service: &Service) -> Option<Self> {
        let upstream = service.server.address;
        Self::start("/usr/sbin/haproxy", &["-db", "-f"], |port| {
            format!(
                "global\n  maxconn 20\ndefaults\n  mode http\n  timeout connect 10s\n  timeout client 60s\n  \
                 timeout server 60s\nlisten service\n  bind 127.0.0.1:{port}\n  server one {upstream}\n"
            )
        })
    }

    fn start(program: &'static str, arguments: &[&str], settings: impl Fn(u16) -> String) -> Option<Self> {
        // Another process may take the port first.
        let mut said = String::new();
        for _ in 0..5 {
            let (port, folder) = (free_port(), TempDir::new().unwrap());
            let file = folder.path().join("settings");
            fs::write(&file, settings(port)).unwrap();
            let mut command = Command::new(program);
            command.args(arguments).arg(file).current_dir(folder.path());
            let log = File::create(folder.path().join("log")).unwrap();
            command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
            let mut process = Process::start(&mut command)?;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            if answers(&mut process, address) {
                return Some(Self { address, program, _process: process, _folder: folder });
            }
            said = fs::read_to_string(folder.path().join("log")).unwrap();
        }
        panic!("`{program}` ends as soon as it is started, five times: {said}")
    }

    /// Finds the largest session that is written through the proxy, and the largest that is read.
    pub async fn most(&self, service: &Service) -> Most {
        let written = largest(async |length| ask_to_write(self.address, length).await.status == 200).await;
        let read =
            largest(async |length| ask_to_read(self.address, &service.cookies(length)).await.status == 200)
                .await;
        told!("{}: a session of {written} bytes is written, and one of {read} is read", self.program);
        Most {
            response: ask_to_write(service.server.address, written).await.length,
            cookies: cookie_line(&service.cookies(read)).len(),
        }
    }
}

/// Waits until a proxy listens; `false` if it ends instead.
fn answers(process: &mut Process, address: SocketAddr) -> bool {
    let end = Instant::now() + Duration::from_secs(30);
    while process.runs() {
        if TcpStream::connect(address).is_ok() && process.runs() {
            return true;
        }
        assert!(Instant::now() < end, "nobody listens at {address}");
        sleep(Duration::from_millis(10));
    }
    false
}
