//! The file of the keys.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Result;

use crate::support::client::Client;
use crate::support::server::Folder;
use crate::{assert_unauthorized, key_file, logged_in, login, program, start};

#[test]
fn keys_are_kept_for_the_owner_alone_and_survive_a_restart() -> Result<()> {
    let folder = Folder::new("restart")?;
    let server = start(&folder)?;
    assert_eq!(fs::metadata(key_file(&folder))?.permissions().mode() & 0o7777, 0o600);
    let keys = fs::read(key_file(&folder))?;
    let mut client = Client::new(&server.url);
    let login = login(&mut client, "ada")?;
    let ended = server.interrupt()?;
    assert!(ended.status.success(), "{ended:?}");
    assert!(
        ended.stderr.contains(&key_file(&folder).display().to_string()),
        "names the file: {}",
        ended.stderr
    );

    let server = start(&folder)?;
    assert_eq!(fs::read(key_file(&folder))?, keys);
    client.moves_to(&server.url);
    let me = client.get("/me")?;
    assert_eq!(me.status, 200, "{me:?}");
    assert_eq!(me.at("/access/id")?, login.at("/access/id")?);
    assert_eq!(me.at("/refresh/id")?, login.at("/refresh/id")?);
    Ok(())
}

#[test]
fn with_other_keys_the_old_cookies_are_refused_and_not_removed() -> Result<()> {
    let (server, mut client, _) = logged_in("old-keys")?;
    let cookies = client.cookie_header("/me");
    server.interrupt()?;

    let server = start(&Folder::new("new-keys")?)?;
    client.moves_to(&server.url);
    let me = client.get("/me")?;
    assert_unauthorized(&me);
    // A failed rollout of keys must not log everybody out.
    assert!(me.set_cookies.is_empty(), "{me:?}");
    assert_eq!(client.cookie_header("/me"), cookies);
    Ok(())
}

#[test]
fn keys_that_are_garbage_or_that_others_can_read_are_refused_at_the_start() -> Result<()> {
    let folder = Folder::new("refused-keys")?;
    start(&folder)?.interrupt()?;
    let good = fs::read_to_string(key_file(&folder))?;

    let refused = |json: &str, mode: u32, reason: &str| -> Result<()> {
        fs::write(key_file(&folder), json)?;
        fs::set_permissions(key_file(&folder), fs::Permissions::from_mode(mode))?;
        let ended = program(&folder).start_to_fail()?;
        assert!(!ended.status.success(), "{ended:?}");
        assert_eq!(ended.stdout, "", "serves nothing");
        assert!(ended.stderr.contains(&key_file(&folder).display().to_string()), "{}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{reason}: {}", ended.stderr);
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
        assert_eq!(fs::read_to_string(key_file(&folder))?, json, "leaves the file alone");
        Ok(())
    };
    refused(&good, 0o640, "chmod 600")?;
    refused(&good, 0o604, "chmod 600")?;
    refused("", 0o600, "no keys")?;
    refused("hunter2", 0o600, "no keys")?;
    refused(r#"{"access_token": "hunter2", "refresh_token": "hunter2"}"#, 0o600, "no keys")?;
    refused(good.split_at(good.len() / 2).0, 0o600, "no keys")?;
    // The library decides about input that is well-formed but not valid.
    refused(
        r#"{"access_token": {"kty": "oct", "k": "hunter2"}, "refresh_token": "hunter2-hunter2-hunter2"}"#,
        0o600,
        "AccessToken",
    )?;

    fs::write(key_file(&folder), &good)?;
    start(&folder)?;
    Ok(())
}
