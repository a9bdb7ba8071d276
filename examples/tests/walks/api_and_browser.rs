use anyhow::{Context as _, Result};
use serde_json::json;

use crate::support::client::{Answer, Client};
use crate::support::server::{Folder, Program, Server};
use crate::{HOUR, assert_no_token_in, assert_unauthorized, end, tampered};

const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

fn start(test: &str) -> Result<(Server, Client)> {
    let server = Program::new(env!("CARGO_BIN_EXE_api-and-browser"), &Folder::new(test)?).arg("0").start()?;
    let client = Client::new(&server.url);
    Ok((server, client))
}

fn bearer(client: &mut Client) -> Result<String> {
    let answer = client.post("/api/token")?;
    assert!(answer.set_cookies.is_empty(), "a program has no use for a cookie: {answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    Ok(format!("Bearer {}", answer.at("/access_token")?.as_str().context("no token")?))
}

#[track_caller]
fn assert_led_to_login(answer: &Answer) {
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")), "{answer:?}");
}

fn note(client: &mut Client, headers: &[(&str, &str)]) -> Result<u16> {
    let headers: Vec<_> = headers.iter().copied().chain([("content-type", "application/json")]).collect();
    Ok(client.request("POST", "/notes", &headers, &json!({ "text": "milk" }).to_string())?.status)
}

#[test]
fn a_person_is_led_to_the_login_and_a_program_gets_a_401() -> Result<()> {
    let (server, mut client) = start("api-anonymous")?;
    let person = client.get_with("/notes", "accept", HTML)?;
    assert_led_to_login(&person);
    for answer in [client.get("/notes")?, client.get_with("/notes", "accept", "application/json")?] {
        assert_unauthorized(&answer);
        // A cache must not give one client's answer to the other, nor anybody's notes to anybody else.
        for name in ["accept", "authorization", "cookie"] {
            assert!(answer.list("vary").contains(&name.to_owned()), "{name}: {answer:?}");
        }
    }
    assert!(person.list("vary").contains(&"accept".to_owned()), "{person:?}");
    assert_eq!(note(&mut client, &[])?, 401);

    // The same for a token that has expired or was never valid.
    client.post("/login")?;
    let cookie = client.cookie("sid").context("no session")?;
    client.put_cookie("sid", &tampered(&cookie, 3)?);
    assert_led_to_login(&client.get_with("/notes", "accept", HTML)?);
    assert_unauthorized(&client.get("/notes")?);
    client.put_cookie("sid", &cookie);
    assert_eq!(client.get("/notes")?.status, 200);
    server.set_ahead(8 * HOUR + 1)?;
    assert_led_to_login(&client.get_with("/notes", "accept", HTML)?);
    Ok(())
}

#[test]
fn a_browser_signs_in_with_a_cookie() -> Result<()> {
    let (server, mut client) = start("api-browser")?;
    assert!(client.get("/login")?.body.contains("<form method=post>"));
    let login = client.post("/login")?;
    assert_eq!((login.status, login.header("location")), (303, Some("/notes")));
    let cookie = login.set_cookie("sid").context("no cookie")?;
    // These keep other sites from using it, and scripts from reading it.
    assert_eq!(cookie.attribute("samesite"), Some("Lax"));
    assert!(cookie.attribute("httponly").is_some());

    let page = client.get_with("/notes", "accept", HTML)?;
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{page:?}");
    assert!(page.body.contains("Ada has 0 notes"), "{page:?}");
    assert_eq!(client.get("/notes")?.at("/via")?, "Cookie");

    // A script of our own page, and curl, which sends no origin.
    assert_eq!(note(&mut client, &[("sec-fetch-site", "same-origin")])?, 201);
    assert_eq!(note(&mut client, &[])?, 201);
    // A user does this directly, without a page.
    assert_eq!(note(&mut client, &[("sec-fetch-site", "none")])?, 201);
    for site in ["same-site", "cross-site"] {
        assert_eq!(note(&mut client, &[("sec-fetch-site", site)])?, 403, "{site}");
    }
    assert_eq!(note(&mut client, &[("origin", "http://evil.example")])?, 403);
    assert_eq!(client.get("/notes")?.at("/notes")?, json!(["milk", "milk", "milk"]));

    assert_eq!(client.post("/logout")?.status, 303);
    assert_led_to_login(&client.get_with("/notes", "accept", HTML)?);
    assert_no_token_in(&end(server)?, &client.seen.iter().cloned().collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_program_sends_a_header_which_goes_before_a_cookie() -> Result<()> {
    let (_server, mut client) = start("api-program")?;
    let bearer = bearer(&mut client)?;
    let answer = client.get_with("/notes", "authorization", &bearer)?;
    assert_eq!((answer.at("/user")?, answer.at("/via")?), (json!("Ada's program"), json!("Header")));
    // Whoever sends the header has the token, wherever the request comes from.
    assert_eq!(note(&mut client, &[("authorization", &bearer), ("sec-fetch-site", "cross-site")])?, 201);
    let lower = bearer.replace("Bearer", "bearer");
    assert_eq!(client.get_with("/notes", "authorization", &lower)?.status, 200);
    let basic = bearer.replace("Bearer", "Basic");
    assert_unauthorized(&client.get_with("/notes", "authorization", &basic)?);
    assert_unauthorized(&client.get_with("/notes", "authorization", &tampered(&bearer, 3)?)?);

    client.post("/login")?;
    assert_eq!(client.get_with("/notes", "authorization", &bearer)?.at("/via")?, "Header");
    // Neither of these is a session, so the cookie is tried, under its own rules.
    for header in [basic, tampered(&bearer, 3)?] {
        assert_eq!(client.get_with("/notes", "authorization", &header)?.at("/via")?, "Cookie");
        assert_eq!(note(&mut client, &[("authorization", &header), ("sec-fetch-site", "cross-site")])?, 403);
    }
    Ok(())
}
