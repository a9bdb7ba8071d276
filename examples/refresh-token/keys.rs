//! The keys: made once and kept in a file, so that sessions survive a restart.
//!
//! A real service gets them from its secret store. The requirements are the same: they are random, they do
//! not change, and nobody else can read them.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use unjwt::Jwk;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Signs the access session. To verify its tokens in another service, pass on its `Jwk::public()`.
    pub access_token: Jwk,
    /// The secret from which the refresh session's key is derived: random, in hexadecimal.
    pub refresh_token: String,
}

impl Keys {
    /// The keys in this file, or new ones if the file does not exist.
    pub fn load_or_create(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        match File::open(path) {
            Ok(file) => {
                let keys = Self::load(file).with_context(|| format!("cannot use the keys in {shown}"))?;
                eprintln!("the keys are in {shown}");
                Ok(keys)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let keys = Self::create(path).with_context(|| format!("cannot write new keys to {shown}"))?;
                eprintln!("made new keys in {shown}; keep them, and keep them secret");
                Ok(keys)
            }
            Err(error) => Err(error).with_context(|| format!("cannot read the keys in {shown}")),
        }
    }

    fn load(mut file: File) -> anyhow::Result<Self> {
        // Of the open file, since the name may refer to another one by now.
        #[cfg(unix)]
        if std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o077 != 0 {
            bail!(
                "other users of this machine may read or change the file; `chmod 600` it, or make new keys"
            );
        }
        let mut json = String::new();
        file.read_to_string(&mut json)?;
        // The parser's own message could quote a key.
        serde_json::from_str(&json).or_else(|error| {
            bail!(
                "no keys as this program writes them (line {}, column {}); move the file away to have new ones made",
                error.line(),
                error.column()
            )
        })
    }

    fn create(path: &Path) -> anyhow::Result<Self> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).context("no randomness")?;
        let keys = Self {
            access_token: Jwk::generate("RS256")?,
            refresh_token: random.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        let json = serde_json::to_string_pretty(&keys)?;

        // Only this user can read the file, from the moment it is created, and it never replaces another.
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let written = file.write_all(json.as_bytes()).and_then(|()| file.sync_all());
        if written.is_err() {
            // An incomplete file of keys would only be refused the next time.
            let _ = std::fs::remove_file(path);
        }
        written?;
        Ok(keys)
    }
}
