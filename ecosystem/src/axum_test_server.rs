//! Tests with axum-test, whose server is a client of the router.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use axum_extra::extract::cookie::Cookie;
use axum_test::TestServer;
use serde::{Deserialize, Serialize};
use unjwt::testing::TestService;
use unjwt::{Config, ConfigError, JweKey, Logout, Session, SessionHandle};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-sid", max_age = "1h", revocable)]
struct Sid {
    user: u64,
}

async fn log_out(sid: Logout<Sid>) -> Result<(), unjwt::Error> {
    sid.clear().await
}

fn service(config: Config<Sid>) -> Result<(Router, SessionHandle<Sid>), ConfigError> {
    unjwt::install_returning_state(config, |sids| {
        let router = Router::new()
            .route("/me", get(async |sid: Sid| sid.user.to_string()))
            .route("/logout", post(log_out));
        (router, sids)
    })
}

// page: begin
/// A server of the service, whose client is signed in and keeps cookies from then on.
async fn signed_in(service: &TestService<SessionHandle<Sid>>, data: Sid) -> TestServer {
    let cookies = service.log_in(data).await.unwrap().cookie_header("/").unwrap();
    let mut server = TestServer::builder().save_cookies().build(service.router.clone());
    for cookie in Cookie::split_parse(cookies.to_str().unwrap()) {
        server.add_cookie(cookie.unwrap().into_owned());
    }
    server
}

#[tokio::test]
async fn a_session_lasts_an_hour_or_until_the_logout() {
    let service = TestService::new(Sid::config(JweKey::secret([7; 32])), service).unwrap();
    let (ada, grace) =
        (signed_in(&service, Sid { user: 1 }).await, signed_in(&service, Sid { user: 2 }).await);
    ada.get("/me").await.assert_text("1");
    ada.post("/logout").await.assert_status_ok();
    ada.get("/me").await.assert_status_unauthorized();

    grace.get("/me").await.assert_text("2");
    service.clock.advance(Duration::from_secs(3600));
    grace.get("/me").await.assert_status_unauthorized();

    let eve = signed_in(&service, Sid { user: 3 }).await;
    service.store.stop();
    eve.post("/logout").await.assert_status_service_unavailable();
}
// page: end
