//! Attacks on bound logins: with a device of the attacker's own, with planted cookies, and with what a challenge is.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use http::{Request, StatusCode};
use serde::{Deserialize, Serialize};
use unjwt::testing::{Reply, TestClient, TestClock, TestStore};
use unjwt::{JweKey, Jwk, Session, SessionConfigs as _, SessionHandle, SessionManager, SessionState};

use crate::browser::{Browser, Device, FIRST, REFRESH, START, challenge_of, offered};
use crate::served;
use crate::service::{SHORT, next_period, rotating, with_store};

type Done = Result<StatusCode, unjwt::Error>;

/// A thief who copies the cookie in the gap before the registration, and registers a device of the thief's own with the copy.
/// Nobody can tell which of the two is the thief.
#[tokio::test]
async fn a_login_that_two_devices_renew_ends() {
    let clock = TestClock::new();
    for router in [
        with_store(&clock, &TestStore::with_clock(&clock)).0,
        rotating(&clock, &TestStore::with_clock(&clock)),
    ] {
        for thief_is_first in [true, false] {
            let mut ada = Browser::new(router.clone(), &clock);
            let challenge = offered(&ada.client.post("/login").await).unwrap();
            let mut thief = Browser { device: Device::new(), ..ada.clone() };
            assert_eq!(thief.register(&challenge).await.status, 200);
            assert_eq!(ada.register(&challenge).await.status, 200);
            let [mut first, mut second] = if thief_is_first { [thief, ada] } else { [ada, thief] };
            // The first renewals show that both have registered, and the ones after that whose device the login's is.
            for browser in [&mut first, &mut second] {
                clock.advance(Duration::from_secs(FIRST + 1));
                browser.get("/me").await;
            }
            next_period(&clock);
            first.get("/me").await;
            assert_eq!(second.get("/me").await.status, 401);
            next_period(&clock);
            assert_eq!(first.get("/me").await.status, 401);
        }
    }
}

/// The same, by a thief who never asks for a renewal: a registration renews the session as well.
#[tokio::test]
async fn a_login_that_two_devices_register_ends() {
    let clock = TestClock::new();
    let (router, _) = with_store(&clock, &TestStore::with_clock(&clock));
    let mut ada = Browser::new(router, &clock);
    let challenge = offered(&ada.client.post("/login").await).unwrap();
    let mut thief = Browser { device: Device::new(), ..ada.clone() };
    assert_eq!(thief.register(&challenge).await.status, 200);
    assert_eq!(ada.register(&challenge).await.status, 200);
    thief.confirm(&clock).await;
    ada.confirm(&clock).await;
    next_period(&clock);
    assert_eq!(ada.get("/me").await.text(), "bound");
    let reply = thief.register(&challenge).await;
    let reply = match challenge_of(&reply) {
        Some(fresh) => thief.register(&fresh).await,
        None => reply,
    };
    assert_eq!(reply.status, 400);
    assert_eq!(thief.client.get("/me").await.status, 401);
}

#[tokio::test]
async fn a_session_that_was_cleared_is_not_begun_without_the_device() {
    let clock = TestClock::new();
    let router = served::router(&clock, &TestStore::with_clock(&clock), &served::Slow::default());
    let mut ada = Browser::logged_in(router, &clock).await;
    clock.advance(Duration::from_secs(SHORT / 2));
    let mut thief = ada.client.clone();
    thief.post("/begun").await;
    clock.advance(Duration::from_secs(SHORT / 2 + 1));
    assert_eq!(thief.get("/me").await.status, 401);
    assert_eq!(thief.post("/begun").await.status, 401);
    ada.client = thief;
    ada.get("/me").await;
}

