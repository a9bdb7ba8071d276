//! Runs the console transcripts of the READMEs: bash runs each command, and its output is compared with the
//! README.
#![cfg(unix)] // bash, and Ctrl-C
#![allow(unreachable_pub, reason = "a test has no outside: `pub` says what its other modules use")]

#[path = "../support/mod.rs"]
mod support;

mod compare;
mod document;
mod shell;

use anyhow::{Context as _, Result, ensure};
use compare::{Shown, Walk};
use document::Document;
use shell::Shell;
use support::server::{Folder, Program, Server};

/// Runs every step. `before` is called with each one and returns the addresses of the servers that the README
/// has at these ports.
fn walk(
    document: &Document,
    shell: &mut Shell,
    shown: Shown,
    mut before: impl FnMut(&str) -> Result<Vec<(u16, String)>>,
) -> Result<()> {
    let mut walk = Walk::new(shown);
    for step in &document.steps {
        let mut command = step.command.clone();
        for (port, url) in before(&command)? {
            command = command.replace(&format!("http://127.0.0.1:{port}"), &url);
        }
        let output = shell.run(&command)?;
        walk.compare(&step.shown, &output).with_context(|| format!("$ {}", step.command))?;
    }
    Ok(())
}

fn start_refresh_token(folder: &Folder) -> Result<Server> {
    let program = Program::new(env!("CARGO_BIN_EXE_refresh-token"), folder).arg("0");
    program.arg("--keys").arg(folder.file("keys.json")).start()
}

fn start(path: &str, folder: &Folder) -> Result<Server> {
    Program::new(path, folder).arg("0").start()
}

/// Runs the transcript of a README that needs one server, at port 3000.
fn walk_one(readme: &str, path: &str, least: usize) -> Result<()> {
    let document = Document::read(readme)?;
    ensure!(document.steps.len() >= least, "{readme}: {} steps", document.steps.len());
    let folder = Folder::new(&format!("walk-{}", readme.replace('/', "-")))?;
    let Some(mut shell) = Shell::start(&folder)? else { return Ok(()) };
    let server = start(path, &folder)?;
    walk(&document, &mut shell, Shown::InPart, |_| Ok(vec![(3000, server.url.clone())]))
}

#[test]
fn the_readme() -> Result<()> {
    let document = Document::read("README.md")?;
    let requests: Vec<_> =
        document.steps.iter().filter_map(|step| step.command.split('/').next_back()).collect();
    assert_eq!(requests, ["login", "me", "logout", "me"], "every step was found");
    let folder = Folder::new("walk-readme")?;
    let Some(mut shell) = Shell::start(&folder)? else { return Ok(()) };
    let server = start_refresh_token(&folder)?;
    walk(&document, &mut shell, Shown::Whole, |_| Ok(vec![(3000, server.url.clone())]))
}

#[test]
fn refresh_token() -> Result<()> {
    let document = Document::read("examples/refresh-token/README.md")?;
    let folder = Folder::new("walk-refresh-token")?;
    let Some(mut shell) = Shell::start(&folder)? else { return Ok(()) };
    let server = start_refresh_token(&folder)?;
    let mut later = 0;
    walk(&document, &mut shell, Shown::Whole, |command| {
        if command.contains("more than 15 minutes later") {
            server.set_ahead(15 * 60 + 1)?;
            later += 1;
        }
        Ok(vec![(3000, server.url.clone())])
    })?;
    assert_eq!(later, 1, "the clock was turned");
    Ok(())
}

#[test]
fn counter() -> Result<()> {
    walk_one("examples/counter/README.md", env!("CARGO_BIN_EXE_counter"), 7)
}

#[test]
fn api_and_browser() -> Result<()> {
    walk_one("examples/api-and-browser/README.md", env!("CARGO_BIN_EXE_api-and-browser"), 5)
}

#[test]
fn audit_hooks() -> Result<()> {
    walk_one("examples/audit-hooks/README.md", env!("CARGO_BIN_EXE_audit-hooks"), 5)
}

