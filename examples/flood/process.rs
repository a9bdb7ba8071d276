//! The server as a separate process, and its resources as reported by the system.

use std::fs;
use std::net::SocketAddr;
use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running server. It is killed when dropped, and exits when this process is gone.
pub struct Server {
    address: SocketAddr,
    id: u32,
    _child: Child,
}

/// The resources that a process holds.
#[derive(Clone, Copy, Debug)]
pub struct Holdings {
    /// Resident memory.
    pub kib: u64,
    pub threads: u64,
    pub files: usize,
}

impl Server {
    pub async fn start() -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.as_mut().context("the server has no output")?;
        BufReader::new(stdout).read_line(&mut line).await?;
        let address = line.trim().strip_prefix("open http://").context("the server did not start")?;
        Ok(Self { address: address.parse()?, id: child.id().context("the server has ended")?, _child: child })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn watch(&self) -> Watch {
        Watch(self.id)
    }
}

/// Reads the resources of another process.
pub struct Watch(u32);

impl Watch {
    pub fn holdings(&self) -> anyhow::Result<Holdings> {
        let folder = format!("/proc/{}", self.0);
        let status = fs::read_to_string(format!("{folder}/status")).context("this needs Linux's /proc")?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let word = line.and_then(|rest| rest.split_whitespace().next());
            word.and_then(|word| word.parse().ok()).with_context(|| format!("no {name} in {folder}/status"))
        };
        Ok(Holdings {
            kib: number("VmRSS:")?,
            threads: number("Threads:")?,
            files: fs::read_dir(format!("{folder}/fd"))?.count(),
        })
    }
}