/// Sends what a browser sends whose jar has another cookie of the same name, from a sibling host, before its own.
async fn with_planted(client: &mut TestClient, planted: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let own = client.cookie_header(path).unwrap();
    let cookies = format!("login={planted}; {}", own.to_str().unwrap());
    let mut bare = client.clone();
    let request =
        headers.iter().fold(Request::post(path), |request, (name, value)| request.header(*name, *value));
    // A client with an empty jar, so that the header is as it is here.
    for name in ["login", "access"] {
        bare.plant_cookie(name, "");
    }
    bare.send(request.header("cookie", cookies).body(axum::body::Body::empty()).unwrap()).await
}

/// L10: nobody hides a good session by planting a bad one. The one planted is genuine, of the attacker.
#[tokio::test]
async fn a_login_that_is_planted_does_not_end_the_browsers_session() {
    let clock = TestClock::new();
    let store = TestStore::with_clock(&clock);
    let router = served::router(&clock, &store, &served::Slow::default());
    let mut ada = Browser::logged_in(router.clone(), &clock).await;
    let eve = Browser::logged_in(router, &clock).await;
    next_period(&clock);
    let id = ada.sessions[0].id.clone();
    let planted = eve.client.cookie("login").unwrap();
    let reply = with_planted(&mut ada.client, planted, REFRESH, &[("sec-secure-session-id", &id)]).await;
    assert_eq!(reply.status, 403, "the session that the browser named is there: {}", reply.text());
    assert!(challenge_of(&reply).is_some());
}

/// A victim's browser registers for the attacker's login, which it has beside its own.
#[tokio::test]
async fn a_login_that_is_planted_is_not_registered_with_anothers_challenge() {
    let clock = TestClock::new();
    let store = TestStore::with_clock(&clock);
    let router = served::router(&clock, &store, &served::Slow::default());
    let mut ada = Browser::new(router.clone(), &clock);
    let mut eve = TestClient::new(router).with_clock(&clock);
    eve.post("/login").await;
    let challenge = offered(&ada.client.post("/login").await).unwrap();
    let proof = ada.device.register(&challenge);
    let planted = eve.cookie("login").unwrap().to_owned();
    let headers = [("secure-session-response", &*proof)];
    let reply = with_planted(&mut ada.client, &planted, START, &headers).await;
    assert_eq!(reply.set_cookies().count(), 0, "{}", reply.status);
}

/// A session whose tokens have whatever a challenge has.
mod open {
    use super::*;

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-login", max_age = "30D")]
    pub struct Login {}

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-access", max_age = "10m", login = Login, bind = "dbsc")]
    pub struct Access {
        #[serde(default)]
        pub subject: Option<String>,
        #[serde(default)]
        pub nonce: Option<String>,
    }

    impl From<&Login> for Access {
        fn from(_: &Login) -> Self {
            Self { subject: None, nonce: None }
        }
    }
}

#[derive(Clone, SessionState)]
struct OpenApp {
    login: SessionHandle<open::Login>,
    access: SessionHandle<open::Access>,
}

#[tokio::test]
async fn a_challenge_is_no_session_of_a_struct_that_it_fits() {
    let clock = TestClock::new();
    for key in [JweKey::secret([8; 32]), JweKey::from_jwk(Jwk::generate("A256KW").unwrap())] {
        let configs = (open::Login::config(JweKey::secret([7; 32])), open::Access::config(key));
        let log_in = async |login: SessionManager<open::Login>| -> Done {
            login.replace(open::Login {}).await?;
            Ok(StatusCode::NO_CONTENT)
        };
        let router = unjwt::install(configs.clock(clock.source()), |(login, access)| {
            let me = async |_: open::Access| "in";
            (Router::new().route("/login", post(log_in)).route("/me", get(me)), OpenApp { login, access })
        });
        let router = router.unwrap();
        let mut ada = TestClient::new(router.clone()).with_clock(&clock);
        let challenge = offered(&ada.post("/login").await).unwrap();
        let mut eve = TestClient::new(router).with_clock(&clock);
        eve.plant_cookie("__Host-access", &challenge);
        assert_eq!(eve.get("/me").await.status, 401);
    }
}
