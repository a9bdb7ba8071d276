//! Messages to the developer about refusals: a debug build prints the reason to stderr, once, unless the
//! service logs it.

mod support;

use std::process::Command;
use std::sync::Mutex;

use axum::Router;
use axum::routing::{get, post};
use http::Request;
use http::header::COOKIE;
use serde::{Deserialize, Serialize};
use support::reply;
use unjwt::{Error, JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h")]
struct Sid {
    user: u64,
}

/// Whoever reads this in a log could follow the link.
const MAILED: &str = "what-the-mail-says";

/// The environment variable that selects how the program logs.
const LOG: &str = "TOLD_LOG";

/// A newcomer's service, as a program of its own: another machine has made the token that comes.
#[tokio::test]
#[ignore = "the program of the other tests"]
async fn service() {
    match std::env::var(LOG).as_deref() {
        Ok("") => {}
        Ok(filter) => tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(false)
            .with_writer(std::io::stderr)
            .init(),
        Err(_) => return,
    }
    let another_machine = Sid::config(JweKey::secret([8; 32])).build().unwrap();
    let cookie = another_machine.cookie_header(&Sid { user: 7 }).unwrap();
    // For the test to look for.
    println!("{}", cookie.to_str().unwrap().trim_start_matches("sid="));

    let handle = Mutex::new(None);
    let router = unjwt::install(Sid::config(JweKey::secret([7; 32])), |sid: SessionHandle<Sid>| {
        *handle.lock().unwrap() = Some(sid.clone());
        let router = Router::new()
            .route("/me", get(async |sid: Sid| sid.user.to_string()))
            .route("/", get(async |sid: Option<Sid>| sid.is_some().to_string()))
            .route("/rename", post(rename))
            .route("/posts", post(async |sid: Sid| sid.user.to_string()));
        (router, sid)
    })
    .unwrap();
    let outside = Router::new().route("/links/{link}", get(async |sid: Sid| sid.user.to_string()));
    let router = router.merge(outside.with_state(handle.lock().unwrap().take().unwrap()));

    assert_eq!(reply(&router, Request::get("/me").header(COOKIE, &cookie)).await.status, 401);
    assert_eq!(reply(&router, Request::get("/").header(COOKIE, &cookie)).await.body, "false");
    assert_eq!(reply(&router, Request::post("/rename")).await.status, 401);
    for _ in 0..20 {
        assert_eq!(reply(&router, Request::get("/me")).await.status, 401);
    }
    let own = Sid::config(JweKey::secret([7; 32])).build().unwrap();
    let own = own.cookie_header(&Sid { user: 7 }).unwrap();
    let elsewhere = Request::post("/posts").header(COOKIE, own).header("sec-fetch-site", "cross-site");
    assert_eq!(reply(&router, elsewhere).await.status, 403);
    assert_eq!(reply(&router, Request::get(format!("/links/{MAILED}"))).await.status, 500);
}

/// The error of a write is the handler's response.
async fn rename(sid: SessionManager<Sid>) -> Result<(), Error> {
    sid.update_with(|sid| sid.user += 1).await.map(drop)
}

/// The lines of the program's stderr, and the token that it was sent.
fn run(log: &str) -> (Vec<String>, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "service", "--ignored", "--nocapture"])
        .env(LOG, log)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let token = stdout.lines().find(|line| line.starts_with("ey")).unwrap().to_owned();
    (stderr.lines().map(str::to_owned).collect(), token)
}

fn with<'a>(lines: &'a [String], text: &str) -> Vec<&'a str> {
    lines.iter().map(String::as_str).filter(|line| line.contains(text)).collect()
}

#[cfg(debug_assertions)]
#[test]
fn a_debug_build_without_a_log_says_why_on_its_terminal() {
    let (lines, token) = run("");
    let line = "unjwt (debug build): the token of `Sid`: the token does not decrypt [ERR_JWE_DECRYPTION_FAILED]; \
                see `unjwt::refused`";
    // Of the extractor that answers 401, and of the one that takes nobody for an answer.
    assert_eq!(with(&lines, "ERR_JWE_DECRYPTION_FAILED"), [line, line]);
    let absent =
        "unjwt (debug build): 401 of `Sid`: there is no session [ERR_SESSION_NONE]; see `unjwt::refused`";
    // Then no more, as for most visitors there is none.
    let last = format!("{absent}; more of this kind are not shown");
    assert_eq!(with(&lines, "ERR_SESSION_NONE"), [absent, absent, absent, absent, &last]);
    assert_eq!(with(&lines, "ERR_SESSION_CROSS_SITE").len(), 1);
    let outside = "unjwt (debug build): 500 of `Sid`: the route is outside the router that `install` built \
                   [ERR_SESSION_NOT_INSTALLED]; see `unjwt::refused`";
    assert_eq!(with(&lines, "ERR_SESSION_NOT_INSTALLED"), [outside]);
    assert_eq!(lines.len(), 9, "{lines:#?}");
    assert_eq!(with(&lines, &token), [""; 0], "the token is not shown");
}

#[test]
fn where_the_service_logs_it_nothing_is_said_twice() {
    let (lines, token) = run("unjwt=debug");
    assert_eq!(with(&lines, "debug build"), [""; 0]);
    let refused = with(&lines, "ERR_JWE_DECRYPTION_FAILED");
    assert_eq!(refused.len(), 2, "{lines:#?}");
    assert!(refused.iter().all(|line| {
        line.contains("DEBUG")
            && line.contains("session read")
            && line.contains("session=\"Sid\"")
            && line.contains("reason=the token does not decrypt")
    }));
    assert_eq!(with(&lines, "ERR_SESSION_CROSS_SITE").len(), 1, "{lines:#?}");
    assert_eq!(with(&lines, "outcome=\"absent\"").len(), 21);
    assert_eq!(with(&lines, &token), [""; 0], "the token is not shown");
}

/// A subscriber that receives no events of this crate counts as none.
#[cfg(debug_assertions)]
#[test]
fn a_log_of_other_crates_does_not_hide_the_cause() {
    let (lines, _) = run("warn,hyper=debug");
    assert_eq!(with(&lines, "unjwt (debug build): the token of `Sid`").len(), 2, "{lines:#?}");
}

/// With a log of errors alone too, which has the line already.
#[test]
fn the_log_of_a_route_outside_names_its_pattern_alone() {
    for log in ["unjwt=debug", "error"] {
        let (lines, _) = run(log);
        let outside = with(&lines, "this route is outside the router that `unjwt::install` returned");
        assert_eq!(outside.len(), 1, "{lines:#?}");
        assert!(
            outside[0].contains("ERROR") && outside[0].contains("session=\"Sid\" path=\"/links/{link}\""),
            "{outside:?}"
        );
        assert_eq!(with(&lines, MAILED), [""; 0]);
        assert_eq!(with(&lines, "ERR_SESSION_NOT_INSTALLED"), [""; 0], "and it is not said again");
    }
}
