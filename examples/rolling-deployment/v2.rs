//! The new program: every session says which edition of the terms its user has accepted.
//!
//! It reads the sessions of both versions. With `--writes 1` it writes those of the first one, which the old program
//! reads: the first of two steps.

mod service;

use anyhow::bail;
use serde::{Deserialize, Serialize};
use unjwt::Session;
use unjwt_examples::Args;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "dir", enc = "A256GCM"), max_age = "7D", version = 2, migrate(LoginV1))]
struct Login {
    user: String,
    visits: u32,
    /// Required: no session is without it.
    terms: u32,
}

impl Login {
    fn new(user: String) -> Self {
        Self { user, visits: 0, terms: 2 }
    }
}

/// The session of `v1.rs`. Only a program that writes it too needs `Serialize`.
#[derive(Serialize, Deserialize)]
struct LoginV1 {
    user: String,
    visits: u32,
}

/// What an old session becomes. Whoever has one accepted the first edition.
impl From<LoginV1> for Login {
    fn from(LoginV1 { user, visits }: LoginV1) -> Self {
        Self { user, visits, terms: 1 }
    }
}

/// What is left of a session while the old program must read it: a user of the second edition is asked again.
impl From<Login> for LoginV1 {
    fn from(Login { user, visits, .. }: Login) -> Self {
        Self { user, visits }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args =
        Args::parse("rolling-deployment-v2 [PORT] --key FILE [--writes VERSION]", &["--key", "--writes"])?;
    let config = Login::config(service::key(&args)?);
    let config = match args.all("--writes").last() {
        None | Some("2") => config,
        Some("1") => config.writes_version::<LoginV1>(),
        Some(other) => bail!("this program writes version 1 or 2, and not {other}"),
    };
    service::run(&args, config).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_keeps_its_shape() {
        let login = Login { user: "ada".to_owned(), visits: 3, terms: 2 };
        unjwt::golden::check("rolling-deployment/golden/v2", [login]);
    }
}
