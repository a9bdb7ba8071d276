//! Starts the program `refresh-token` and drives it over a real socket, as a browser does.
#![cfg(unix)] // modes of files, and Ctrl-C
#![allow(unreachable_pub, reason = "a test has no outside: `pub` says what its other modules use")]

#[path = "../support/mod.rs"]
mod support;

mod devices;
mod ended;
mod keys;
mod place;
mod process;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use support::client::{Answer, Client, SetCookie, now};
use support::server::{Folder, Program, Server};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

fn key_file(folder: &Folder) -> PathBuf {
    folder.file("keys.json")
}

fn program(folder: &Folder) -> Program {
    let program = Program::new(env!("CARGO_BIN_EXE_refresh-token"), folder);
    program.arg("0").arg("--keys").arg(key_file(folder)).log("warn")
}

fn start(folder: &Folder) -> Result<Server> {
    program(folder).start()
}

fn login(client: &mut Client, username: &str) -> Result<Answer> {
    client.post_json("/login", &json!({"username": username, "password": "correct horse"}))
}

/// A separate server, and a client that is logged in as `ada`.
fn logged_in(test: &str) -> Result<(Server, Client, Answer)> {
    let server = start(&Folder::new(test)?)?;
    let mut client = Client::new(&server.url);
    let login = login(&mut client, "ada")?;
    ensure!(login.status == 200, "{login:?}");
    Ok((server, client, login))
}

#[track_caller]
fn assert_unauthorized(answer: &Answer) {
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    assert_eq!(answer.body, "", "no detail");
}

/// The lifetimes of an access token: up to 5 % shorter than its attribute says.
const ACCESS: RangeInclusive<u64> = 855..=900;

/// The lifetime of a refresh token.
const REFRESH: RangeInclusive<u64> = 7 * DAY..=7 * DAY;

/// Tells if the cookie's `Max-Age` is one of these. It counts from the time when the cookie is written, and a key
/// derivation may have come between that and the token's time.
fn lasts(cookie: &SetCookie, lifetimes: &RangeInclusive<u64>) -> Result<bool> {
    let max_age: u64 = cookie.attribute("max-age").context("no Max-Age")?.parse()?;
    Ok((lifetimes.start() - 5..=*lifetimes.end()).contains(&max_age))
}

#[test]
fn without_a_session_there_is_a_page_and_nothing_else() -> Result<()> {
    let server = start(&Folder::new("anonymous")?)?;
    let mut client = Client::new(&server.url);

    let page = client.get("/")?;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.body.contains("demonstration"), "says which passwords will do");
    let script = "text/javascript";
    for (path, content_type) in
        [("/page.css", "text/css"), ("/ask.js", script), ("/devices.js", script), ("/page.js", script)]
    {
        assert!(page.body.contains(&format!("\"{path}\"")), "the page asks for {path}");
        let part = client.get(path)?;
        assert_eq!(part.status, 200);
        assert!(part.header("content-type").is_some_and(|value| value.starts_with(content_type)), "{part:?}");
    }
    // The only URL in it is the name of a format.
    assert!(!page.body.replace("http://www.w3.org/2000/svg", "").contains("//"), "no external resources");

    let me = client.get("/me")?;
    assert_unauthorized(&me);
    assert_unauthorized(&client.post("/renew")?);
    assert_unauthorized(&client.get("/devices")?);
    assert_unauthorized(&client.post("/devices/end-others")?);
    assert_unauthorized(&client.post("/devices/AAAAAAAAAAAAAAAAAAAAAA/end")?);
    assert_unauthorized(&client.post_json("/reauthenticate", &json!({"password": "x"}))?);
    // The request that a form on another site's page would send.
    let logout = client.request("POST", "/logout", &[("sec-fetch-site", "cross-site")], "")?;
    assert_eq!((logout.status, logout.body.as_str()), (403, ""));
    for answer in [page, me, logout] {
        assert!(answer.set_cookies.is_empty(), "{answer:?}");
    }
    Ok(())
}

