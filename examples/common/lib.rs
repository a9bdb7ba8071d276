//! The parts that every example needs: the command line, the log, key files, and a server with a graceful
//! shutdown; and the names of devices.

mod label;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail};
use axum::Router;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use unjwt::Jwk;

pub use label::label;

/// The command line: a port, and options that each take a value.
pub struct Args {
    /// The port on 127.0.0.1: 3000 by default, 0 for a free one.
    pub port: u16,
    options: Vec<(String, String)>,
}

impl Args {
    /// Reads the command line and starts the log. The log goes to stderr; stdout has only the line with the
    /// address.
    ///
    /// # Errors
    ///
    /// An unknown option, or one without its value.
    pub fn parse(usage: &str, known: &[&str]) -> anyhow::Result<Self> {
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

        let mut args = Self { port: 3000, options: Vec::new() };
        let mut given = std::env::args().skip(1);
        while let Some(arg) = given.next() {
            if arg == "-h" || arg == "--help" {
                println!("usage: {usage}");
                std::process::exit(0);
            } else if known.contains(&arg.as_str()) || arg == "--clock-offset" {
                let value = given.next().with_context(|| format!("{arg} needs a value\nusage: {usage}"))?;
                args.options.push((arg, value));
            } else {
                args.port = arg.parse().with_context(|| format!("what is `{arg}`?\nusage: {usage}"))?;
            }
        }
        Ok(args)
    }

    /// The values of an option, in the order in which they were given.
    pub fn all<'a>(&'a self, option: &'a str) -> impl Iterator<Item = &'a str> {
        self.options.iter().filter(move |(name, _)| name == option).map(|(_, value)| value.as_str())
    }

    /// The value of a required option.
    ///
    /// # Errors
    ///
    /// The option is missing.
    pub fn required<'a>(&'a self, option: &'a str) -> anyhow::Result<&'a str> {
        self.all(option).last().with_context(|| format!("{option} is missing; --help shows the options"))
    }

    /// The clock for the sessions, which is the system's. With `--clock-offset FILE` it is ahead by the
    /// number of seconds in the file, so that a test can see a session expire without waiting for it.
    pub fn clock(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static + use<> {
        let file = self.all("--clock-offset").last().map(PathBuf::from);
        move || {
            let text = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
            let seconds = text.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
            let now = SystemTime::now();
            now.checked_add(Duration::from_secs(seconds)).unwrap_or(now)
        }
    }
}

/// Serves the router on 127.0.0.1, prints the address, and finishes pending requests on Ctrl-C.
///
/// # Errors
///
/// The port is taken.
pub async fn serve(port: u16, router: Router) -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot use port {port}"))?;
    // Installed before the address is printed, since whoever reads it may send Ctrl-C at once.
    let interrupted = interrupted()?;
    println!("open http://{}", listener.local_addr()?);
    axum::serve(listener, router).with_graceful_shutdown(interrupted).await?;
    Ok(())
}

/// Ends at Ctrl-C.
///
/// # Errors
///
/// The system has no signals.
#[cfg(unix)]
pub fn interrupted() -> std::io::Result<impl Future<Output = ()> + Send> {
    let mut signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    Ok(async move {
        signal.recv().await;
    })
}

/// Ends at Ctrl-C.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn interrupted() -> std::io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// 32 random bytes: a secret that lives as long as the process. A real service gets its own from its secret
/// store.
///
/// # Errors
///
/// The system has no randomness.
pub fn random_secret() -> anyhow::Result<[u8; 32]> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).context("no randomness")?;
    Ok(secret)
}

/// The key in this file, or a new one for `alg` if the file does not exist.
///
/// # Errors
///
/// The file is not a key, or cannot be read or written.
pub fn key_file(path: impl AsRef<Path>, alg: &str) -> anyhow::Result<Jwk> {
    let path = path.as_ref();
    let read = || match std::fs::read_to_string(path) {
        Ok(json) => Ok(Jwk::from_json(&json)?),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = Jwk::generate(alg)?;
            // Only this user can read it, from the moment it is created.
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(path)?.write_all(serde_json::to_string(&key)?.as_bytes())?;
            Ok(key)
        }
        Err(error) => bail!(error),
    };
    read().with_context(|| format!("the key in {}", path.display()))
}
