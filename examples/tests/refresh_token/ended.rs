//! Logins that have ended, and what is left of their cookies: nothing.

use std::fs;

use anyhow::{Result, ensure};

use crate::support::client::Client;
use crate::support::server::Folder;
use crate::{DAY, assert_unauthorized, logged_in, login, start};

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

#[test]
fn an_access_token_counts_only_within_its_login() -> Result<()> {
    let (server, mut person, _) = logged_in("alone")?;
    let mut thief = Client::new(&server.url);
    thief.put_cookie("access_token", &person.cookie("access_token").unwrap_or_default());
    assert_unauthorized(&thief.get("/me")?);

    let mut mallory = Client::new(&server.url);
    login(&mut mallory, "mallory")?;
    mallory.put_cookie("access_token", &person.cookie("access_token").unwrap_or_default());
    let me = mallory.get("/me")?;
    assert_eq!(me.at("/access/data/sub")?, "mallory", "made anew from the login");
    assert_eq!(person.get("/me")?.status, 200, "ada's own lives");
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
