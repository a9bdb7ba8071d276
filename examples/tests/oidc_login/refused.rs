//! Callbacks that begin no login.

use anyhow::Result;

use crate::support::oidc_login::{Service, who};
use crate::{assert_no_good, ends_the_flow, with};

/// Somebody lures a visitor to the callback of an own sign-in.
#[test]
fn a_callback_of_another_browser_signs_nobody_in() -> Result<()> {
    let Some(service) = Service::start("oidc-csrf")? else { return Ok(()) };
    let (mut mallory, mut ada, mut visitor) = (service.client(), service.client(), service.client());
    let lure = service.at_provider(&service.begin(&mut mallory)?, "mallory")?;

    assert_no_good(&visitor.get(&lure)?);
    assert_eq!(who(&mut visitor)?, "nobody");

    // A sign-in that is on its way is another one, and goes on.
    let own = service.at_provider(&service.begin(&mut ada)?, "ada")?;
    let answer = ada.get(&lure)?;
    assert_no_good(&answer);
    assert!(!ends_the_flow(&answer), "{answer:?}");
    assert_eq!(ada.get(&own)?.status, 303);

    // Nor does it end a login.
    assert_no_good(&ada.get(&lure)?);
    assert_eq!(who(&mut ada)?, "ada");
    Ok(())
}

/// Of this browser, and of whoever has copied the cookie and the address.
#[test]
fn a_callback_works_once() -> Result<()> {
    let Some(service) = Service::start("oidc-replay")? else { return Ok(()) };
    let mut client = service.client();
    let callback = service.at_provider(&service.begin(&mut client)?, "ada")?;
    let mut copy = client.clone();
    assert_eq!(client.get(&callback)?.status, 303);
    assert_no_good(&client.get(&callback)?);
    assert_eq!(who(&mut client)?, "ada");

    assert_no_good(&copy.get(&callback)?);
    assert_eq!(who(&mut copy)?, "nobody");
    Ok(())
}

#[test]
fn a_mixed_up_provider_is_refused() -> Result<()> {
    let Some(service) = Service::start("oidc-mix-up")? else { return Ok(()) };
    let mut client = service.client();
    for iss in [Some("https://evil.example"), Some(""), None] {
        let callback = service.at_provider(&service.begin(&mut client)?, "ada")?;
        let answer = client.get(&with(&callback, "iss", iss)?)?;
        assert_no_good(&answer);
        assert!(ends_the_flow(&answer), "{answer:?}");
        assert_no_good(&client.get(&callback)?);
    }
    assert_eq!(who(&mut client)?, "nobody");
    Ok(())
}

/// As if somebody had a code or an ID token of another sign-in.
#[test]
fn a_code_of_another_sign_in_is_refused() -> Result<()> {
    let Some(service) = Service::start("oidc-nonce")? else { return Ok(()) };
    let mut client = service.client();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for (name, value) in [("nonce", Some("another")), ("nonce", None), ("code_challenge", Some(challenge))] {
        let authorization = with(&service.begin(&mut client)?, name, value)?;
        let answer = client.get(&service.at_provider(&authorization, "ada")?)?;
        assert_no_good(&answer);
        assert!(ends_the_flow(&answer), "{answer:?}");
    }
    let mut mallory = service.client();
    let stolen = service.at_provider(&service.begin(&mut client)?, "ada")?;
    let own = service.at_provider(&service.begin(&mut mallory)?, "mallory")?;
    let (_, code) = stolen.split_once("code=").unwrap_or_default();
    let code = code.split('&').next();
    assert_no_good(&mallory.get(&with(&own, "code", code)?)?);
    assert_eq!((who(&mut client)?, who(&mut mallory)?), ("nobody".to_owned(), "nobody".to_owned()));
    Ok(())
}

#[test]
fn an_error_of_the_provider_is_no_login() -> Result<()> {
    let Some(service) = Service::start("oidc-error")? else { return Ok(()) };
    let mut client = service.client();
    let silent = with(&service.begin(&mut client)?, "prompt", Some("none"))?;
    let callback = service.at_provider(&silent, "ada")?;
    assert!(callback.contains("error=login_required"), "{callback}");
    let answer = client.get(&callback)?;
    assert_no_good(&answer);
    assert!(ends_the_flow(&answer) && !answer.body.contains("login_required"), "{answer:?}");
    Ok(())
}

#[test]
fn what_is_no_callback_is_refused() -> Result<()> {
    let Some(service) = Service::start("oidc-shape")? else { return Ok(()) };
    let mut client = service.client();
    for query in ["", "?", "?state=", "?code=a&code=b", "?state=a&state=b", "?code=%ff"] {
        service.begin(&mut client)?;
        assert_no_good(&client.get(&format!("/callback{query}"))?);
    }
    let callback = service.at_provider(&service.begin(&mut client)?, "ada")?;
    assert_no_good(&client.get(&with(&callback, "code", None)?)?);
    Ok(())
}

#[test]
fn a_sign_in_takes_ten_minutes_at_most() -> Result<()> {
    let Some(service) = Service::start("oidc-late")? else { return Ok(()) };
    let mut client = service.client();
    let callback = service.at_provider(&service.begin(&mut client)?, "ada")?;
    // The browser's clock stands still, so that it sends the cookie.
    service.server.set_ahead(601)?;
    assert_no_good(&client.get(&callback)?);
    Ok(())
}

#[test]
fn nobody_is_sent_elsewhere_afterwards() -> Result<()> {
    let Some(service) = Service::start("oidc-return")? else { return Ok(()) };
    let mut client = service.client();
    for to in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "/.//evil.example",
    ] {
        let begun = client.get(&format!("/login?return_to={to}"))?;
        let callback = service.at_provider(begun.header("location").unwrap_or_default(), "ada")?;
        assert_eq!(client.get(&callback)?.header("location"), Some("/"), "{to}");
    }
    Ok(())
}
