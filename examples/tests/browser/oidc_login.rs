//! `oidc-login`, with its provider at another site: what a person sees, and what somebody who lures that person gets.

use anyhow::Result;
use serde_json::json;

use crate::browser::{Browser, in_browser};
use crate::support::oidc_login::Service;

/// Signs in with the provider's form, from the page that asks for it.
async fn sign_in(browser: &Browser, service: &Service, user: &str) -> Result<()> {
    browser.goto(&format!("{}/account", service.origin)).await?;
    browser.until("location.pathname.startsWith('/login/')").await?;
    browser.fill("[name=user]", user).await?;
    browser.fill("[name=password]", "correct horse").await?;
    browser.click("button").await?;
    browser.until_text("#account", &format!("{user} has {user}@example.com.")).await
}

async fn assert_nobody(browser: &Browser, service: &Service) -> Result<()> {
    browser.goto(&service.origin).await?;
    browser.until_text("#user", "You are nobody.").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_with_a_provider_and_out_of_both() -> Result<()> {
    let Some(service) = Service::start("oidc-login-person")? else { return Ok(()) };
    in_browser("oidc-login-person-browser", async |browser| {
        sign_in(browser, &service, "ada").await?;
        assert_eq!(browser.js("location.href").await?, json!(format!("{}/account", service.origin)));
        let user = browser.cookie("user").await?;
        assert!(user.http_only && user.domain == "localhost", "{user:?}");
        assert_eq!(user.same_site.as_deref(), Some("Lax"));
        assert!(!browser.cookie_names().await?.contains(&"oidc_flow".to_owned()));
        browser.goto(&service.origin).await?;
        browser.until_text("#user", "You are ada.").await?;

        // Here, then there, and back.
        browser.click("form[action='/logout'] button").await?;
        browser.until("location.pathname === '/session/end'").await?;
        assert!(!browser.cookie_names().await?.contains(&"user".to_owned()));
        browser.click("button").await?;
        browser.until_text("#user", "You are nobody.").await?;
        assert_eq!(browser.js("location.href").await?, json!(format!("{}/", service.origin)));

        // The provider asks for the password again.
        sign_in(browser, &service, "bob").await
    })
    .await
}

/// The user signs out at the provider, for which this service has never been asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_logout_at_the_provider_signs_the_user_out_here() -> Result<()> {
    let Some(service) = Service::start("oidc-login-provider")? else { return Ok(()) };
    in_browser("oidc-login-provider-browser", async |browser| {
        sign_in(browser, &service, "ada").await?;
        let first = browser.tab().await?;
        browser.new_tab(&format!("{}/session/end", service.provider.url())).await?;
        browser.click("button").await?;
        browser.until_text("h1", "Signed out").await?;

        browser.switch_to(&first).await?;
        browser.cookie("user").await?;
        browser.goto(&service.origin).await?;
        browser.until_text("#user", "You are nobody.").await
    })
    .await
}

/// A link to a callback: somebody else's, one of another provider, or one that was used.
#[tokio::test(flavor = "multi_thread")]
async fn a_lured_person_stays_who_it_is() -> Result<()> {
    let Some(service) = Service::start("oidc-login-lured")? else { return Ok(()) };
    in_browser("oidc-login-lured-browser", async |browser| {
        let at = |path: &str| format!("{}{path}", service.origin);
        let mut mallory = service.client();
        let lure = service.at_provider(&service.begin(&mut mallory)?, "mallory")?;
        browser.goto(&at(&lure)).await?;
        browser.until_text("#refused", "no good").await?;
        assert_nobody(browser, &service).await?;

        // The browser's own sign-in, with the answer of another provider.
        let authorization = own_authorization(browser, &service).await?;
        let own = service.at_provider(&authorization, "ada")?;
        let iss = own.split_once("&iss=").map_or(own.as_str(), |(before, _)| before);
        browser.goto(&at(&format!("{iss}&iss=https%3A%2F%2Fevil.example"))).await?;
        browser.until_text("#refused", "no good").await?;
        assert_nobody(browser, &service).await?;

        // And used twice: the history of a shared machine has its address.
        let authorization = own_authorization(browser, &service).await?;
        let own = service.at_provider(&authorization, "ada")?;
        browser.goto(&at(&own)).await?;
        browser.until_text("#account", "ada has").await?;
        browser.goto(&at("/")).await?;
        browser.click("form[action='/logout'] button").await?;
        // The provider, where this browser has no session, sends it back at once.
        browser.until_text("#user", "You are nobody.").await?;
        browser.goto(&at(&own)).await?;
        browser.until_text("#refused", "no good").await?;
        assert_nobody(browser, &service).await
    })
    .await
}

/// Begins a sign-in and gives its session to the browser. Returns the request to the provider, of which a browser shows
/// nothing: the provider goes on to its form at once.
async fn own_authorization(browser: &Browser, service: &Service) -> Result<String> {
    let mut client = service.client();
    let authorization = service.begin(&mut client)?;
    let flow = client.cookie("oidc_flow").unwrap_or_default();
    let cookie = json!({ "name": "oidc_flow", "value": flow, "url": format!("{}/callback", service.origin),
                         "path": "/callback", "httpOnly": true, "sameSite": "Lax" });
    browser.devtools("Network.setCookie", cookie).await?;
    Ok(authorization)
}
