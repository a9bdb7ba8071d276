//! The feature `testing`, as the tests of a service use it.
#![cfg(feature = "axum")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::HeaderMap;
use http::header::SET_COOKIE;
use serde::{Deserialize, Serialize};
use unjwt::hooks::{Clear, HookResult, Update};
use unjwt::testing::{TestClient, TestService};
use unjwt::{
    ErrorKind, JweKey, JwsKey, Logout, Session, SessionHandle, SessionManager, SessionState, Status,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "__Host-login",
    max_age = "7D",
    revocable,
    state = Arc<App>,
    hooks(on_update = note_update, on_clear = note_clear)
)]
struct Login {
    user: u64,
    note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws, name = "api", max_age = "1h", cookie = false, header = "authorization")]
struct Api {
    client: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "below", max_age = "1h", header = false)]
struct Below {}

#[derive(SessionState)]
struct App {
    login: SessionHandle<Login>,
    api: SessionHandle<Api>,
    notes: Mutex<Vec<&'static str>>,
}

async fn note_update(event: Update<'_, Login>) -> HookResult {
    event.state().notes.lock().unwrap().push("update");
    Ok(())
}

async fn note_clear(event: Clear<'_, Login>) -> HookResult {
    event.state().notes.lock().unwrap().push("clear");
    Ok(())
}

async fn rename(
    session: SessionManager<Login>,
    Json(note): Json<String>,
) -> Result<StatusCode, unjwt::Error> {
    session.update_with(|login| login.note = note).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn log_out(login: Logout<Login>) -> Result<(), unjwt::Error> {
    login.clear().await
}

/// Sets a cookie of the service's own, beside its sessions.
async fn theme(State(_): State<Arc<App>>) -> HeaderMap {
    HeaderMap::from_iter([(SET_COOKIE, "theme=dark; Path=/settings; Max-Age=60".parse().unwrap())])
}

fn service() -> TestService<Arc<App>> {
    let configs = (Login::config(JweKey::secret([7; 32])), Api::config(JwsKey::secret([8; 32])));
    TestService::new(configs, |configs| {
        unjwt::install_returning_state(configs, |(login, api)| {
            let router = Router::new()
                .route("/me", get(async |login: Login| login.note))
                .route("/api", get(async |api: Api| Json(api)))
                .route("/rename", post(rename))
                .route("/logout", post(log_out))
                .route("/settings/theme", get(theme));
            (router, Arc::new(App { login, api, notes: Mutex::default() }))
        })
    })
    .unwrap()
}

fn ada() -> Login {
    Login { user: 7, note: "ada".to_owned() }
}

#[tokio::test]
async fn a_client_is_signed_in_with_one_call_until_its_session_ends() {
    let service = service();
    let mut client = service.client();
    assert_eq!(client.get("/me").await.status, 401);
    let current = client.log_in(&service.state, ada()).await.unwrap();
    assert_eq!(*current.data, ada());
    assert_eq!(client.get("/me").await.text(), "ada");
    let renamed = client.post_json("/rename", "lovelace").await;
    assert_eq!(
        (renamed.status.as_u16(), renamed.set_cookies().collect::<Vec<_>>()),
        (204, vec!["__Host-login"])
    );
    assert_eq!(client.get("/me").await.text(), "lovelace");
    service.clock.advance(Duration::from_secs(7 * 86_400));
    assert_eq!(client.cookie("__Host-login"), None);
    assert_eq!(client.get("/me").await.status, 401);
}

#[tokio::test]
async fn a_form_is_written_as_browsers_do() {
    let echo = async |headers: HeaderMap, body: String| format!("{:?} {body}", headers["content-type"]);
    let mut client = TestClient::new(Router::new().route("/form", post(echo)));
    let fields = [("name", "Ada & \u{e9}=+"), ("name", ""), ("a b", "1%")];
    let reply = client.post_form("/form", &fields).await;
    let body = "name=Ada+%26+%C3%A9%3D%2B&name=&a+b=1%25";
    assert_eq!(reply.text(), format!("\"application/x-www-form-urlencoded\" {body}"));
    assert!(client.post_form("/form", &[]).await.text().ends_with("urlencoded\" "));
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "access", max_age = "15m", login = Long, header = "authorization")]
struct Short {
    user: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "long", max_age = "7D", revocable(by(user)))]
struct Long {
    user: u64,
}

impl From<&Long> for Short {
    fn from(long: &Long) -> Self {
        Self { user: long.user }
    }
}

#[derive(Clone, SessionState)]
struct Pair {
    short: SessionHandle<Short>,
    long: SessionHandle<Long>,
}

/// The recipe for an API client whose session belongs to a login.
#[tokio::test]
async fn an_api_client_is_given_the_token_of_a_browser() {
    let configs = (Short::config(JwsKey::secret([8; 32])), Long::config(JweKey::secret([7; 32])));
    let service = TestService::new(configs, |configs| {
        unjwt::install_returning_state(configs, |(short, long)| {
            let router = Router::new().route("/me", get(async |short: Short| short.user.to_string()));
            (router, Pair { short, long })
        })
    })
    .unwrap();
    let mut browser = service.log_in(Long { user: 7 }).await.unwrap();
    assert_eq!(browser.cookie(Short::NAME), None);
    browser.get("/me").await;
    let bearer = format!("Bearer {}", browser.cookie(Short::NAME).unwrap());
    let mut api = service.client().with_header("authorization", &bearer);
    assert_eq!(api.get("/me").await.text(), "7");
    service.state.long.logins().end_by(Long::by_user(&7)).await.unwrap();
    assert_eq!(api.get("/me").await.status, 401);
}

