//! "Your devices" on the page of `refresh-token`, in two browsers of one user.

use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::browser::{Browser, in_browser};
use crate::example::{login, start_in};
use crate::legible::{assert_legible, controls};
use crate::support::client::Client;
use crate::support::server::{Folder, Server};
use crate::support::tools::is_installed;

const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';

/// Two profiles of Chromium, and curl.
async fn in_two_browsers(name: &str, test: impl AsyncFnOnce(&Browser, &Browser) -> Result<()>) -> Result<()> {
    if !is_installed("curl")? {
        return Ok(());
    }
    in_browser(&format!("{name}-one"), async |one| {
        in_browser(&format!("{name}-two"), async |two| test(one, two).await).await
    })
    .await
}

/// curl, with the cookies of a browser that somebody has copied.
struct Thief {
    cookies: String,
}

impl Thief {
    async fn of(browser: &Browser) -> Result<Self> {
        let cookies = browser.cookies().await?;
        let pairs: Vec<_> =
            cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        Ok(Self { cookies: pairs.join("; ") })
    }

    /// The status that curl gets from `/me`.
    fn status(&self, server: &Server) -> Result<String> {
        let mut curl = Command::new("curl");
        curl.args(["--disable", "--silent", "--noproxy", "*", "--output", "/dev/null"]);
        curl.args(["--write-out", "%{http_code}", "--cookie", &self.cookies]);
        let output = curl.arg(format!("{}/me", server.url)).output().context("curl")?;
        Ok(String::from_utf8(output.stdout)?)
    }
}

async fn until_devices(browser: &Browser, count: usize) -> Result<()> {
    browser.until(&format!("document.querySelectorAll('#device-list li').length === {count}")).await
}

#[tokio::test]
async fn a_logout_leaves_no_copy_behind_and_a_restart_changes_nothing() -> Result<()> {
    in_two_browsers("copied", async |one, two| {
        let folder = Folder::new("browser-copied-server")?;
        let server = start_in(&folder)?;
        login(one, &server).await?;
        login(two, &server).await?;
        let thief = Thief::of(one).await?;
        assert_eq!(thief.status(&server)?, "200", "before");

        one.click("#logout").await?;
        one.until_text("#status", "copies of them are refused").await?;
        assert_eq!(thief.status(&server)?, "401");

        server.interrupt()?;
        let server = start_in(&folder)?;
        assert_eq!(thief.status(&server)?, "401");
        two.goto(&server.url).await?;
        two.until_text("#greeting", "Logged in as ada").await?;
        until_devices(two, 1).await
    })
    .await
}

#[tokio::test]
async fn a_device_is_ended_from_another_with_the_password() -> Result<()> {
    in_two_browsers("devices", async |one, two| {
        let folder = Folder::new("browser-devices-server")?;
        let server = start_in(&folder)?;
        login(two, &server).await?;
        server.set_ahead(60)?;
        login(one, &server).await?;
        let thief = Thief::of(two).await?;
        until_devices(one, 2).await?;
        assert_eq!(one.text("#device-list li:first-child strong").await?, "Chrome on Linux this device");
        assert_eq!(one.text("#device-list li:last-child strong").await?, "Chrome on Linux");
        let named = controls(one).await?;
        assert!(
            named.iter().any(|name| name.starts_with("button End Chrome on Linux, signed in ")),
            "{named:?}"
        );
        assert_legible(one).await?;

        // The password was entered more than five minutes ago.
        server.set_ahead(7 * 60)?;
        one.click("[data-end]").await?;
        one.until("document.activeElement.id === 'again-password'").await?;
        assert_legible(one).await?;
        one.type_keys(&format!("{ESCAPE}")).await?;
        one.until_text("#status", "Nothing was ended").await?;
        assert_eq!(one.js("!!document.activeElement.dataset.end").await?, true, "where the user was");
        assert_eq!(thief.status(&server)?, "200");

        one.type_keys(&format!("{ENTER}")).await?;
        one.until("document.activeElement.id === 'again-password'").await?;
        one.type_keys(&format!("wrong{ENTER}")).await?;
        one.until_text("#again-problem", "Wrong password.").await?;
        assert_eq!(one.js("document.getElementById('again-password').ariaInvalid").await?, "true");
        assert_legible(one).await?;
        one.type_keys(&format!("right{ENTER}")).await?;
        one.until_text("#status", "Ended Chrome on Linux").await?;
        until_devices(one, 1).await?;
        assert_eq!(one.js("document.activeElement.id").await?, "devices-title");
        assert_eq!(one.js("document.getElementById('end-others').checkVisibility()").await?, false);

        assert_eq!(thief.status(&server)?, "401");
        two.click("#view").await?;
        two.until_text("#status", "Log in again").await
    })
    .await
}

#[tokio::test]
async fn all_others_end_and_their_names_are_shown_as_text() -> Result<()> {
    in_browser("end-others", async |browser| {
        let folder = Folder::new("browser-end-others-server")?;
        let server = start_in(&folder)?;
        let sign_in = |client: &mut Client| -> Result<()> {
            let headers = [("content-type", "application/json"), ("user-agent", "<b>bold</b>")];
            let body = json!({"username": "ada", "password": "x"}).to_string();
            assert_eq!(client.request("POST", "/login", &headers, &body)?.status, 200);
            Ok(())
        };
        let mut others = [Client::new(&server.url), Client::new(&server.url)];
        others.iter_mut().try_for_each(sign_in)?;
        login(browser, &server).await?;
        until_devices(browser, 3).await?;
        assert!(browser.text("#device-list").await?.contains("<b>bold<"), "as it was sent");
        assert_eq!(browser.js("document.querySelector('#device-list b')").await?, json!(null));

        // Signed in a moment ago, so the password is not asked for.
        browser.click("#end-others").await?;
        browser.until_text("#status", "Ended all other devices").await?;
        until_devices(browser, 1).await?;
        for other in &mut others {
            assert_eq!(other.get("/me")?.status, 401);
        }
        browser.click("#view").await?;
        browser.until_text("#status", "as they were").await?;

        let [other, _] = &mut others;
        sign_in(other)?;
        server.set_ahead(7 * 60)?;
        browser.reload().await?;
        until_devices(browser, 2).await?;
        browser.click("#end-others").await?;
        browser.until("document.activeElement.id === 'again-password'").await?;
        assert_eq!(other.get("/me")?.status, 200, "not before the password");
        browser.type_keys(&format!("right{ENTER}")).await?;
        browser.until_text("#status", "Ended all other devices").await?;
        assert_eq!(other.get("/me")?.status, 401);
        Ok(())
    })
    .await
}
