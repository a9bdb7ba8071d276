//! Actions of a user in a browser, and what can be observed there.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, Locator};
use serde::Deserialize;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::driver::Driver;
use crate::support::client::now;
use crate::support::server::Folder;

/// Longer than any step takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// A whole test, including the start of its browser.
const TEST: Duration = Duration::from_secs(480);

pub struct Browser {
    client: Client,
}

/// A cookie as Chromium has stored it (`Network.Cookie` of its DevTools protocol).
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Cookie {
    pub name: String,
    pub value: String,
    pub domain: String,
    pub path: String,
    /// Seconds since 1970; -1 for a cookie of the browser's session.
    pub expires: f64,
    pub http_only: bool,
    pub secure: bool,
    pub same_site: Option<String>,
    /// The embedding site that it is partitioned by, if any.
    pub partition_key: Option<Value>,
}

impl Cookie {
    /// Tells if it was set a moment ago, with this lifetime in seconds.
    #[allow(clippy::cast_precision_loss, reason = "dates of this century")]
    pub fn lasts(&self, seconds: u64) -> bool {
        let left = self.expires - now() as f64;
        (left - seconds as f64).abs() < 60.0
    }
}

/// Runs a test in a Chromium with an empty profile. Skips it, visibly, if Chromium is missing and not
/// required.
pub async fn in_browser(name: &str, test: impl AsyncFnOnce(&Browser) -> Result<()>) -> Result<()> {
    run(name, true, test).await
}

/// The same with a Chromium that blocks third-party cookies.
pub async fn in_browser_without_third_party_cookies(
    name: &str,
    test: impl AsyncFnOnce(&Browser) -> Result<()>,
) -> Result<()> {
    run(name, false, test).await
}

async fn run(
    name: &str,
    third_party_cookies: bool,
    test: impl AsyncFnOnce(&Browser) -> Result<()>,
) -> Result<()> {
    let home = Folder::new(&format!("browser-{name}"))?;
    let Some(driver) = Driver::start(&home)? else { return Ok(()) };
    let browser = Browser { client: driver.open(&home, third_party_cookies, &[]).await? };
    in_time(test(&browser)).await
}

/// Ends a test that does not end by itself.
pub async fn in_time(test: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::time::timeout(TEST, test).await.context("the test does not end")?
}

impl Browser {
    /// One with the profile of this folder, and with these arguments.
    pub async fn open(driver: &Driver, home: &Folder, arguments: &[String]) -> Result<Self> {
        Ok(Self { client: driver.open(home, true, arguments).await? })
    }

    /// Ends it as its user does, so that its profile is complete.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    pub async fn goto(&self, url: &str) -> Result<()> {
        self.client.goto(url).await.with_context(|| url.to_owned())
    }

    pub async fn reload(&self) -> Result<()> {
        Ok(self.client.refresh().await?)
    }

    pub async fn click(&self, css: &str) -> Result<()> {
        let element = self.client.find(Locator::Css(css)).await.with_context(|| css.to_owned())?;
        element.click().await.with_context(|| css.to_owned())
    }

    pub async fn fill(&self, css: &str, text: &str) -> Result<()> {
        let element = self.client.find(Locator::Css(css)).await.with_context(|| css.to_owned())?;
        element.send_keys(text).await.with_context(|| css.to_owned())
    }

    /// Types into the focused element.
    pub async fn type_keys(&self, text: &str) -> Result<()> {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for value in text.chars() {
            keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        Ok(self.client.perform_actions(keys).await?)
    }

    /// The text that a user sees there.
    pub async fn text(&self, css: &str) -> Result<String> {
        let element = self.client.find(Locator::Css(css)).await.with_context(|| css.to_owned())?;
        Ok(element.text().await?)
    }

    /// The value of a JavaScript expression, awaited if it is a promise.
    pub async fn js(&self, expression: &str) -> Result<Value> {
        let script = format!("return (async () => ({expression}))();");
        self.client.execute(&script, Vec::new()).await.with_context(|| expression.to_owned())
    }

    /// Waits until a JavaScript expression is true, in whichever page is loaded by then.
    pub async fn until(&self, condition: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut last = None;
        while Instant::now() < deadline {
            // A page that is being left runs no scripts.
            match self.js(condition).await {
                Ok(Value::Bool(true)) => return Ok(()),
                other => last = Some(other),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("{condition}: {last:?} in {}", self.client.source().await?)
    }

    /// Waits until the page's text contains this one.
    pub async fn until_text(&self, css: &str, text: &str) -> Result<()> {
        let (css, text) = (Value::from(css), Value::from(text));
        self.until(&format!("!!document.querySelector({css})?.innerText.includes({text})")).await
    }

    /// The status and JSON body of the page's own request, with its cookies.
    pub async fn fetch(&self, method: &str, url: &str) -> Result<(u64, Value)> {
        let (method, url) = (Value::from(method), Value::from(url));
        let answer = self
            .js(&format!(
                "await fetch({url}, {{ method: {method}, credentials: 'include', cache: 'no-store' }})
                    .then(async r => [r.status, await r.json().catch(() => null)])"
            ))
            .await?;
        let status = answer.get(0).and_then(Value::as_u64).with_context(|| answer.to_string())?;
        Ok((status, answer.get(1).cloned().unwrap_or_default()))
    }

    /// Every cookie of every site.
    pub async fn cookies(&self) -> Result<Vec<Cookie>> {
        let answer = self.devtools("Network.getAllCookies", json!({})).await?;
        let cookies = answer.get("cookies").with_context(|| answer.to_string())?;
        Ok(Vec::deserialize(cookies)?)
    }

    /// The one cookie of this name.
    pub async fn cookie(&self, name: &str) -> Result<Cookie> {
        let mut named = self.cookies().await?;
        named.retain(|cookie| cookie.name == name);
        ensure!(named.len() == 1, "{name}: {named:?}");
        named.pop().context("no cookie")
    }

    /// The names of all cookies, sorted.
    pub async fn cookie_names(&self) -> Result<Vec<String>> {
        let mut names: Vec<_> = self.cookies().await?.into_iter().map(|cookie| cookie.name).collect();
        names.sort();
        Ok(names)
    }

    /// A command of Chromium's DevTools protocol.
    pub async fn devtools(&self, command: &'static str, params: Value) -> Result<Value> {
        self.client.issue_cmd(DevTools { command, params }).await.context(command)
    }

    /// Opens another tab and goes there.
    pub async fn new_tab(&self, url: &str) -> Result<WindowHandle> {
        let tab = self.client.new_window(true).await?.handle;
        self.client.switch_to_window(tab.clone()).await?;
        self.goto(url).await?;
        Ok(tab)
    }

    /// Continues within the page's first frame.
    pub async fn enter_frame(&self) -> Result<()> {
        Ok(self.client.enter_frame(0).await?)
    }

    pub async fn tab(&self) -> Result<WindowHandle> {
        Ok(self.client.window().await?)
    }

    pub async fn switch_to(&self, tab: &WindowHandle) -> Result<()> {
        Ok(self.client.switch_to_window(tab.clone()).await?)
    }
}

#[derive(Debug)]
struct DevTools {
    command: &'static str,
    params: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (axum::http::Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.params });
        (axum::http::Method::POST, Some(body.to_string()))
    }
}
