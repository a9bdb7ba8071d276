//! Logins that have ended, and what is left of their cookies: nothing.

use std::fs;

use anyhow::{Result, ensure};

use crate::support::client::Client;
use crate::support::server::Folder;
use crate::{DAY, MINUTE, assert_unauthorized, logged_in, login, start};

#[test]
fn a_copy_of_the_cookies_is_dead_after_a_logout_and_after_a_restart() -> Result<()> {
    let folder = Folder::new("copied")?;
    let server = start(&folder)?;
    let (mut person, mut elsewhere) = (Client::new(&server.url), Client::new(&server.url));
    login(&mut person, "ada")?;
    login(&mut elsewhere, "ada")?;
    let mut thief = person.clone();
    assert_eq!(thief.get("/me")?.status, 200, "before");

    assert_eq!(person.post("/logout")?.status, 204);
    let refused = |thief: &mut Client| -> Result<()> {
        for answer in [thief.get("/me")?, thief.post("/renew")?, thief.get("/devices")?] {
            assert_unauthorized(&answer);
        }
        Ok(())
    };
    refused(&mut thief)?;
    let ended = server.interrupt()?;
    assert!(ended.stderr.contains("refresh-token-logins.db"), "names the file: {}", ended.stderr);

    let server = start(&folder)?;
    thief.moves_to(&server.url);
    refused(&mut thief)?;
    // The other login of the same user lives, and one that begins in the thief's browser is not held up.
    elsewhere.moves_to(&server.url);
    assert_eq!(elsewhere.get("/me")?.status, 200);
    assert_eq!(login(&mut thief, "mallory")?.status, 200);
    Ok(())
}

/// A copy of the access token alone is good until it expires or its login ends.
#[test]
fn an_access_token_ends_with_its_login() -> Result<()> {
    let (server, mut person, _) = logged_in("alone")?;
    let mut thief = Client::new(&server.url);
    thief.put_cookie("access_token", &person.cookie("access_token").unwrap_or_default());
    assert_eq!(thief.get("/me")?.status, 200);
    assert_unauthorized(&thief.post("/renew")?);
    assert_unauthorized(&thief.get("/devices")?);

    assert_eq!(person.post("/logout")?.status, 204);
    assert_unauthorized(&thief.get("/me")?);
    Ok(())
}

/// A program that sends the access token alone logs out too.
#[test]
fn a_logout_with_the_access_token_alone_ends_the_login() -> Result<()> {
    let (server, mut person, _) = logged_in("logout-alone")?;
    let mut page = Client::new(&server.url);
    page.put_cookie("access_token", &person.cookie("access_token").unwrap_or_default());
    assert_eq!(page.post("/logout")?.status, 204);
    assert_unauthorized(&person.get("/me")?);
    Ok(())
}

/// Somebody copied both cookies, and waits. The owner goes on, and renews twice.
#[test]
fn a_copy_that_comes_after_a_renewal_ends_the_login_for_both() -> Result<()> {
    let folder = Folder::new("reused")?;
    let server = start(&folder)?;
    let mut person = Client::new(&server.url);
    login(&mut person, "ada")?;
    let mut thief = person.clone();
    for minutes in [16, 32] {
        server.set_ahead(minutes * MINUTE)?;
        assert_eq!(person.get("/me")?.status, 200);
    }
    // Later than any request that was on its way.
    server.set_ahead(33 * MINUTE)?;
    assert_unauthorized(&thief.get("/me")?);
    assert_unauthorized(&person.get("/me")?);
    let ended = server.interrupt()?;
    assert!(ended.stderr.contains("on_reuse: a copy of a token came"), "{}", ended.stderr);

    let server = start(&folder)?;
    person.moves_to(&server.url);
    assert_eq!(login(&mut person, "ada")?.status, 200, "signs in again");
    Ok(())
}

#[test]
fn no_renewal_passes_thirty_days() -> Result<()> {
    let (server, mut client, login) = logged_in("absolute")?;
    let signed_in = login.at("/refresh/created_at")?.as_u64().unwrap_or_default();
    for day in [6, 12, 18, 24, 29] {
        server.set_ahead(day * DAY)?;
        client.ahead = day * DAY;
        let renewed = client.post("/renew")?;
        ensure!(renewed.status == 200, "day {day}: {renewed:?}");
        let end = renewed.at("/refresh/expires_at")?.as_u64().unwrap_or_default();
        assert!(end <= signed_in + 30 * DAY, "day {day}: {end}");
    }
    server.set_ahead(30 * DAY + 1)?;
    assert_unauthorized(&client.get("/me")?);
    Ok(())
}

/// The file of the store is away, so that the end of a login cannot be written.
#[test]
fn a_logout_while_the_store_is_out_counts_here_and_is_written_later() -> Result<()> {
    let folder = Folder::new("outage")?;
    let server = start(&folder)?;
    let mut person = Client::new(&server.url);
    login(&mut person, "ada")?;
    let mut thief = person.clone();
    let (file, away) = (folder.file("refresh-token-logins.db"), folder.file("away.db"));

    fs::rename(&file, &away)?;
    let logout = person.post("/logout")?;
    assert_eq!(logout.status, 503, "tells that others do not know yet: {logout:?}");
    assert_eq!((person.cookie("access_token"), person.cookie("refresh_token")), (None, None));
    assert_unauthorized(&thief.get("/me")?);
    assert_eq!(login(&mut person, "ada")?.status, 503, "nobody can sign in meanwhile");

    fs::rename(&away, &file)?;
    // Another process has the same file. It learns of the end once the first has written it.
    let other = start(&folder)?;
    thief.moves_to(&other.url);
    thief.get_until("/me", 401)?;
    assert_eq!(login(&mut person, "ada")?.status, 200);
    Ok(())
}
