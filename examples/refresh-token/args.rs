//! The command line.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail};

pub const HELP: &str = "\
usage: refresh-token [PORT] [--keys FILE] [--store PLACE] [--clock-offset FILE]

  PORT                 where to listen on 127.0.0.1: 3000 unless given, 0 for one that is free
  --keys FILE          where the keys are, or shall be: refresh-token-keys.json unless given
  --store PLACE        where to keep which logins have ended: a file, or the address of a server that many machines
                       share, such as redis://user:password@host; refresh-token-logins.db beside the keys unless
                       given
  --clock-offset FILE  for tests: the sessions' clock goes ahead by the seconds that the file holds, read anew
                       each time, so that a session can be seen to expire without waiting for it
";

pub struct Args {
    pub port: u16,
    pub keys: PathBuf,
    store: Option<String>,
    clock_offset: Option<PathBuf>,
}

impl Args {
    /// `None` if help was requested.
    pub fn parse(mut given: impl Iterator<Item = String>) -> anyhow::Result<Option<Self>> {
        let mut args =
            Self { port: 3000, keys: "refresh-token-keys.json".into(), store: None, clock_offset: None };
        while let Some(arg) = given.next() {
            let mut value = || given.next().with_context(|| format!("{arg} needs a value\n\n{HELP}"));
            match arg.as_str() {
                "-h" | "--help" => return Ok(None),
                "--keys" => args.keys = value()?.into(),
                "--store" => args.store = Some(value()?),
                "--clock-offset" => args.clock_offset = Some(value()?.into()),
                port => match port.parse() {
                    Ok(port) => args.port = port,
                    Err(_) => bail!("`{port}` is neither a port nor an option\n\n{HELP}"),
                },
            }
        }
        Ok(Some(args))
    }

    /// The place of the store: a file, or an address.
    pub fn store(&self) -> String {
        self.store.clone().unwrap_or_else(|| {
            // Lossless: every argument is UTF-8.
            self.keys.with_file_name("refresh-token-logins.db").to_string_lossy().into_owned()
        })
    }

    /// The clock of the sessions: the system's, unless a file says otherwise.
    pub fn clock(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static + use<> {
        let file = self.clock_offset.clone();
        move || {
            let text = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
            let seconds = text.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
            let now = SystemTime::now();
            now.checked_add(Duration::from_secs(seconds)).unwrap_or(now)
        }
    }
}