#[tokio::test]
async fn a_copy_dies_with_the_logout() {
    let service = service();
    let mut client = service.log_in(ada()).await.unwrap();
    let mut thief = client.clone();
    assert_eq!(thief.get("/me").await.status, 200);
    assert!(service.store.is_empty());
    assert_eq!(client.post("/logout").await.status, 200);
    assert_eq!(service.store.len(), 1, "what has ended");
    assert_eq!(client.get("/me").await.status, 401);
    assert_eq!(thief.get("/me").await.status, 401);
}

#[tokio::test]
async fn hooks_are_asserted_without_a_route() {
    let service = service();
    let mut client = service.log_in(ada()).await.unwrap();
    assert_eq!(client.manager::<Login>(&service.state).await.unwrap().status(), Status::Valid);
    client.log_out::<Login>(&service.state).await.unwrap();
    assert_eq!(client.manager::<Login>(&service.state).await.unwrap().status(), Status::Absent);
    assert_eq!(*service.state.notes.lock().unwrap(), ["update", "clear"]);
    assert!(client.cookie_header("/").is_none());
}

#[tokio::test]
async fn a_store_is_stopped_and_started() {
    let service = service();
    let mut client = service.log_in(ada()).await.unwrap();
    // Longer than the default of `recheck`.
    service.clock.advance(Duration::from_secs(3600));
    service.store.stop();
    assert_eq!(client.get("/me").await.status, 503);
    let refused = client.manager::<Login>(&service.state).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    service.store.start();
    assert_eq!(client.get("/me").await.status, 200);

    service.store.stop_writes();
    assert!(client.clone().log_out::<Login>(&service.state).await.is_err());
    service.store.start();
    let mut copy = client.clone();
    client.log_out::<Login>(&service.state).await.unwrap();
    assert_eq!(copy.get("/me").await.status, 401);
}

#[tokio::test]
async fn what_is_in_no_cookie_goes_into_the_header() {
    let service = service();
    let mut client = service.client();
    assert_eq!(client.get("/api").await.status, 401);
    let api = Api { client: "robot".to_owned() };
    client.log_in(&service.state, api.clone()).await.unwrap();
    assert_eq!(client.get("/api").await.json::<Api>(), api);
    assert!(client.cookie_header("/").is_none());
    client.log_out::<Api>(&service.state).await.unwrap();
    assert_eq!(client.get("/api").await.status, 401);
}

/// The session's calls are its own, whatever paths its cookies have.
#[tokio::test]
async fn a_session_below_a_path_is_found() {
    let config = Below::config(JweKey::secret([9; 32])).cookie_path("/app");
    let (router, below) = unjwt::install_returning_state(config, |below: SessionHandle<Below>| {
        (
            Router::new()
                .route("/app/me", get(async |_: Below| "yes"))
                .route("/me", get(async |_: Below| "no")),
            below,
        )
    })
    .unwrap();
    let mut client = TestClient::new(router);
    client.log_in(&below, Below {}).await.unwrap();
    assert_eq!(
        (client.get("/app/me").await.status, client.get("/me").await.status),
        (StatusCode::OK, StatusCode::UNAUTHORIZED)
    );
    assert_eq!(client.manager::<Below>(&below).await.unwrap().status(), Status::Valid);
    client.log_out::<Below>(&below).await.unwrap();
    assert_eq!(client.get("/app/me").await.status, 401);
}

#[tokio::test]
async fn other_cookies_are_kept_as_browsers_do() {
    let service = service();
    let mut client = service.client();
    client.get("/settings/theme").await;
    client.log_in(&service.state, ada()).await.unwrap();
    client.plant_cookie("other", "1");
    let header = |client: &TestClient, path| client.cookie_header(path).unwrap().to_str().unwrap().to_owned();
    assert!(header(&client, "/settings").starts_with("theme=dark; "));
    assert!(!header(&client, "/me").contains("theme"));
    assert!(header(&client, "/me").ends_with("; other=1"));
    service.clock.advance(Duration::from_secs(60));
    assert!(!header(&client, "/settings").contains("theme"));
    client.restart();
    assert_eq!(client.cookie("other"), None);
    assert_eq!(client.get("/me").await.status, 200);
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let service = service();
    let mut client = service.log_in(ada()).await.unwrap();
    let token = client.cookie("__Host-login").unwrap().to_owned();
    let reply = client.post_json("/rename", "lovelace").await;
    let shown = format!("{client:?} {reply:?}");
    assert!(shown.contains("__Host-login") && !shown.contains(&token), "{shown}");
    assert!(!shown.contains(client.cookie("__Host-login").unwrap()), "{shown}");
}
