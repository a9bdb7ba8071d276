//! The old program. `version = 1` changes no token; with it, the program knows those of a newer one, and keeps them.

mod service;

use serde::{Deserialize, Serialize};
use unjwt::Session;
use unjwt_examples::Args;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "dir", enc = "A256GCM"), max_age = "7D", version = 1)]
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
    let args = Args::parse("rolling-deployment-v1 [PORT] --key FILE", &["--key"])?;
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
