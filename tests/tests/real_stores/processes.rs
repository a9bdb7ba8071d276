//! Two programs that share a store.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use unjwt::{
    Error, JwsKey, Logout, Session, SessionConfigs as _, SessionHandle, SessionManager, SessionState,
};
use unjwt_store_servers::RedisServer;
use unjwt_tests::told;

use crate::service::{Watched, connect, key};
use crate::support::server::Server;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "sid", max_age = "7D", revocable(recheck = "1s"))]
struct Login {
    user: u64,
}

#[derive(Clone, SessionState)]
struct App {
    logins: SessionHandle<Login>,
    watched: SessionHandle<Watched>,
}

const STORE: &str = "UNJWT_TESTS_SERVE_WITH_STORE";

async fn login(login: SessionManager<Login>) -> Result<(), Error> {
    login.replace(Login { user: 7 }).await.map(|_| ())
}

async fn login_watched(login: SessionManager<Watched>) -> Result<(), Error> {
    login.replace(Watched { user: 7 }).await.map(|_| ())
}

/// Not a test of its own: the program that the tests below start twice.
#[tokio::test(flavor = "multi_thread")]
async fn serve() {
    let Ok(url) = std::env::var(STORE) else { return };
    let configs = (Login::config(key()), Watched::config(JwsKey::secret([8; 32])))
        .store(connect(url).await)
        .insecure_cookies_for_local_http();
    let router = unjwt::install(configs, |(logins, watched)| {
        let routes = Router::new()
            .route("/login", post(login))
            .route("/me", get(|login: Login| async move { login.user.to_string() }))
            .route("/logout", post(|login: Logout<Login>| async move { login.clear().await }))
            .route("/watched/login", post(login_watched))
            .route("/watched/me", get(|login: Watched| async move { login.user.to_string() }))
            .route("/watched/logout", post(|login: Logout<Watched>| async move { login.clear().await }));
        (routes, App { logins, watched })
    })
    .unwrap();
    let server = Server::start(router).await;
    told!("serving at {}", server.address);
    // Until the parent closes its end, or is gone.
    let closed = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    closed.await.unwrap().unwrap();
}

struct Program {
    child: Child,
    address: String,
}

impl Program {
    fn start(store: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::serve", "--nocapture"])
            .env(STORE, store)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("serving at ").map(str::to_owned))
            .expect("the program does not serve");
        Self { child, address }
    }

    /// Sends a request, and returns the status and the session's cookie, if one is set.
    fn send(&self, method: &str, path: &str, cookie: Option<&str>) -> (u16, Option<String>) {
        let url = format!("http://{}{path}", self.address);
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let cookie = cookie.unwrap_or_default();
        let response = match method {
            "GET" => agent.get(url).header("cookie", cookie).call(),
            _ => agent.post(url).header("cookie", cookie).send_empty(),
        };
        let response = response.unwrap();
        let set = response.headers().get("set-cookie").map(|line| line.to_str().unwrap());
        let set = set.and_then(|line| line.split(';').next()).map(str::to_owned);
        (response.status().as_u16(), set)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_logout_in_one_program_is_seen_by_the_other() {
    let Some(server) = RedisServer::start() else { return };
    let (one, two) = (Program::start(&server.url()), Program::start(&server.url()));
    let (status, cookie) = one.send("POST", "/login", None);
    assert_eq!(status, 200);
    let cookie = cookie.as_deref();
    assert_eq!((one.send("GET", "/me", cookie).0, two.send("GET", "/me", cookie).0), (200, 200));
    assert_eq!(one.send("POST", "/logout", cookie).0, 200);
    assert_eq!(one.send("GET", "/me", cookie).0, 401, "a copy of the cookie");
    // At most a second later.
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(two.send("GET", "/me", cookie).0, 401);
    // The program that did not see the logout outlives the other, and a third never saw the login.
    drop(one);
    assert_eq!(two.send("GET", "/me", cookie).0, 401);
    assert_eq!(Program::start(&server.url()).send("GET", "/me", cookie).0, 401);
}

/// Each program has checked the login for an hour, so that only the store's message explains what the other says.
#[test]
fn a_logout_in_one_program_is_seen_by_the_other_at_once_where_the_store_tells_of_it() {
    let Some(server) = RedisServer::start() else { return };
    let (one, two) = (Program::start(&server.url()), Program::start(&server.url()));
    let (status, cookie) = one.send("POST", "/watched/login", None);
    assert_eq!(status, 200);
    let cookie = cookie.as_deref();
    assert_eq!(two.send("GET", "/watched/me", cookie).0, 200);
    server.wait_until(&["PUBSUB", "NUMSUB", "unjwt:changes"], "2");
    assert_eq!(two.send("GET", "/watched/me", cookie).0, 200);
    assert_eq!(one.send("POST", "/watched/logout", cookie).0, 200);
    let end = Instant::now() + Duration::from_secs(120);
    while two.send("GET", "/watched/me", cookie).0 != 401 {
        assert!(Instant::now() < end, "it does not learn of the logout");
        std::thread::sleep(Duration::from_millis(20));
    }
}
