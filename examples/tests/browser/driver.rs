//! Headless Chromium and its driver as processes of one test.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::support::server::Folder;

/// Longer than Chromium takes on a busy machine.
const START: Duration = Duration::from_secs(120);

const ARGUMENTS: [&str; 11] = [
    "--headless=new",
    // Chromium refuses to run as root otherwise. It sees the tests' own pages only.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // There is no network beyond this machine, and every name under `.test` resolves to it.
    "--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

/// A chromedriver on a free port; it and its Chromium end when this is dropped.
pub struct Driver {
    process: Child,
    url: String,
}

impl Driver {
    /// `None`, visibly, if Chromium is not installed and not required.
    pub fn start(home: &Folder) -> Result<Option<Self>> {
        // It takes a free port of IPv4 and then the same of IPv6, which another program may have: then it ends at once.
        const ATTEMPTS: usize = 3;
        let mut started = Self::try_start(home);
        for _ in 1..ATTEMPTS {
            if started.is_err() {
                started = Self::try_start(home);
            }
        }
        started
    }

    fn try_start(home: &Folder) -> Result<Option<Self>> {
        // In its own process group, which Chromium shares.
        let spawned = Command::new("chromedriver")
            .arg("--port=0")
            // Chromium keeps its crash reports there.
            .env("XDG_CONFIG_HOME", home.file("config"))
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut process = match spawned {
            Ok(process) => process,
            Err(error) if error.kind() == ErrorKind::NotFound && std::env::var_os("CI").is_none() => {
                // Not `eprintln!`, which libtest captures.
                let _ = writeln!(std::io::stderr(), "skipped: there is no `chromedriver` here");
                return Ok(None);
            }
            Err(error) => {
                return Err(error).context("`chromedriver` is required here (Debian: chromium-driver)");
            }
        };
        let stdout = process.stdout.take().context("no stdout")?;
        let mut driver = Self { process, url: String::new() };
        let (send, port) = channel();
        thread::spawn(move || {
            // Reads to the end, so that the driver never blocks on a full pipe.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    let _ = send.send(port.trim_end_matches('.').to_owned());
                }
            }
        });
        let port = port.recv_timeout(START).context("chromedriver does not start")?;
        driver.url = format!("http://127.0.0.1:{port}");
        Ok(Some(driver))
    }

    /// A Chromium with the profile of this folder, which allows or blocks third-party cookies, and with these arguments
    /// besides its own.
    pub async fn open(&self, home: &Folder, third_party_cookies: bool, more: &[String]) -> Result<Client> {
        let mut args: Vec<_> = ARGUMENTS.map(str::to_owned).into();
        args.push(format!("--user-data-dir={}", home.file("chromium").display()));
        args.extend_from_slice(more);
        let capabilities = json!({
            "acceptInsecureCerts": true,
            "timeouts": { "pageLoad": 60_000, "script": 60_000 },
            "goog:chromeOptions": {
                // Both are common settings, so a test says which one it means.
                "prefs": {
                    "profile.cookie_controls_mode": u8::from(!third_party_cookies),
                    "profile.block_third_party_cookies": !third_party_cookies,
                },
                "args": args,
            },
        });
        let Value::Object(capabilities) = capabilities else { bail!("no object") };
        let connect = async {
            ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&self.url).await
        };
        Ok(tokio::time::timeout(START, connect).await.context("Chromium does not start")??)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The whole group: killing only the driver would leave its Chromium running.
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}
