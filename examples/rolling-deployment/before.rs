//! The program from before the session had a version. It takes any token whose members fit its struct for one of its
//! own, so it must be gone before `v2.rs` comes: `v1.rs` is deployed in between.

mod service;

use serde::{Deserialize, Serialize};
use unjwt::Session;
use unjwt_examples::Args;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "dir", enc = "A256GCM"), max_age = "7D")]
struct Login {
    user: String,
    visits: u32,
}

impl Login {
    fn new(user: String) -> Self {
        Self { user, visits: 0 }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("rolling-deployment-before [PORT] --key FILE", &["--key"])?;
    service::run(&args, Login::config(service::key(&args)?)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_keeps_its_shape() {
        let login = Login { user: "ada".to_owned(), visits: 3 };
        unjwt::golden::check("rolling-deployment/golden/v1", [login]);
    }
}
