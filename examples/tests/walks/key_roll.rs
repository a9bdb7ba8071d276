use anyhow::{Context as _, Result};

use crate::support::client::Client;
use crate::support::server::{Folder, Program, Server};
use crate::{DAY, assert_no_token_in, assert_unauthorized, end};

/// The service with this key, which also reads the others.
fn start(folder: &Folder, key: &str, also: &[&str]) -> Result<Server> {
    let program =
        Program::new(env!("CARGO_BIN_EXE_key-roll"), folder).arg("0").arg("--key").arg(folder.file(key));
    also.iter().fold(program, |program, file| program.arg("--also-reads").arg(folder.file(file))).start()
}

/// A restart of the service: the client keeps its cookies.
fn restart(client: &mut Client, server: Server, folder: &Folder, key: &str, also: &[&str]) -> Result<Server> {
    let log = end(server)?;
    assert_no_token_in(&log, &client.seen.iter().cloned().collect::<Vec<_>>());
    let server = start(folder, key, also)?;
    client.moves_to(&server.url);
    Ok(server)
}

/// The header that names the key, as in the token.
fn header(client: &Client) -> Result<String> {
    let token = client.cookie("visit").context("no session")?;
    Ok(token.split_once('.').context("no token")?.0.to_owned())
}

#[test]
fn a_key_is_rolled_and_nobody_is_logged_out() -> Result<()> {
    let folder = Folder::new("key-roll")?;
    // Before.
    let server = start(&folder, "old.jwk", &[])?;
    let [mut reader, mut writer, mut absent] = [(); 3].map(|()| Client::new(&server.url));
    for client in [&mut reader, &mut writer, &mut absent] {
        assert_eq!(client.post("/begin")?.status, 200);
    }
    let old = header(&reader)?;
    assert_eq!(header(&writer)?, old);

    // All instances learn the new key, and none writes with it.
    let server = restart(&mut writer, server, &folder, "old.jwk", &["new.jwk"])?;
    assert_eq!(writer.post("/page")?.at("/pages")?, 1);
    assert_eq!(header(&writer)?, old);

    // During: a read does not change the token, and any write makes one with the new key.
    let server = restart(&mut writer, server, &folder, "new.jwk", &["old.jwk"])?;
    for client in [&mut reader, &mut absent] {
        client.moves_to(&server.url);
    }
    let read = writer.get("/")?;
    assert_eq!((read.status, read.at("/pages")?), (200, 1.into()));
    assert!(read.set_cookies.is_empty(), "{read:?}");
    assert_eq!(header(&writer)?, old);
    assert_eq!(writer.post("/page")?.at("/pages")?, 2);
    assert_ne!(header(&writer)?, old);
    // `/rotate` does so too, for a visitor who only reads.
    assert_eq!(reader.get("/")?.status, 200);
    assert_eq!(reader.post("/rotate")?.at("/pages")?, 0);
    assert_eq!(header(&reader)?, header(&writer)?);

    // After: active visitors have moved, and the others are logged out. Seven days would have ended those
    // sessions anyway.
    let server = restart(&mut writer, server, &folder, "new.jwk", &[])?;
    for client in [&mut reader, &mut absent] {
        client.moves_to(&server.url);
    }
    assert_eq!(writer.get("/")?.at("/pages")?, 2);
    assert_eq!(reader.get("/")?.status, 200);
    let cookies = absent.cookie_header("/");
    assert_unauthorized(&absent.get("/")?);
    assert_eq!(absent.cookie_header("/"), cookies, "and had the key gone too early, nothing would be lost");
    assert_unauthorized(&absent.post("/rotate")?);

    server.set_ahead(7 * DAY + 1)?;
    assert_eq!(writer.get("/")?.status, 401);
    end(server)?;
    Ok(())
}

#[test]
fn in_the_wrong_order_copies_of_the_service_refuse_each_others_tokens() -> Result<()> {
    let folder = Folder::new("key-roll-order")?;
    let (not_yet, already) = (start(&folder, "old.jwk", &[])?, start(&folder, "new.jwk", &["old.jwk"])?);
    let mut client = Client::new(&not_yet.url);
    client.post("/begin")?;
    client.moves_to(&already.url);
    assert_eq!(client.post("/page")?.status, 200);
    client.moves_to(&not_yet.url);
    assert_unauthorized(&client.get("/")?);
    Ok(())
}

