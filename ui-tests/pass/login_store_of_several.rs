#![deny(warnings)]

use axum::Router;
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session, SessionConfigs, SessionHandle, SessionState};
use unjwt_store::MemoryStore;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(by(user)))]
pub struct Login {
    pub user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1h")]
pub struct Visitor {
    pub name: String,
}

#[derive(Clone, SessionState)]
pub struct App {
    pub login: SessionHandle<Login>,
    pub visitor: SessionHandle<Visitor>,
}

fn key() -> JweKey {
    JweKey::secret([7; 32])
}

fn main() {
    let (login, visitor) = (Login::config(key()), Visitor::config(key()));
    let app = |(login, visitor)| (Router::new(), App { login, visitor });
    let configs = (login, visitor).issuer("https://id.example").store(MemoryStore::volatile());
    let _: Router = unjwt::install(configs, app).unwrap();
    // Or each on its own.
    let login = Login::config(key()).store(MemoryStore::volatile());
    let _: Router = unjwt::install((login, Visitor::config(key())), app).unwrap();
    let _ = (Login::config(key()), Visitor::config(key())).store(MemoryStore::volatile()).build().unwrap();
}
