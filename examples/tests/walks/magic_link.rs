use anyhow::{Context as _, Result};
use serde_json::json;

use crate::support::client::Client;
use crate::support::server::{Folder, Program, Server};
use crate::{MINUTE, assert_no_token_in, assert_unauthorized, end, tampered};

fn start(test: &str) -> Result<(Server, Client)> {
    let server = Program::new(env!("CARGO_BIN_EXE_magic-link"), &Folder::new(test)?).arg("0").start()?;
    let client = Client::new(&server.url);
    Ok((server, client))
}

/// Requests a link and takes it from the page's outbox.
fn link(client: &mut Client, email: &str) -> Result<String> {
    let asked = client.post_json("/link", &json!({ "email": email }))?;
    assert_eq!((asked.status, asked.body.as_str()), (202, ""), "{asked:?}");
    assert!(asked.set_cookies.is_empty(), "asking for a link is no login: {asked:?}");
    let page = client.get("/")?;
    let (_, link) = page.body.rsplit_once("<a href=\"").context("no link")?;
    Ok(link.split_once('"').context("no end")?.0.to_owned())
}

fn assert_no_good(client: &mut Client, link: &str) -> Result<()> {
    for answer in [client.get(link)?, client.post(link)?] {
        assert_eq!(answer.status, 403, "{answer:?}");
        assert!(answer.body.contains("no good any more"), "{answer:?}");
        assert!(answer.set_cookies.is_empty(), "{answer:?}");
    }
    Ok(())
}

#[test]
fn a_link_signs_in_once() -> Result<()> {
    let (server, mut client) = start("magic-link")?;
    let link = link(&mut client, "ada@example.com")?;
    assert_unauthorized(&client.get("/me")?);

    // A mail scanner follows it too, several times.
    for _ in 0..3 {
        let page = client.get(&link)?;
        assert_eq!((page.status, page.header("referrer-policy")), (200, Some("no-referrer")));
        assert!(page.body.contains("ada@example.com"), "{page:?}");
        assert!(page.set_cookies.is_empty(), "{page:?}");
    }

    let followed = client.post(&link)?;
    assert_eq!((followed.status, followed.header("location")), (303, Some("/")));
    assert!(followed.set_cookie("sid").is_some_and(|cookie| cookie.attribute("httponly").is_some()));
    assert_eq!(client.get("/me")?.at("/email")?, "ada@example.com");

    // Somebody who finds the email later.
    let mut thief = Client::new(&server.url);
    assert_no_good(&mut thief, &link)?;
    assert_unauthorized(&thief.get("/me")?);
    assert_eq!(client.get("/me")?.status, 200, "the session does not mind");

    for client in [&mut thief, &mut client] {
        let from_elsewhere = client.request("POST", "/logout", &[("sec-fetch-site", "cross-site")], "")?;
        assert_eq!((from_elsewhere.status, from_elsewhere.set_cookies.len()), (403, 0));
    }
    assert_eq!(client.get("/me")?.status, 200);
    assert_eq!(client.post("/logout")?.status, 303);
    assert_unauthorized(&client.get("/me")?);
    assert_no_good(&mut client, &link)?;

    let tokens: Vec<String> = client.seen.iter().cloned().chain([link]).collect();
    assert_no_token_in(&end(server)?, &tokens);
    Ok(())
}

#[test]
fn of_two_who_follow_it_at_once_one_is_signed_in() -> Result<()> {
    let (server, mut client) = start("magic-link-race")?;
    let link = &link(&mut client, "ada@example.com")?;
    let url = &server.url;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|_| scope.spawn(move || Client::new(url).post(link).map(|answer| answer.status)))
            .collect();
        racers.into_iter().filter_map(|racer| racer.join().ok()?.ok()).collect()
    });
    assert_eq!(statuses.len(), 8);
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    Ok(())
}

#[test]
fn a_link_of_somebody_elses_making_is_refused() -> Result<()> {
    let (server, mut client) = start("magic-link-tampered")?;
    let link = link(&mut client, "ada@example.com")?;
    let token = link.strip_prefix("/login/").context("no token")?;

    // The header, the nonce, the address, and the tag.
    for segment in [0, 2, 3, 4] {
        assert_no_good(&mut client, &format!("/login/{}", tampered(token, segment)?))?;
    }
    for token in ["x", "a.b.c.d.e", "..", &token[..token.len() - 1]] {
        assert_no_good(&mut client, &format!("/login/{token}"))?;
    }
    // A link of another server, which has another key.
    let (_other, mut stranger) = start("magic-link-stranger")?;
    let strange = super::magic_link::link(&mut stranger, "ada@example.com")?;
    assert_no_good(&mut client, &strange)?;

    // None of these used it up.
    assert_eq!(client.post(&link)?.status, 303);
    end(server)?;
    Ok(())
}

#[test]
fn a_link_lives_for_15_minutes() -> Result<()> {
    let (server, mut client) = start("magic-link-expired")?;
    let (first, second) = (link(&mut client, "ada@example.com")?, link(&mut client, "ada@example.com")?);
    server.set_ahead(14 * MINUTE)?;
    assert_eq!(client.post(&first)?.status, 303);
    server.set_ahead(15 * MINUTE + 1)?;
    // One was used, one was not; now neither is valid.
    assert_no_good(&mut client, &first)?;
    assert_no_good(&mut client, &second)?;
    assert_eq!(client.get("/me")?.status, 200, "the session lives on");
    Ok(())
}

#[test]
fn a_link_is_no_session_and_a_session_is_no_link() -> Result<()> {
    let (_server, mut client) = start("magic-link-types")?;
    let link = link(&mut client, "ada@example.com")?;
    let token = link.strip_prefix("/login/").context("no token")?.to_owned();

    let mut thief = Client::new(_server.url.as_str());
    for cookie in ["sid", "magic_link"] {
        thief.put_cookie(cookie, &token);
        assert_unauthorized(&thief.get("/me")?);
    }
    for header in ["x-sid-session", "x-magic_link-session", "authorization"] {
        assert_unauthorized(&Client::new(&_server.url).get_with("/me", header, &token)?);
    }

    assert_eq!(client.post(&link)?.status, 303);
    let session = client.cookie("sid").context("no session")?;
    assert_no_good(&mut client, &format!("/login/{session}"))
}

#[test]
fn a_link_goes_to_a_mail_address_only() -> Result<()> {
    let (_server, mut client) = start("magic-link-address")?;
    for email in ["", "ada", "@example.com", "ada@", "ada@localhost", "<b>@example.com", "a b@example.com"] {
        assert_eq!(client.post_json("/link", &json!({ "email": email }))?.status, 400, "{email}");
    }
    // A request that a form on another site's page can send.
    let form = client.send("POST", "/link", Some("text/plain"), r#"{"email":"ada@example.com"}"#)?;
    assert_eq!(form.status, 400);
    assert!(!client.get("/")?.body.contains("<li>"));
    Ok(())
}
