use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::server::{Folder, Program, Server};
use crate::{MINUTE, assert_no_token_in, end, tampered};

/// The sender's program with a key of this name.
fn sender(folder: &Folder, key: &str) -> Program {
    Program::new(env!("CARGO_BIN_EXE_webhook-sender"), folder).arg("--key").arg(folder.file(key))
}

fn delivery(folder: &Folder, key: &str, order: u64) -> Result<String> {
    sender(folder, key).arg("--order").arg(order.to_string()).run()
}

fn token(delivery: &str) -> Result<String> {
    let body: Value = serde_json::from_str(delivery)?;
    Ok(body.get("signedEvent").and_then(Value::as_str).context("no event")?.to_owned())
}

/// A receiver that knows the sender with the key `sender.jwk`.
fn start(test: &str) -> Result<(Folder, Server, Client)> {
    let folder = Folder::new(test)?;
    std::fs::write(folder.file("jwks.json"), sender(&folder, "sender.jwk").run()?)?;
    let server = Program::new(env!("CARGO_BIN_EXE_webhook"), &folder)
        .arg("0")
        .arg("--jwks")
        .arg(folder.file("jwks.json"))
        .start()?;
    let client = Client::new(&server.url);
    Ok((folder, server, client))
}

fn post(client: &mut Client, body: &str) -> Result<Answer> {
    client.send("POST", "/webhook", Some("application/json"), body)
}

fn post_token(client: &mut Client, token: &str) -> Result<Answer> {
    post(client, &json!({ "signedEvent": token }).to_string())
}

#[track_caller]
fn assert_forbidden(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (403, ""), "{answer:?}");
}

#[test]
fn an_event_is_worked_on_once() -> Result<()> {
    let (folder, server, mut client) = start("webhook")?;
    let first = delivery(&folder, "sender.jwk", 17)?;
    assert_eq!(post(&mut client, &first)?.at("/new")?, true);
    // The sender did not see the answer, or somebody in between sends it again.
    for _ in 0..2 {
        let again = post(&mut client, &first)?;
        assert_eq!((again.status, again.at("/new")?), (200, json!(false)));
    }
    assert_eq!(post(&mut client, &delivery(&folder, "sender.jwk", 18)?)?.at("/new")?, true);
    // The same order in another event is another event.
    assert_eq!(post(&mut client, &delivery(&folder, "sender.jwk", 18)?)?.at("/new")?, true);

    let orders = client.get("/orders")?.json()?;
    let orders: Vec<_> = orders.as_array().context("no list")?.iter().map(|order| &order["order"]).collect();
    assert_eq!(orders, [17, 18, 18]);

    let log = end(server)?;
    assert_eq!(log.lines().filter(|line| line.contains("an event came")).count(), 5, "{log}");
    assert_no_token_in(&log, &[token(&first)?]);
    Ok(())
}

#[test]
fn a_forged_event_is_a_403_without_detail() -> Result<()> {
    let (folder, server, mut client) = start("webhook-forged")?;
    let good = token(&delivery(&folder, "sender.jwk", 17)?)?;

    for segment in [0, 1, 2] {
        assert_forbidden(&post_token(&mut client, &tampered(&good, segment)?)?);
    }
    // Another sender's key, with another `kid` and the same algorithm.
    assert_forbidden(&post(&mut client, &delivery(&folder, "mallory.jwk", 17)?)?);
    // An event that the sender signed for somebody else, who passes it on.
    let other = sender(&folder, "sender.jwk").arg("--order").arg("17");
    let other = other.arg("--for").arg("https://mallory.example/webhook").run()?;
    assert_forbidden(&post(&mut client, &other)?);
    // No signature at all: `{"alg":"none","typ":"order_event+jwt"}`.
    let (_, payload) = good.split_once('.').context("no payload")?;
    let (payload, _) = payload.split_once('.').context("no payload")?;
    let none = "eyJhbGciOiJub25lIiwidHlwIjoib3JkZXJfZXZlbnQrand0In0";
    assert_forbidden(&post_token(&mut client, &format!("{none}.{payload}."))?);
    for token in ["", "x", "a.b.c", &good.repeat(200)] {
        assert_forbidden(&post_token(&mut client, token)?);
    }
    assert_eq!(client.get("/orders")?.body, "[]", "nothing was worked on");

    // A body that is not a delivery is not processed at all.
    for body in ["", "{}", "[]", r#"{"signedEvent":1}"#] {
        let answer = post(&mut client, body)?;
        assert_eq!((answer.status, answer.body.as_str()), (400, ""), "{body}");
    }
    assert_eq!(post_token(&mut client, &good)?.status, 200, "and the real one is good as ever");
    let log = end(server)?;
    assert!(log.contains("ERR_JWS_SIGNATURE_INVALID"), "the log knows why: {log}");
    assert_no_token_in(&log, &[good]);
    Ok(())
}

#[test]
fn an_old_event_is_refused_also_when_nobody_remembers_it() -> Result<()> {
    let (folder, server, mut client) = start("webhook-old")?;
    let (first, second) = (delivery(&folder, "sender.jwk", 1)?, delivery(&folder, "sender.jwk", 2)?);
    assert_eq!(post(&mut client, &first)?.at("/new")?, true);
    // Within the tolerance of the clocks it is still valid, and still remembered.
    server.set_ahead(5 * MINUTE + 10)?;
    assert_eq!(post(&mut client, &first)?.at("/new")?, false);
    for minutes in [6, 7, 60] {
        server.set_ahead(minutes * MINUTE)?;
        assert_forbidden(&post(&mut client, &first)?);
        assert_forbidden(&post(&mut client, &second)?);
    }
    assert!(end(server)?.contains("ERR_JWT_EXPIRED"));
    Ok(())
}

#[test]
fn an_event_from_the_future_is_refused() -> Result<()> {
    let (folder, _server, mut client) = start("webhook-future")?;
    let sender_folder = Folder::new("webhook-future-sender")?;
    std::fs::copy(folder.file("sender.jwk"), sender_folder.file("sender.jwk"))?;
    // The sender's clock is ahead. Beyond `clock_tolerance` the library accepts an `iat` up to a minute
    // ahead.
    for (ahead, status) in [("20", 200), ("120", 403)] {
        std::fs::write(sender_folder.file("clock-offset"), ahead)?;
        assert_eq!(post(&mut client, &delivery(&sender_folder, "sender.jwk", 1)?)?.status, status, "{ahead}");
    }
    Ok(())
}

#[test]
fn it_does_not_start_without_a_usable_key() -> Result<()> {
    let folder = Folder::new("webhook-keys")?;
    for (set, reason) in [
        ("{}", "no JWK set"),
        (r#"{"keys":[]}"#, "OrderEvent"),
        (r#"{"keys":[{"kty":"XYZ"}]}"#, "OrderEvent"),
    ] {
        std::fs::write(folder.file("jwks.json"), set)?;
        let program = Program::new(env!("CARGO_BIN_EXE_webhook"), &folder).arg("0").arg("--jwks");
        let ended = program.arg(folder.file("jwks.json")).start_to_fail()?;
        ensure!(!ended.status.success(), "{ended:?}");
        assert!(ended.stderr.contains(reason), "{set}: {}", ended.stderr);
    }
    Ok(())
}
