//! A service that moves from npm `unjwt` to Rust: `tests/neighbour/moves.mjs` is the service before it.

use axum::Router;
use axum::routing::{get, post};
use unjwt::testing::TestClient;

use crate::client::Client;
use crate::node::start_service;

mod after {
    // page: begin
    use serde::{Deserialize, Serialize};
    use unjwt::{Error, JweKey, Session, SessionManager};

    /// `typ` is what npm writes unless it is told otherwise, and the fields have the names that they have there.
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "sid", max_age = "7D", typ = "JWT")]
    #[serde(rename_all = "camelCase")]
    pub struct Sid {
        user_id: u64,
        theme: String,
    }

    /// The same text as there, which has to have 16 bytes.
    pub fn key(session_secret: &str) -> JweKey {
        JweKey::password(session_secret)
    }

    pub async fn me(sid: Sid) -> String {
        format!("{} {}", sid.user_id, sid.theme)
    }

    pub async fn lighten(sid: SessionManager<Sid>) -> Result<(), Error> {
        sid.update_with(|sid| sid.theme = "light".to_owned()).await.map(drop)
    }
    // page: end
}

const SECRET: &str = "a secret of the service, from its environment";

fn service() -> Router {
    let config = after::Sid::config(after::key(SECRET));
    unjwt::install(config, |sid| {
        (Router::new().route("/me", get(after::me)).route("/lighten", post(after::lighten)), sid)
    })
    .unwrap()
}

#[tokio::test]
async fn nobody_is_signed_out_on_the_way_there_or_back() {
    let Some(before) = start_service("moves.mjs", &[("SESSION_SECRET", SECRET)]) else { return };
    let mut browser = Client::new(&before.url);
    let login = browser.post("/login").unwrap();
    let cookie = login.set_cookies[0].value.clone();

    let mut ada = TestClient::new(service());
    assert_eq!(ada.get("/me").await.status, 401);
    ada.plant_cookie("sid", &cookie);
    let me = ada.get("/me").await;
    assert_eq!((me.text(), me.set_cookies().count()), ("7 dark", 0));
    assert_eq!(ada.post("/lighten").await.status, 200);
    assert_eq!(ada.get("/me").await.text(), "7 light");

    // During the deployment a request may still reach the old service.
    let cookie = format!("sid={}", ada.cookie("sid").unwrap());
    let me = Client::new(&before.url).get_with("/me", "cookie", &cookie).unwrap();
    assert_eq!((me.status, me.body.as_str()), (200, "7 light"));
}

#[tokio::test]
async fn another_secret_reads_nothing() {
    let Some(before) = start_service("moves.mjs", &[("SESSION_SECRET", "another secret of a service")])
    else {
        return;
    };
    let login = Client::new(&before.url).post("/login").unwrap();
    let mut eve = TestClient::new(service());
    eve.plant_cookie("sid", &login.set_cookies[0].value);
    assert_eq!(eve.get("/me").await.status, 401);
}
