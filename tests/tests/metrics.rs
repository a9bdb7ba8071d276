//! The metrics of readings, writes, the memory of tokens, the store and the workers.
#![cfg(feature = "axum")]

use std::collections::BTreeSet;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::{Deserialize, Serialize};
use unjwt::testing::{TestClient, TestStore};
use unjwt::{JweKey, Session, SessionHandle, SessionManager, SessionState};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "dir"), name = "login", max_age = "1h", revocable(recheck = "0s"))]
struct Login {
    user: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "slow", max_age = "1h")]
struct Slow {
    user: String,
}

#[derive(Clone, SessionState)]
struct App {
    login: SessionHandle<Login>,
    slow: SessionHandle<Slow>,
}

async fn update(login: SessionManager<Login>) -> Result<StatusCode, unjwt::Error> {
    login.update_with(|login| login.user.push('!')).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn service(store: &TestStore) -> (Router, App) {
    let configs = (
        Login::config(JweKey::secret([7; 32])).store(store.clone()),
        Slow::config(JweKey::password("correct horse battery staple, and more")),
    );
    unjwt::install_returning_state(configs, |(login, slow)| {
        let router = Router::new()
            .route("/me", get(async |login: Login| login.user))
            .route("/maybe", get(async |login: Option<Login>| login.is_some().to_string()))
            .route("/update", post(update))
            .route("/slow", get(async |slow: Slow| slow.user));
        (router, App { login, slow })
    })
    .unwrap()
}

/// Runs a test on one thread, whose metrics are those of the recorder.
fn recorded(test: impl Future<Output = ()>) -> PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        unjwt::metrics::describe();
        runtime.block_on(test);
    });
    recorder.handle()
}

/// The value of a series, by the text before it.
fn value(page: &str, series: &str) -> Option<f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let mut values = lines.filter_map(|line| line.strip_prefix(series)?.trim().parse().ok());
    values.next()
}

#[test]
fn readings_and_writes_are_counted_by_session_and_outcome() {
    let page = recorded(async {
        let (router, app) = service(&TestStore::new());
        let mut client = TestClient::new(router);
        client.get("/maybe").await;
        client.log_in(&app, Login { user: "ada".to_owned() }).await.unwrap();
        for _ in 0..5 {
            assert_eq!(client.get("/me").await.status, 200);
        }
        assert_eq!(client.post("/update").await.status, 204);
        client.log_out::<Login>(&app).await.unwrap();
        client.plant_cookie("login", "a.b.c.d.e");
        assert_eq!(client.get("/me").await.status, 401);
    })
    .render();
    for (series, expected) in [
        ("unjwt_session_reads_total{session=\"Login\",outcome=\"absent\"}", 2.0),
        ("unjwt_session_reads_total{session=\"Login\",outcome=\"ERR_JWE_INVALID\"}", 1.0),
        ("unjwt_session_writes_total{session=\"Login\",outcome=\"begun\"}", 1.0),
        ("unjwt_session_writes_total{session=\"Login\",outcome=\"written\"}", 1.0),
        ("unjwt_session_writes_total{session=\"Login\",outcome=\"cleared\"}", 1.0),
    ] {
        assert_eq!(value(&page, series), Some(expected), "{series} in\n{page}");
    }
    let of =
        |name: &str, label: &str| value(&page, &format!("{name}{{session=\"Login\",outcome=\"{label}\"}}"));
    assert!(of("unjwt_session_reads_total", "valid") >= Some(6.0), "{page}");
    let looked_up =
        ["hit", "miss"].map(|outcome| of("unjwt_token_cache_lookups_total", outcome).unwrap_or(0.0));
    assert!(looked_up[0] >= 3.0 && looked_up[1] >= 1.0, "{page}");
    assert!(page.contains("# HELP unjwt_session_reads_total readings of sessions"), "{page}");
}

#[test]
fn answers_of_the_store_are_timed() {
    let page = recorded(async {
        let store = TestStore::new();
        let (router, app) = service(&store);
        let mut client = TestClient::new(router);
        client.log_in(&app, Login { user: "ada".to_owned() }).await.unwrap();
        assert_eq!(client.get("/me").await.status, 200);
        store.stop();
        assert_eq!(client.get("/me").await.status, 503);
    })
    .render();
    let count = |outcome: &str| {
        let labels = format!("session=\"Login\",operation=\"load\",outcome=\"{outcome}\"");
        value(&page, &format!("unjwt_store_seconds_count{{{labels}}}"))
    };
    assert!(count("answered") >= Some(1.0) && count("out") >= Some(1.0), "{page}");
    let reads = "unjwt_session_reads_total{session=\"Login\",outcome=\"ERR_SESSION_UNAVAILABLE\"}";
    assert_eq!(value(&page, reads), Some(1.0), "{page}");
}

/// The series of a page, without their values.
fn series_of(users: u32) -> BTreeSet<String> {
    let page = recorded(async {
        let (router, app) = service(&TestStore::new());
        for user in 0..users {
            let mut client = TestClient::new(router.clone());
            client.log_in(&app, Login { user: format!("user-{user}") }).await.unwrap();
            for _ in 0..3 {
                assert_eq!(client.get("/me").await.status, 200);
            }
            client.log_out::<Login>(&app).await.unwrap();
        }
    })
    .render();
    let lines = page.lines().filter(|line| line.starts_with("unjwt_"));
    lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
}

#[test]
fn no_series_depends_on_a_user() {
    let (one, twenty) = (series_of(1), series_of(20));
    assert!(!one.is_empty());
    assert_eq!(one, twenty);
}

#[test]
fn key_operations_that_wait_are_told() {
    let page = recorded(async {
        let (router, app) = service(&TestStore::new());
        let mut client = TestClient::new(router);
        client.log_in(&app, Slow { user: "ada".to_owned() }).await.unwrap();
        assert_eq!(client.get("/slow").await.status, 200);
    })
    .render();
    assert!(value(&page, "unjwt_key_operations_waiting{lane=\"make\"}").is_some(), "{page}");
}
