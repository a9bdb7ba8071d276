//! The program as a process: its log, its output and its end.

use anyhow::Result;

use crate::support::client::Client;
use crate::support::server::Folder;
use crate::{MINUTE, assert_unauthorized, login, program, start};

#[test]
fn the_log_names_each_hook_that_ran_and_holds_no_token() -> Result<()> {
    let folder = Folder::new("log")?;
    let server = program(&folder).log("info,unjwt=trace").start()?;
    let mut client = Client::new(&server.url);
    login(&mut client, "ada")?;
    client.get("/me")?;
    server.set_ahead(16 * MINUTE)?;
    client.get("/me")?;
    client.post("/logout")?;
    client.put_cookie("access_token", "garbage.of.somebody");
    assert_unauthorized(&client.get("/me")?);

    let ended = server.interrupt()?;
    let line = |message: &str, session: &str| {
        ended
            .stderr
            .lines()
            .any(|line| line.contains(message) && line.contains(&format!("session=\"{session}\"")))
    };
    for (message, session) in [
        ("on_update: ", "access_token"),
        ("on_update: ", "refresh_token"),
        ("on_read: ", "access_token"),
        ("on_read: ", "refresh_token"),
        ("on_expire: ", "access_token"),
        ("on_clear: ", "access_token"),
        ("on_clear: ", "refresh_token"),
        ("on_error: ", "access_token"),
    ] {
        assert!(line(message, session), "no {message}of {session} in\n{}", ended.stderr);
    }
    assert!(!line("on_expire: ", "refresh_token"), "it did not expire:\n{}", ended.stderr);

    assert!(client.seen.len() >= 3, "{}", client.seen.len());
    for part in client.seen.iter().flat_map(|token| token.split('.')).filter(|part| part.len() >= 16) {
        assert!(!ended.stderr.contains(part), "a part of a token is in the log");
    }
    Ok(())
}

#[test]
fn it_prints_one_line_and_ends_well_on_ctrl_c() -> Result<()> {
    let server = start(&Folder::new("one-line")?)?;
    let url = server.url.clone();
    let mut client = Client::new(&url);
    // An open connection does not delay it.
    client.get("/")?;
    let ended = server.interrupt()?;
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(ended.stdout, format!("open {url}\n"));
    Ok(())
}