#[test]
fn a_login_that_is_refused_says_why_and_sets_no_cookie() -> Result<()> {
    let server = start(&Folder::new("bad-login")?)?;
    let mut client = Client::new(&server.url);
    for body in [
        json!({}),
        json!([]),
        json!({"username": "ada"}),
        json!({"password": "x"}),
        json!({"username": "", "password": "x"}),
        json!({"username": " ", "password": "x"}),
        json!({"username": "ada", "password": ""}),
        json!({"username": 1, "password": "x"}),
        json!({"username": "a".repeat(101), "password": "x"}),
    ] {
        let answer = client.post_json("/login", &body)?;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()?.get("error").is_some_and(serde_json::Value::is_string), "{answer:?}");
        assert!(answer.set_cookies.is_empty(), "{answer:?}");
    }
    let wrong = client.post_json("/login", &json!({"username": "ada", "password": "wrong"}))?;
    assert_eq!((wrong.status, wrong.set_cookies.len()), (403, 0), "{wrong:?}");
    // A request that a form on another site's page can send.
    let answer =
        client.send("POST", "/login", Some("text/plain"), r#"{"username":"mallory","password":"x"}"#)?;
    assert_eq!(answer.status, 400);
    assert!(answer.set_cookies.is_empty(), "{answer:?}");
    assert_unauthorized(&client.get("/me")?);
    Ok(())
}

#[test]
fn a_login_sets_two_cookies_and_me_shows_both_sessions() -> Result<()> {
    let (_server, mut client, login) = logged_in("login")?;
    assert_eq!(login.header("cache-control"), Some("private, no-store"));

    let names: Vec<_> = login.set_cookies.iter().map(|cookie| cookie.name.as_str()).collect();
    assert_eq!(BTreeSet::from_iter(names.iter().copied()), BTreeSet::from(["access_token", "refresh_token"]));
    assert_eq!(names.len(), 2, "{names:?}");
    for (name, http_only, lifetimes) in [("access_token", false, ACCESS), ("refresh_token", true, REFRESH)] {
        let cookie = login.set_cookie(name).context(name)?;
        assert_eq!(cookie.attribute("path"), Some("/"));
        assert_eq!(cookie.attribute("samesite"), Some("Lax"));
        assert_eq!(cookie.attribute("httponly").is_some(), http_only, "{name}");
        assert_eq!(cookie.attribute("domain"), None);
        // Plain HTTP here.
        assert_eq!(cookie.attribute("secure"), None);
        assert!(lasts(cookie, &lifetimes)?, "{cookie:?}");
    }

    let me = client.get("/me")?;
    assert_eq!(me.status, 200);
    assert!(me.set_cookies.is_empty(), "reading a valid session writes nothing");
    for (session, lifetimes) in [("access", ACCESS), ("refresh", REFRESH)] {
        for member in ["id", "created_at", "expires_at", "data"] {
            let pointer = format!("/{session}/{member}");
            assert_eq!(me.at(&pointer)?, login.at(&pointer)?, "{pointer}");
        }
        assert_eq!(me.at(&format!("/{session}/data"))?, json!({"sub": "ada", "scope": ["read:profile"]}));
        let created = me.at(&format!("/{session}/created_at"))?.as_u64().context("no number")?;
        let expires = me.at(&format!("/{session}/expires_at"))?.as_u64().context("no number")?;
        assert!(lifetimes.contains(&(expires - created)), "{session}: {created} to {expires}");
        assert!(created.abs_diff(now()) < MINUTE, "{created}");
    }
    assert_ne!(me.at("/access/id")?, me.at("/refresh/id")?);
    Ok(())
}

#[test]
fn another_login_replaces_both_sessions() -> Result<()> {
    let (_server, mut client, first) = logged_in("relogin")?;
    let second = login(&mut client, "grace")?;
    assert_eq!(second.set_cookies.len(), 2);
    let me = client.get("/me")?;
    for session in ["access", "refresh"] {
        assert_eq!(me.at(&format!("/{session}/data/sub"))?, "grace");
        assert_eq!(me.at(&format!("/{session}/id"))?, second.at(&format!("/{session}/id"))?);
        assert_ne!(me.at(&format!("/{session}/id"))?, first.at(&format!("/{session}/id"))?);
    }
    Ok(())
}

#[test]
fn renewing_makes_new_tokens_of_both_sessions() -> Result<()> {
    let (server, mut client, login) = logged_in("rotate")?;
    server.set_ahead(5 * MINUTE)?;
    let renewed = client.post("/renew")?;
    assert_eq!(renewed.status, 200);
    assert_eq!(renewed.set_cookies.len(), 2);
    let me = client.get("/me")?;
    for session in ["access", "refresh"] {
        assert_ne!(me.at(&format!("/{session}/id"))?, login.at(&format!("/{session}/id"))?);
        assert_eq!(me.at(&format!("/{session}/id"))?, renewed.at(&format!("/{session}/id"))?);
        assert_eq!(me.at(&format!("/{session}/data"))?, login.at(&format!("/{session}/data"))?);
        let later = |answer: &Answer| answer.at(&format!("/{session}/expires_at")).map(|time| time.as_u64());
        // Less the 45 seconds by which the lifetimes of access tokens differ.
        assert!(later(&me)? >= later(&login)?.map(|time| time + 5 * MINUTE - 45));
    }
    Ok(())
}

