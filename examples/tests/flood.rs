//! Runs the floods for a moment: every kind of request gets its expected answer, and so do the visitors.
#![cfg(target_os = "linux")] // /proc

use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

#[test]
fn visitors_are_answered_beside_every_flood() -> Result<()> {
    // The program fails on a status that it does not expect, for a visitor or for a flood.
    let ended = Command::new(env!("CARGO_BIN_EXE_flood"))
        .arg("--smoke")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(ended.status.success(), "{ended:?}");

    let figures = String::from_utf8(ended.stdout)?;
    for row in [
        "| password tokens, each with a new salt |",
        "| RSA-OAEP tokens, each with a new key |",
        "| 50 signed tokens in one request |",
        "| 50 password tokens in one request |",
        "| 64 KB in one cookie |",
        "| 64 KB in 16 fields |",
        "| 64 KB of cookies of two letters |",
        // A route with a session and one without; a request that is too large for hyper reaches neither.
        "| one cookie of 64 KB | 401 | 200 |",
        "| one cookie of 512 KB | 431 | 431 |",
        "| 100 % |",
        // Twenty valid sessions displace nobody's, whoever has them.
        "| 0 | – | 100 % |",
        " | 15 times, then the next | 100 % |",
    ] {
        ensure!(figures.contains(row), "no {row} in\n{figures}");
    }
    Ok(())
}
