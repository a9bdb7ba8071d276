//! What a transcript cannot show: pipes, permissions, and several programs at once.
#![allow(clippy::unwrap_used, reason = "a failure is the test's")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

/// The token of the transcripts, signed with the key of `service.json`.
const TOKEN: &str = "eyJraWQiOiIyMDI2LTEyIiwiYWxnIjoiRVMyNTYifQ.eyJzdWIiOiJhZGEiLCJpYXQiOjE3OTYwNzk2MDAsImV4cCI6MTc5NjM0MjQwMH0.hZDRpFLjdfiWKEnc2M79fN8UzDnLWmdkIF03WuwkagRYCMUsm2W6jO59cAcePNnod949VdQ2vUbms0IzXus7kw";

fn unjwt(folder: &Path, words: &str, input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unjwt"));
    command.args(words.split_whitespace()).current_dir(folder).env("UNJWT_NOW", "1796083200");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A program that does not read its input closes the pipe.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn text(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

#[test]
fn a_token_is_piped_in() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for input in [
        TOKEN.to_owned(),
        format!("Cookie: a=b; sid={TOKEN}\r\n"),
        format!("> Authorization: Bearer {TOKEN}\n"),
    ] {
        for words in ["inspect", "inspect -"] {
            let output = unjwt(
                here,
                &format!("{words} --keys tests/transcripts/readme.in/service.json"),
                input.as_bytes(),
            );
            assert!(
                output.status.success() && text(&output).contains("verified with the key `2026-12`"),
                "{output:?}"
            );
        }
    }
    let refused: [(&[u8], &str); 3] =
        [(&vec![b'x'; 1024 * 1024 + 1], "more than 1 MiB"), (b"\xff", "not text"), (b"\n", "no token")];
    for (input, reason) in refused {
        let output = unjwt(here, "inspect", input);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output).contains(reason), "{output:?}");
    }
}

#[test]
fn a_secret_is_shown_only_where_a_key_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let output = unjwt(folder.path(), "keys new --alg HS256 --kid a --file keys.json", b"");
    assert!(output.status.success(), "{output:?}");
    let ring = fs::read_to_string(folder.path().join("keys.json")).unwrap();
    let secret = ring.split("\"k\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(secret.len(), 43);
    for words in [
        "keys list --file keys.json",
        "keys list --file keys.json --json",
        "keys check --file keys.json --json",
        "keys jwks --file keys.json",
        "keys rotate --file keys.json --kid b",
        "keys retire --file keys.json a --at +30d",
        "keys new --alg HS256 --file keys.json",
    ] {
        let said = text(&unjwt(folder.path(), words, b""));
        assert!(!said.is_empty() && !said.contains(secret), "{words}: {said}");
    }
}

#[test]
fn rotations_at_the_same_time_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    assert!(unjwt(folder.path(), "keys new --alg HS256 --kid first --file keys.json", b"").status.success());
    thread::scope(|scope| {
        for nth in 0..8 {
            let folder = folder.path();
            scope.spawn(move || {
                let output = unjwt(folder, &format!("keys rotate --file keys.json --kid {nth}"), b"");
                assert!(output.status.success(), "{output:?}");
            });
        }
    });
    let listed = text(&unjwt(folder.path(), "keys list --file keys.json --json", b""));
    assert_eq!(listed.matches("\"kid\"").count(), 9, "{listed}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
}

#[test]
fn every_command_has_a_page_and_every_shell_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let output = unjwt(folder.path(), "man --dir pages", b"");
    assert!(output.status.success(), "{output:?}");
    for page in ["unjwt", "unjwt-keys-rotate", "unjwt-inspect"] {
        let page = fs::read_to_string(folder.path().join("pages").join(format!("{page}.1"))).unwrap();
        assert!(page.contains(".TH unjwt"), "{page}");
    }
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = unjwt(folder.path(), &format!("completions {shell}"), b"");
        assert!(output.status.success() && text(&output).contains("retire-old-after"), "{shell}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_unjwt"))
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
