//! The list of a user's logins, and ending them from another device.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::support::client::{Answer, Client, now};
use crate::support::server::Folder;
use crate::{MINUTE, assert_unauthorized, login, start};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// Signs in from a device that calls itself this.
fn sign_in(client: &mut Client, username: &str, agent: &str) -> Result<()> {
    let headers = [("content-type", "application/json"), ("user-agent", agent)];
    let body = json!({"username": username, "password": "correct horse"}).to_string();
    let answer = client.request("POST", "/login", &headers, &body)?;
    ensure!(answer.status == 200, "{answer:?}");
    Ok(())
}

pub fn devices(client: &mut Client) -> Result<Vec<Value>> {
    let answer = client.get("/devices")?;
    ensure!(answer.status == 200, "{answer:?}");
    answer.json()?.as_array().cloned().context("no list")
}

/// The path that ends the device which is this one, or which is not.
fn end_of(devices: &[Value], is_this: bool) -> Result<String> {
    let mut found = devices.iter().filter(|device| device.get("is_this") == Some(&json!(is_this)));
    let id = found.next().and_then(|device| device.get("id")?.as_str()).context("no such device")?;
    ensure!(found.next().is_none(), "several: {devices:?}");
    Ok(format!("/devices/{id}/end"))
}

#[track_caller]
fn assert_challenged(answer: &Answer) {
    assert_eq!(answer.status, 401, "{answer:?}");
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    assert!(challenge.contains(r#"error="insufficient_user_authentication""#), "{challenge}");
    assert!(challenge.contains(r#"max_age="300""#), "{challenge}");
    assert!(answer.set_cookies.is_empty(), "stays signed in: {answer:?}");
}

#[test]
fn a_device_is_named_after_its_browser_and_system() -> Result<()> {
    let server = start(&Folder::new("labels")?)?;
    let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
    for (user, (agent, label)) in [
        (FIREFOX.to_owned(), "Firefox on Linux"),
        (format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} Chrome/142.0.0.0 Safari/537.36"), "Chrome on Linux"),
        (
            format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/142.0.0.0 Safari/537.36 Edg/142.0"),
            "Edge on Windows",
        ),
        (
            format!("Mozilla/5.0 (Linux; Android 10; K) {webkit} Chrome/142.0.0.0 Mobile Safari/537.36"),
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
             Version/26.0 Mobile/15E148 Safari/604.1"
                .to_owned(),
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
             Version/26.0 Safari/605.1.15"
                .to_owned(),
            "Safari on macOS",
        ),
        ("curl/8.14.1".to_owned(), "curl"),
        (String::new(), "Unknown device"),
        ("x".repeat(1000), &*"x".repeat(40)),
    ]
    .iter()
    .enumerate()
    {
        let mut client = Client::new(&server.url);
        sign_in(&mut client, &format!("user {user}"), agent)?;
        let devices = devices(&mut client)?;
        assert_eq!(devices.len(), 1, "{devices:?}");
        let device = devices.first().context("none")?;
        assert_eq!(device.get("label"), Some(&json!(label)), "{agent}");
        assert_eq!(device.get("is_this"), Some(&json!(true)));
        for time in ["began", "renewed"] {
            let time = device.get(time).and_then(Value::as_u64).context("no time")?;
            assert!(time.abs_diff(now()) < MINUTE, "{device}");
        }
    }
    Ok(())
}

#[test]
fn a_device_is_ended_from_another_after_the_password_again() -> Result<()> {
    let server = start(&Folder::new("end-one")?)?;
    let (mut phone, mut laptop) = (Client::new(&server.url), Client::new(&server.url));
    sign_in(&mut phone, "ada", "curl/8.14.1")?;
    server.set_ahead(MINUTE)?;
    sign_in(&mut laptop, "ada", FIREFOX)?;
    let mut thief = phone.clone();
    let before = devices(&mut laptop)?;
    let labels: Vec<_> = before.iter().filter_map(|device| device.get("label")?.as_str()).collect();
    assert_eq!(labels, ["Firefox on Linux", "curl"], "the newest first");
    let end = end_of(&before, false)?;

    server.set_ahead(7 * MINUTE)?;
    assert_challenged(&laptop.post(&end)?);
    assert_challenged(&laptop.post("/devices/end-others")?);
    assert_eq!(phone.get("/me")?.status, 200, "nothing has ended");
    let again = |client: &mut Client, body: Value| client.post_json("/reauthenticate", &body);
    for (body, status) in
        [(json!({"password": "wrong"}), 403), (json!({"password": ""}), 403), (json!({}), 400)]
    {
        let answer = again(&mut laptop, body)?;
        assert_eq!((answer.status, answer.set_cookies.len()), (status, 0), "{answer:?}");
    }
    assert_challenged(&laptop.post(&end)?);

    // The password begins another login of the same device.
    let mut copied_before = laptop.clone();
    let answer = again(&mut laptop, json!({"password": "correct horse"}))?;
    assert_eq!((answer.status, answer.at("/refresh/data/sub")?), (200, json!("ada")));
    assert_unauthorized(&copied_before.get("/me")?);
    assert_eq!(devices(&mut laptop)?.len(), 2);

    assert_eq!(laptop.post(&end)?.status, 204);
    for client in [&mut phone, &mut thief] {
        assert_unauthorized(&client.get("/me")?);
    }
    assert_eq!(laptop.get("/me")?.status, 200);
    assert_eq!(devices(&mut laptop)?.len(), 1);
    assert_eq!(laptop.post(&end)?.status, 404, "it has ended already");
    assert_eq!(laptop.post("/devices/nonsense/end")?.status, 400);
    Ok(())
}

#[test]
fn all_other_devices_end_and_this_one_stays() -> Result<()> {
    let folder = Folder::new("end-others")?;
    let server = start(&folder)?;
    let mut clients = [Client::new(&server.url), Client::new(&server.url), Client::new(&server.url)];
    for client in &mut clients {
        login(client, "ada")?;
    }
    let mut grace = Client::new(&server.url);
    login(&mut grace, "grace")?;
    let [one, two, this] = &mut clients;
    let cookies = this.cookie_header("/me");
    assert_eq!(this.post("/devices/end-others")?.status, 204);
    for ended in [one, two] {
        assert_unauthorized(&ended.get("/me")?);
    }
    assert_eq!((this.get("/me")?.status, this.cookie_header("/me")), (200, cookies));
    assert_eq!(devices(this)?.len(), 1);
    assert_eq!(grace.get("/me")?.status, 200, "another user's");

    server.interrupt()?;
    let server = start(&folder)?;
    let [one, _, this] = &mut clients;
    for client in [&mut *one, &mut *this] {
        client.moves_to(&server.url);
    }
    assert_unauthorized(&one.get("/me")?);
    assert_eq!(this.get("/me")?.status, 200);
    Ok(())
}

#[test]
fn nobody_ends_another_users_device() -> Result<()> {
    let server = start(&Folder::new("not-own")?)?;
    let (mut ada, mut mallory) = (Client::new(&server.url), Client::new(&server.url));
    login(&mut ada, "ada")?;
    login(&mut mallory, "mallory")?;
    let end = end_of(&devices(&mut ada)?, true)?;
    assert_eq!(mallory.post(&end)?.status, 404);
    // The requests that a page of another site would send.
    for path in [end.as_str(), "/devices/end-others", "/reauthenticate"] {
        let headers = [("sec-fetch-site", "cross-site"), ("content-type", "application/json")];
        let answer = ada.request("POST", path, &headers, r#"{"password":"x"}"#)?;
        assert_eq!((answer.status, answer.set_cookies.len()), (403, 0), "{path}: {answer:?}");
    }
    assert_eq!(ada.get("/me")?.status, 200);
    Ok(())
}
