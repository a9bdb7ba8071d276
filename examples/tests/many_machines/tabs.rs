//! Ten tabs of Chromium that renew at the same moment.

use anyhow::Result;
use serde_json::{Value, json};

use crate::browser::{Browser, in_browser};
use crate::machines::{MACHINES, Machines};
use crate::record::Count;
use crate::{HOUR, MINUTE};

const TABS: usize = 10;

/// Asks for `/me` and returns the status. A slow machine says to come later, and a busy one, too.
const ASK: &str = "async () => {
    for (;;) {
        const { status } = await fetch('/me', { cache: 'no-store' });
        if (status !== 503) return status;
        await new Promise(resolve => setTimeout(resolve, 500));
    }
}";

/// Signs in with the page's own form.
async fn sign_in(browser: &Browser, url: &str) -> Result<()> {
    browser.goto(url).await?;
    browser.until("document.activeElement.id === 'username'").await?;
    browser.fill("#username", "ada").await?;
    browser.fill("#password", "correct horse").await?;
    browser.click("#login button").await?;
    browser.until_text("#status", "Logged in").await
}

/// Returns the identifier of the login, which is the user's only one.
async fn only_login(browser: &Browser) -> Result<Value> {
    let (status, devices) = browser.fetch("GET", "/devices").await?;
    assert_eq!((status, devices.as_array().map(Vec::len)), (200, Some(1)), "{devices}");
    Ok(devices[0]["id"].clone())
}

#[tokio::test]
async fn ten_tabs_renew_at_once_on_three_machines_and_all_stay_signed_in() -> Result<()> {
    in_browser("many-machines-tabs", async |browser| {
        // A port for each tab: Chromium makes no more than six connections to one. Cookies do not depend on ports.
        let Some(mut machines) = Machines::start_with_ports("tabs", TABS)? else { return Ok(()) };
        sign_in(browser, &machines.url()?).await?;
        let login = only_login(browser).await?;
        let mut tabs = Vec::new();
        for url in machines.proxy.urls() {
            tabs.push(browser.new_tab(&url).await?);
            browser.until_text("#greeting", "Logged in as ada").await?;
        }

        for _ in 0..2 {
            machines.pass(20 * MINUTE)?;
            let refresh = browser.cookie("refresh_token").await?;
            let (served, count) = (machines.proxy.served(), Count::begin(&machines.redis)?);
            machines.proxy.hold();
            for tab in &tabs {
                browser.switch_to(tab).await?;
                browser.js(&format!("void (window.answer = ({ASK})())")).await?;
            }
            machines.proxy.release(TABS);
            for tab in &tabs {
                browser.switch_to(tab).await?;
                assert_eq!(browser.js("await window.answer").await?, json!(200));
            }
            count.assert_one(&machines.redis)?;
            for (before, now) in served.into_iter().zip(machines.proxy.served()) {
                assert!(now >= before + TABS / MACHINES, "each machine takes part");
            }
            assert_eq!(browser.cookie_names().await?, ["access_token", "refresh_token"]);
            assert_ne!(browser.cookie("refresh_token").await?.value, refresh.value);
            assert_eq!(only_login(browser).await?, login);
        }

        // Long after the window, whichever token was left.
        machines.pass(HOUR)?;
        let count = Count::begin(&machines.redis)?;
        for tab in &tabs {
            browser.switch_to(tab).await?;
            browser.reload().await?;
            browser.until_text("#greeting", "Logged in as ada").await?;
        }
        count.assert_one(&machines.redis)?;
        assert_eq!(only_login(browser).await?, login);
        Ok(())
    })
    .await
}
