use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::support::client::{Answer, Client};
use crate::support::server::{Folder, Program, Server};
use crate::{HOUR, MINUTE, assert_no_token_in, assert_unauthorized, end, tampered};

const HOOKS: [&str; 7] = ["key_lookup", "on_read", "on_update", "on_expire", "renew", "on_error", "on_clear"];

fn start(test: &str) -> Result<(Server, Client)> {
    let program = Program::new(env!("CARGO_BIN_EXE_audit-hooks"), &Folder::new(test)?).arg("0");
    let server = program.log("audit_hooks=info").start()?;
    let client = Client::new(&server.url);
    Ok((server, client))
}

fn login(client: &mut Client) -> Result<Answer> {
    let answer = client.post_json("/login", &json!({ "user": "grace" }))?;
    assert_eq!(answer.status, 200, "{answer:?}");
    Ok(answer)
}

/// The hooks that ran, one per line.
fn hooks(log: &str) -> Result<Vec<&'static str>> {
    let hook = |line: &str| {
        let mut named = HOOKS.into_iter().filter(|hook| line.contains(&format!(" audit_hooks: {hook}")));
        named.next().filter(|_| named.next().is_none()).with_context(|| format!("not one hook: {line}"))
    };
    // The lines of the library itself, in a debug build, are not a hook's.
    log.lines().filter(|line| !line.starts_with("unjwt (debug build): ")).map(hook).collect()
}

#[test]
fn each_hook_writes_one_line() -> Result<()> {
    let (server, mut client) = start("audit")?;
    let mut expected = Vec::new();

    login(&mut client)?; // First nobody is signed in, then somebody is.
    expected.extend(["renew", "on_update"]);
    client.get("/me")?;
    expected.extend(["key_lookup", "on_read"]);
    client.post_json("/rename", &json!({ "user": "Grace" }))?;
    expected.extend(["key_lookup", "on_read", "on_update"]);
    let good = client.cookie("sid").context("no session")?;

    server.set_ahead(6 * MINUTE)?;
    client.ahead = 6 * MINUTE;
    let renewed = client.get("/me")?; // The cookie outlives its token.
    assert_eq!((renewed.status, renewed.at("/user")?), (200, json!("Grace")));
    assert_ne!(client.cookie("sid"), Some(good.clone()));
    expected.extend(["key_lookup", "on_expire", "on_update", "renew"]);

    let current = client.cookie("sid").context("no session")?;
    client.put_cookie("sid", &tampered(&current, 3)?);
    assert_unauthorized(&client.get("/me")?);
    expected.extend(["key_lookup", "on_error", "renew"]); // There may be another session to renew it from.
    client.put_cookie("sid", "garbage"); // Without a header there is nothing to look a key up for.
    assert_unauthorized(&client.get("/me")?);
    expected.extend(["on_error", "renew"]);

    client.put_cookie("sid", &current);
    let too_large = client.post_json("/rename", &json!({ "user": "a".repeat(20_000) }))?;
    assert_eq!(too_large.status, 413, "{too_large:?}");
    assert!(too_large.set_cookies.is_empty(), "{too_large:?}");
    expected.extend(["key_lookup", "on_read", "on_error"]);

    assert_eq!(client.post("/logout")?.status, 204);
    expected.extend(["key_lookup", "on_read", "on_clear"]);

    let log = end(server)?;
    assert_eq!(hooks(&log)?, expected, "{log}");
    assert_eq!(BTreeSet::from_iter(expected), BTreeSet::from(HOOKS), "every hook ran");
    assert!(log.contains("ERR_SESSION_TOO_LARGE") && log.contains("ERR_JWE_DECRYPTION_FAILED"), "{log}");
    assert!(!log.contains("grace") && !log.contains("Grace"), "ids, and no names: {log}");
    let tokens: Vec<String> = client.seen.into_iter().chain([tampered(&current, 3)?]).collect();
    assert_no_token_in(&log, &tokens);
    Ok(())
}

#[test]
fn a_logout_ends_every_copy_of_the_session() -> Result<()> {
    let (server, mut client) = start("audit-revoked")?;
    login(&mut client)?;
    let stolen_early = client.cookie("sid").context("no session")?;
    client.post_json("/rename", &json!({ "user": "Grace" }))?;
    let stolen_late = client.cookie("sid").context("no session")?;
    assert_ne!(stolen_early, stolen_late);
    let thief = |token: &str| {
        let mut thief = Client::new(&server.url);
        thief.put_cookie("sid", token);
        thief.get("/me")
    };
    assert_eq!(thief(&stolen_early)?.status, 200, "until the logout nothing ends it");

    let mut other = Client::new(&server.url);
    login(&mut other)?;
    assert_eq!(client.post("/logout")?.status, 204);
    for token in [&stolen_early, &stolen_late] {
        assert_unauthorized(&thief(token)?);
    }
    assert_eq!(other.get("/me")?.status, 200, "another login is another login");

    // An expired copy is not renewed either.
    server.set_ahead(6 * MINUTE)?;
    for token in [&stolen_early, &stolen_late] {
        assert_unauthorized(&thief(token)?);
    }
    assert_eq!(other.get("/me")?.status, 200);
    server.set_ahead(2 * HOUR)?;
    assert_unauthorized(&other.get("/me")?);

    let log = end(server)?;
    let refused = |line: &&str| line.contains("on_read") && line.contains("revoked=true");
    assert_eq!(log.lines().filter(refused).count(), 2, "{log}");
    for outcome in ["outcome=\"revoked\"", "outcome=\"too late\""] {
        assert!(log.contains(outcome), "{outcome}: {log}");
    }
    Ok(())
}
