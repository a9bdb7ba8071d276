use std::time::Duration;

use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe)]
struct Visitor {
    name: String,
}

async fn login(session: SessionManager<Visitor>) -> Result<(), unjwt::Error> {
    session.replace(Visitor { name: "ada".to_owned() }).max_age(Duration::from_secs(60)).await?;
    Ok(())
}

fn main() {
    let _ = login;
}
