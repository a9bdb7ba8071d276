//! The new program, with a promise: the old one may serve users of the new sessions, since their JSON has all that it
//! needs, and it means the same.

mod service;

use serde::{Deserialize, Serialize};
use unjwt::Session;
use unjwt_examples::Args;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "dir", enc = "A256GCM"), max_age = "7D", version = 2, migrate(LoginV1), readable_by = 1)]
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

#[derive(Deserialize)]
struct LoginV1 {
    user: String,
    visits: u32,
}

impl From<LoginV1> for Login {
    fn from(LoginV1 { user, visits }: LoginV1) -> Self {
        Self { user, visits, terms: 1 }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("rolling-deployment-v2-readable [PORT] --key FILE", &["--key"])?;
    service::run(&args, Login::config(service::key(&args)?)).await
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
