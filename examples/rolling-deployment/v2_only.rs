//! The program without the old struct, for a time when no session of it is left: seven days after the last program
//! that wrote one.

mod service;

use serde::{Deserialize, Serialize};
use unjwt::Session;
use unjwt_examples::Args;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "dir", enc = "A256GCM"), max_age = "7D", version = 2, migrate(_))]
struct Login {
    user: String,
    visits: u32,
    terms: u32,
}

impl Login {
    fn new(user: String) -> Self {
        Self { user, visits: 0, terms: 2 }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("rolling-deployment-v2-only [PORT] --key FILE", &["--key"])?;
    service::run(&args, Login::config(service::key(&args)?)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_keeps_its_shape() {
        let login = Login { user: "ada".to_owned(), visits: 3, terms: 2 };
        unjwt::golden::check("rolling-deployment/golden/v2_only", [login]);
    }
}
