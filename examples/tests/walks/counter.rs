use anyhow::{Context as _, Result};

use crate::support::client::{Answer, Client};
use crate::support::server::{Folder, Program, Server};
use crate::{HOUR, MINUTE, assert_unauthorized, end, tampered};

fn start(test: &str) -> Result<(Server, Client)> {
    let server = Program::new(env!("CARGO_BIN_EXE_counter"), &Folder::new(test)?).arg("0").start()?;
    let client = Client::new(&server.url);
    Ok((server, client))
}

fn count(answer: &Answer) -> Result<u64> {
    answer.at("/visits")?.as_u64().context("no count")
}

#[test]
fn visits_are_counted_and_an_end_is_an_end() -> Result<()> {
    let (server, mut client) = start("counter")?;

    // Reading does not start a session.
    let nobody = client.get("/session")?;
    assert_eq!((nobody.status, nobody.body.as_str()), (200, "null"));
    assert!(nobody.set_cookies.is_empty(), "{nobody:?}");

    let first = client.get("/")?;
    assert!(first.body.contains("first visit"), "{first:?}");
    let cookie = first.set_cookie("counter").context("no cookie")?;
    assert_eq!(cookie.attribute("samesite"), Some("Strict"));
    assert!(cookie.attribute("httponly").is_some());
    let begun = client.get("/session")?;
    assert!(begun.set_cookies.is_empty(), "looking writes nothing: {begun:?}");

    server.set_ahead(10 * MINUTE)?;
    client.ahead = 10 * MINUTE;
    assert!(client.get("/")?.body.contains("2 times"));
    assert!(client.get("/")?.body.contains("3 times"));

    // Visits do not change the session's id and expiry.
    let visited = client.get("/session")?;
    assert_eq!(count(&visited)?, 3);
    for fact in ["/id", "/created_at", "/expires_at"] {
        assert_eq!(visited.at(fact)?, begun.at(fact)?, "{fact}");
    }

    // So it ends an hour after it started.
    server.set_ahead(HOUR + 1)?;
    let ended = client.get("/session")?;
    assert_eq!(ended.body, "null", "also when the client sends it still");
    assert!(ended.set_cookie("counter").is_some_and(|cookie| cookie.value.is_empty()), "{ended:?}");
    assert!(client.get("/")?.body.contains("first visit"));
    end(server)?;
    Ok(())
}

#[test]
fn a_rotation_moves_the_end() -> Result<()> {
    let (server, mut client) = start("counter-rotate")?;
    assert_unauthorized(&client.post("/rotate")?);
    client.get("/")?;
    let begun = client.get("/session")?;

    server.set_ahead(50 * MINUTE)?;
    client.ahead = 50 * MINUTE;
    assert_eq!(client.post("/rotate")?.status, 200);
    let rotated = client.get("/session")?;
    assert_eq!(count(&rotated)?, 1);
    assert_ne!(rotated.at("/id")?, begun.at("/id")?);
    let end = |answer: &Answer| answer.at("/expires_at").map(|time| time.as_u64());
    assert!(end(&rotated)? >= end(&begun)?.map(|time| time + 50 * MINUTE));

    server.set_ahead(HOUR + 30 * MINUTE)?;
    client.ahead = HOUR + 30 * MINUTE;
    assert!(client.get("/")?.body.contains("2 times"), "past the first hour");
    Ok(())
}

#[test]
fn a_cleared_session_is_forgotten() -> Result<()> {
    let (_server, mut client) = start("counter-clear")?;
    client.get("/")?;
    client.get("/")?;
    let clear = client.post("/clear")?;
    assert_eq!(clear.status, 200);
    assert_eq!(clear.set_cookie("counter").and_then(|cookie| cookie.attribute("max-age")), Some("0"));
    assert_eq!(client.cookie("counter"), None);
    assert!(client.get("/")?.body.contains("first visit"));
    Ok(())
}

#[test]
fn a_header_goes_before_the_cookie() -> Result<()> {
    let (server, mut client) = start("counter-header")?;
    client.get("/")?;
    let token = client.cookie("counter").context("no cookie")?;
    let mut other = Client::new(&server.url);
    for _ in 0..4 {
        other.get("/")?;
    }
    assert_eq!(count(&other.get("/session")?)?, 4);
    assert_eq!(count(&other.get_with("/session", "x-counter-session", &token)?)?, 1);
    // If it is not valid, the cookie is tried.
    let bad = tampered(&token, 3)?;
    assert_eq!(count(&other.get_with("/session", "x-counter-session", &bad)?)?, 4);
    other.put_cookie("counter", &bad);
    assert_eq!(other.get("/session")?.body, "null");
    Ok(())
}