/// The access token's 15 minutes are over: the next request gets a new one from its login, which rotates.
fn renewal(test: &str, browser_drops_the_cookie: bool) -> Result<()> {
    let (server, mut client, login) = logged_in(test)?;
    let refresh_cookie = client.cookie("refresh_token");

    server.set_ahead(14 * MINUTE)?;
    assert_eq!(client.get("/me")?.at("/access/id")?, login.at("/access/id")?, "not before its time");

    server.set_ahead(15 * MINUTE + 1)?;
    if browser_drops_the_cookie {
        client.ahead = 15 * MINUTE + 1;
    }
    assert_eq!(client.cookie("access_token").is_none(), browser_drops_the_cookie);

    // Another tab asks at the same time, and a response may be lost.
    let mut other_tab = client.clone();
    let me = client.get("/me")?;
    assert_eq!(me.status, 200, "{me:?}");
    assert_eq!(other_tab.get("/me")?.at("/access/data")?, login.at("/access/data")?);
    for (session, cookie, lifetimes) in
        [("access", "access_token", ACCESS), ("refresh", "refresh_token", REFRESH)]
    {
        assert_ne!(me.at(&format!("/{session}/id"))?, login.at(&format!("/{session}/id"))?);
        assert_eq!(me.at(&format!("/{session}/data"))?, login.at(&format!("/{session}/data"))?);
        let cookie = me.set_cookie(cookie).context(cookie)?;
        assert!(lasts(cookie, &lifetimes)?, "{cookie:?}");
    }
    assert_ne!(client.cookie("refresh_token"), refresh_cookie);

    // The new cookies are ordinary sessions.
    let again = client.get("/me")?;
    for session in ["access", "refresh"] {
        assert_eq!(again.at(&format!("/{session}/id"))?, me.at(&format!("/{session}/id"))?);
    }
    assert!(again.set_cookies.is_empty());
    Ok(())
}

#[test]
fn an_expired_access_token_that_still_comes_is_renewed() -> Result<()> {
    renewal("renewal-cookie-sent", false)
}

#[test]
fn an_access_token_that_the_browser_dropped_is_renewed() -> Result<()> {
    renewal("renewal-cookie-gone", true)
}

#[test]
fn when_the_refresh_session_is_over_too_the_visitor_is_logged_out() -> Result<()> {
    let (server, mut client, _) = logged_in("both-expired")?;
    server.set_ahead(7 * DAY + 1)?;
    // First both cookies are sent, then neither.
    assert_unauthorized(&client.get("/me")?);
    client.ahead = 7 * DAY + 1;
    assert_eq!((client.cookie("access_token"), client.cookie("refresh_token")), (None, None));
    assert_unauthorized(&client.get("/me")?);
    Ok(())
}

#[test]
fn a_logout_removes_both_cookies() -> Result<()> {
    let (_server, mut client, _) = logged_in("logout")?;
    let logout = client.post("/logout")?;
    assert_eq!((logout.status, logout.body.as_str()), (204, ""));
    assert_eq!(logout.set_cookies.len(), 2);
    for name in ["access_token", "refresh_token"] {
        let cookie = logout.set_cookie(name).context(name)?;
        assert_eq!((cookie.value.as_str(), cookie.attribute("max-age")), ("", Some("0")));
        // A browser removes the cookie of that name and path only.
        assert_eq!(cookie.attribute("path"), Some("/"));
        assert_eq!(client.cookie(name), None);
    }
    assert_unauthorized(&client.get("/me")?);
    Ok(())
}

#[test]
fn a_logout_works_when_the_access_token_has_expired() -> Result<()> {
    let (server, mut client, _) = logged_in("late-logout")?;
    server.set_ahead(16 * MINUTE)?;
    client.ahead = 16 * MINUTE;
    assert_eq!(client.post("/logout")?.status, 204);
    assert_eq!((client.cookie("access_token"), client.cookie("refresh_token")), (None, None));
    assert_unauthorized(&client.get("/me")?);
    Ok(())
}
