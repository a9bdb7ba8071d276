//! `oidc-login` against an identity provider, without a browser: what is kept, and what is refused.
#![cfg(unix)] // Ctrl-C
#![allow(unreachable_pub, reason = "a test has no outside: `pub` says what its other modules use")]

#[path = "../support/mod.rs"]
mod support;

mod back_channel;
mod refused;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::support::client::Answer;
use crate::support::oidc_login::{Service, who};

/// The same for everything, and nothing of the reason.
#[track_caller]
pub fn assert_no_good(answer: &Answer) {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.body.contains("<p id=refused>"), "{answer:?}");
    assert!(answer.set_cookies.iter().all(|cookie| cookie.value.is_empty()), "no session: {answer:?}");
}

/// Tells if the answer ends the sign-in that was on its way.
pub fn ends_the_flow(answer: &Answer) -> bool {
    answer.set_cookie("oidc_flow").is_some_and(|cookie| cookie.value.is_empty())
}

/// The address with another value of a parameter, or without it.
pub fn with(address: &str, name: &str, value: Option<&str>) -> Result<String> {
    let (path, query) = address.split_once('?').context("no query")?;
    let mut changed = url::form_urlencoded::Serializer::new(String::new());
    let mut found = false;
    for (known, old) in url::form_urlencoded::parse(query.as_bytes()) {
        found |= known == name;
        match value {
            Some(new) if known == name => changed.append_pair(&known, new),
            None if known == name => &mut changed,
            _ => changed.append_pair(&known, &old),
        };
    }
    if let (false, Some(new)) = (found, value) {
        changed.append_pair(name, new);
    }
    Ok(format!("{path}?{}", changed.finish()))
}

#[test]
fn a_user_signs_in_and_comes_back_to_the_page_that_asked() -> Result<()> {
    let Some(service) = Service::start("oidc-sign-in")? else { return Ok(()) };
    let mut client = service.client();
    let asked = client.get("/account?tab=1")?;
    assert_eq!(asked.header("location"), Some("/login?return_to=%2Faccount%3Ftab%3D1"));
    let begun = client.get("/login?return_to=%2Faccount%3Ftab%3D1")?;
    let flow = begun.set_cookie("oidc_flow").context("no flow")?;
    let attributes = [("path", "/callback"), ("max-age", "600"), ("samesite", "Lax"), ("httponly", "")];
    for (name, value) in attributes {
        assert_eq!(flow.attribute(name), Some(value), "{name}");
    }
    assert_eq!(flow.value.split('.').count(), 5, "encrypted");
    assert!(begun.list("cache-control").contains(&"no-store".to_owned()), "{begun:?}");

    let callback = service.at_provider(begun.header("location").context("no address")?, "ada")?;
    let answer = client.get(&callback)?;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account?tab=1")));
    assert!(ends_the_flow(&answer), "{answer:?}");
    assert!(answer.list("cache-control").contains(&"no-store".to_owned()), "{answer:?}");
    assert_eq!(who(&mut client)?, "ada");
    assert!(client.get("/account")?.body.contains("ada has ada@example.com."));
    Ok(())
}

/// A token with a new key makes the service read the keys again, a few seconds after the last time at the earliest.
#[test]
fn the_providers_keys_may_change() -> Result<()> {
    let Some(service) = Service::start("oidc-rotation")? else { return Ok(()) };
    let mut client = service.client();
    service.sign_in(&mut client, "ada")?;
    service.provider.rotate(false);
    let deadline = Instant::now() + Duration::from_secs(60);
    while who(&mut client)? != "bob" {
        assert!(Instant::now() < deadline, "the new keys are not read");
        thread::sleep(Duration::from_millis(500));
        let callback = service.at_provider(&service.begin(&mut client)?, "bob")?;
        client.get(&callback)?;
    }
    Ok(())
}

#[test]
fn a_logout_ends_the_login_here_and_goes_on_to_the_provider() -> Result<()> {
    let Some(service) = Service::start("oidc-logout")? else { return Ok(()) };
    let mut client = service.client();
    service.sign_in(&mut client, "ada")?;
    assert_eq!(client.get("/logout")?.status, 405, "a link logs nobody out");
    let forged = client.request("POST", "/logout", &[("origin", "https://evil.example")], "")?;
    assert_eq!(forged.status, 403, "{forged:?}");
    assert_eq!(who(&mut client)?, "ada");

    let mut copy = client.clone();
    let answer = client.post("/logout")?;
    assert_eq!(answer.status, 303, "{answer:?}");
    let to = answer.header("location").context("no address")?;
    assert!(to.starts_with(&format!("{}/session/end?", service.provider.url())), "{to}");
    let query: Vec<_> =
        url::form_urlencoded::parse(to.split_once('?').context("no query")?.1.as_bytes()).collect();
    let home = format!("{}/", service.origin);
    assert!(query.contains(&("client_id".into(), "web".into())), "{to}");
    assert!(query.contains(&("post_logout_redirect_uri".into(), home.as_str().into())), "{to}");
    assert_eq!((who(&mut client)?, who(&mut copy)?), ("nobody".to_owned(), "nobody".to_owned()));
    Ok(())
}

/// The login before ends, whosever it was.
#[test]
fn a_second_sign_in_takes_the_place_of_the_first() -> Result<()> {
    let Some(service) = Service::start("oidc-second")? else { return Ok(()) };
    let mut client = service.client();
    service.sign_in(&mut client, "ada")?;
    let mut copy = client.clone();
    service.sign_in(&mut client, "bob")?;
    assert_eq!((who(&mut client)?, who(&mut copy)?), ("bob".to_owned(), "nobody".to_owned()));
    Ok(())
}