#[test]
fn magic_link() -> Result<()> {
    walk_one("examples/magic-link/README.md", env!("CARGO_BIN_EXE_magic-link"), 6)
}

#[test]
fn jwks() -> Result<()> {
    let document = Document::read("examples/jwks/README.md")?;
    assert!(document.steps.len() >= 6);
    let folder = Folder::new("walk-jwks")?;
    let Some(mut shell) = Shell::start(&folder)? else { return Ok(()) };
    let issuer = start(env!("CARGO_BIN_EXE_jwks"), &folder)?;
    let verifier = Program::new(env!("CARGO_BIN_EXE_jwks-verifier"), &folder)
        .arg("0")
        .arg("--jwks")
        .arg(format!("{}/.well-known/jwks.json", issuer.url))
        .start()?;
    let servers = vec![(3000, issuer.url.clone()), (3001, verifier.url.clone())];
    walk(&document, &mut shell, Shown::InPart, |_| Ok(servers.clone()))
}

#[test]
fn rolling_deployment() -> Result<()> {
    let document = Document::read("examples/rolling-deployment/README.md")?;
    assert!(document.steps.len() >= 8);
    let folder = Folder::new("walk-rolling-deployment")?;
    let Some(mut shell) = Shell::start(&folder)? else { return Ok(()) };
    let start =
        |path| Program::new(path, &folder).arg("0").arg("--key").arg(folder.file("login.jwk")).start();
    let old = start(env!("CARGO_BIN_EXE_rolling-deployment-v1"))?;
    let new = start(env!("CARGO_BIN_EXE_rolling-deployment-v2"))?;
    let servers = vec![(3000, old.url.clone()), (3001, new.url.clone())];
    walk(&document, &mut shell, Shown::InPart, |_| Ok(servers.clone()))
}

#[test]
fn webhook() -> Result<()> {
    let document = Document::read("examples/webhook/README.md")?;
    assert!(document.steps.len() >= 7);
    let folder = Folder::new("walk-webhook")?;
    let Some(mut shell) = Shell::start(&folder)? else { return Ok(()) };
    let key = document.program("webhook-sender").context("how the key is made")?;
    shell.run(key)?;
    let server = Program::new(env!("CARGO_BIN_EXE_webhook"), &folder)
        .arg("0")
        .arg("--jwks")
        .arg(folder.file("jwks.json"))
        .start()?;
    walk(&document, &mut shell, Shown::InPart, |_| Ok(vec![(3000, server.url.clone())]))
}

/// The server is restarted for each row of the README's table. A step names the row that it comes after.
#[test]
fn key_roll() -> Result<()> {
    let document = Document::read("examples/key-roll/README.md")?;
    let rows = document.starts_in_table("key-roll");
    assert_eq!(rows.len(), 4);
    let folder = Folder::new("walk-key-roll")?;
    let Some(mut shell) = Shell::start(&folder)? else { return Ok(()) };
    let mut rows = rows.into_iter().peekable();
    let mut server = None;
    walk(&document, &mut shell, Shown::InPart, |command| {
        let comment = command.split_once("# ").map_or("", |(_, comment)| comment);
        let when = comment.split([',', ':']).next().unwrap_or_default();
        if rows.clone().any(|row| row.when.split(',').next() == Some(when)) {
            for row in rows.by_ref() {
                if let Some(running) = server.take() {
                    Server::interrupt(running)?;
                }
                let mut program = Program::new(env!("CARGO_BIN_EXE_key-roll"), &folder).arg("0");
                for arg in &row.arguments {
                    let is_file = arg.ends_with(".jwk");
                    program = if is_file { program.arg(folder.file(arg)) } else { program.arg(arg) };
                }
                server = Some(program.start()?);
                if row.when.split(',').next() == Some(when) {
                    break;
                }
            }
        }
        let running = server.as_ref().context("no step begins with a row of the table")?;
        Ok(vec![(3000, running.url.clone())])
    })?;
    assert!(rows.peek().is_none(), "the walk takes every row of the table");
    Ok(())
}