#[test]
fn a_key_that_is_none_is_refused_at_the_start() -> Result<()> {
    let folder = Folder::new("key-roll-refused")?;
    let good =
        r#"{"kty":"oct","alg":"dir","enc":"A256GCM","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
    for (bad, reason) in [
        ("hunter2", "bad.jwk"),
        (r#"{"kty":"oct","alg":"dir","enc":"A256GCM","k":"aHVudGVyMg"}"#, "Visit"),
        (r#"{"kty":"oct","alg":"A128KW","k":"AAAAAAAAAAAAAAAAAAAAAA"}"#, "Visit"),
    ] {
        std::fs::write(folder.file("good.jwk"), good)?;
        std::fs::write(folder.file("bad.jwk"), bad)?;
        for (key, also) in [("bad.jwk", "good.jwk"), ("good.jwk", "bad.jwk")] {
            let ended = Program::new(env!("CARGO_BIN_EXE_key-roll"), &folder)
                .arg("0")
                .arg("--key")
                .arg(folder.file(key))
                .arg("--also-reads")
                .arg(folder.file(also))
                .start_to_fail()?;
            assert!(!ended.status.success(), "{ended:?}");
            assert!(ended.stderr.contains(reason), "{bad}: {}", ended.stderr);
            assert!(
                !ended.stderr.contains("hunter2") && !ended.stderr.contains("aHVudGVyMg"),
                "{}",
                ended.stderr
            );
        }
    }
    Ok(())
}

#[test]
fn a_key_that_leaves_the_store_is_gone_at_once() -> Result<()> {
    let folder = Folder::new("key-roll-lookup")?;
    let server = start(&folder, "old.jwk", &[])?;
    let [mut mover, mut stayer] = [(); 2].map(|()| Client::new(&server.url));
    mover.post("/begin")?;
    stayer.post("/begin")?;
    end(server)?;

    let key = |name: &str| std::fs::read_to_string(folder.file(name));
    let store = folder.file("store.json");
    std::fs::write(&store, format!(r#"{{"keys":[{}]}}"#, key("old.jwk")?))?;
    let server = Program::new(env!("CARGO_BIN_EXE_key-roll-lookup"), &folder)
        .arg("0")
        .arg("--key")
        .arg(folder.file("new.jwk"))
        .arg("--store")
        .arg(&store)
        .start()?;
    for client in [&mut mover, &mut stayer] {
        client.moves_to(&server.url);
        assert_eq!(client.get("/")?.status, 200);
    }
    assert_eq!(mover.post("/rotate")?.status, 200);

    // The store is down for a while, which logs nobody out.
    std::fs::rename(&store, folder.file("away.json"))?;
    let outage = stayer.get("/")?;
    assert_eq!((outage.status, outage.body.as_str()), (503, ""), "{outage:?}");
    assert_eq!(outage.header("retry-after"), Some("2"));
    assert!(outage.set_cookies.is_empty(), "{outage:?}");
    std::fs::write(&store, "hunter2")?;
    assert_eq!(stayer.get("/")?.status, 500);
    std::fs::rename(folder.file("away.json"), &store)?;
    assert_eq!(stayer.get("/")?.status, 200);

    std::fs::write(&store, r#"{"keys":[]}"#)?;
    assert_eq!(mover.get("/")?.status, 200);
    assert_unauthorized(&stayer.get("/")?);

    let log = end(server)?;
    assert!(!log.contains("hunter2"), "{log}");
    let kid = |found: bool| log.lines().filter(|line| line.contains(&format!("found={found}"))).count();
    assert_eq!((kid(true), kid(false)), (4, 2), "{log}");
    let tokens: Vec<String> = mover.seen.iter().chain(&stayer.seen).cloned().collect();
    assert_no_token_in(&log, &tokens);
    Ok(())
}
