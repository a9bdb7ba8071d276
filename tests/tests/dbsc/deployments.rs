//! Bound sessions beside other services and other versions, and what a configuration refuses.

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use unjwt::testing::{TestClient, TestClock};
use unjwt::{
    Current, JweKey, JwsKey, Session, SessionConfigs as _, SessionHandle, SessionManager, SessionState,
};

use crate::browser::{Browser, offered};
use crate::service::{Keys, next_period, without_store};

type Done = Result<StatusCode, unjwt::Error>;

mod pair {
    use super::*;

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-login", max_age = "30D")]
    pub struct Login {}

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-shop", max_age = "10m", login = Login, bind = "dbsc")]
    pub struct Shop {}

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-admin", max_age = "10m", login = Login, bind = "dbsc")]
    pub struct Admin {}

    impl From<&Login> for Shop {
        fn from(_: &Login) -> Self {
            Self {}
        }
    }

    impl From<&Login> for Admin {
        fn from(_: &Login) -> Self {
            Self {}
        }
    }
}

/// A browser makes a key for each offer, and a login takes one: the other session would never be renewed.
#[test]
fn a_login_has_one_bound_session() {
    let [login, shop, admin] = [7, 8, 9].map(|byte| JweKey::secret([byte; 32]));
    let configs = (pair::Login::config(login), pair::Shop::config(shop), pair::Admin::config(admin));
    let error = configs.build().map(drop).unwrap_err().to_string();
    assert!(error.starts_with("Login: cnf `2 keys`: "), "{error}");
}

/// Another service that verifies the short session and writes nothing.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "ES256"), name = "__Host-access", max_age = "10m", read_only)]
struct Verified {
    user: u64,
}

#[derive(Clone, SessionState)]
struct Verifier {
    access: SessionHandle<Verified>,
}

#[tokio::test]
async fn a_service_that_only_verifies_reads_bound_sessions() {
    let clock = TestClock::new();
    let keys = Keys::new();
    let key = JwsKey::from_jwk(keys.access.public().unwrap());
    let verifier = unjwt::install(Verified::config(key).clock(clock.source()), |access| {
        let me = async |access: Verified| access.user.to_string();
        (Router::new().route("/me", get(me)), Verifier { access })
    });
    let mut ada = Browser::new(without_store(&clock, &keys), &clock);
    let offer = offered(&ada.client.post("/login").await).unwrap();
    ada.client.get("/me").await;
    let mut there = TestClient::new(verifier.unwrap()).with_clock(&clock);
    there.plant_cookie("__Host-access", ada.client.cookie("__Host-access").unwrap());
    assert_eq!(there.get("/me").await.text(), "7", "unbound");
    assert_eq!(ada.register(&offer).await.status, 200);
    there.plant_cookie("__Host-access", ada.client.cookie("__Host-access").unwrap());
    assert_eq!(there.get("/me").await.text(), "7", "bound");
}

/// The claims of a session with whatever members, which have nothing to do with devices of browsers.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "free", max_age = "1h")]
struct Free {
    #[serde(flatten)]
    members: std::collections::BTreeMap<String, serde_json::Value>,
}

#[derive(Clone, SessionState)]
struct FreeApp {
    free: SessionHandle<Free>,
}

#[tokio::test]
async fn the_feature_takes_no_member_of_other_sessions() {
    let clock = TestClock::new();
    let write = async |free: SessionManager<Free>| -> Done {
        let members = [("cnf".to_owned(), serde_json::json!({ "jkt": "x" }))].into();
        free.replace(Free { members }).await?;
        Ok(StatusCode::NO_CONTENT)
    };
    let configs = Free::config(JweKey::secret([7; 32])).clock(clock.source());
    let router = unjwt::install(configs, |free| {
        let read = async |free: Free| free.members["cnf"]["jkt"].as_str().unwrap_or_default().to_owned();
        (Router::new().route("/", get(read).post(write)), FreeApp { free })
    });
    let mut ada = TestClient::new(router.unwrap()).with_clock(&clock);
    assert_eq!(ada.post("/").await.status, 204);
    assert_eq!(ada.get("/").await.text(), "x");
}

/// A service that goes back to a version without `bind`, and forward again.
mod plain {
    use super::*;

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jws(alg = "ES256"), name = "__Host-access", max_age = "10m", login = crate::service::Login)]
    pub struct Access {
        pub user: u64,
    }

    impl From<&crate::service::Login> for Access {
        fn from(login: &crate::service::Login) -> Self {
            Self { user: login.user }
        }
    }
}

#[derive(Clone, SessionState)]
struct PlainApp {
    login: SessionHandle<crate::service::Login>,
    access: SessionHandle<plain::Access>,
}

#[tokio::test]
async fn a_version_without_bind_in_between_asks_bound_users_to_sign_in() {
    let clock = TestClock::new();
    let keys = Keys::new();
    let bound = without_store(&clock, &keys);
    let configs = (
        crate::service::Login::config(keys.login.clone()),
        plain::Access::config(JwsKey::from_jwk(keys.access.clone())),
    );
    let before = unjwt::install(configs.clock(clock.source()), |(login, access)| {
        let me = async |_: Current<plain::Access>| "plain";
        (Router::new().route("/me", get(me)), PlainApp { login, access })
    });
    let mut ada = Browser::logged_in(bound.clone(), &clock).await;
    ada.client.move_to(before.unwrap());
    next_period(&clock);
    assert_eq!(ada.get("/me").await.text(), "plain");
    assert!(ada.sessions.is_empty(), "404 ends the browser's session");
    ada.client.move_to(bound);
    next_period(&clock);
    assert_eq!(ada.get("/me").await.status, 401, "as for a thief, whose browser knows as little");
    ada.post("/login").await;
    assert_eq!(ada.get("/me").await.text(), "bound");
}
