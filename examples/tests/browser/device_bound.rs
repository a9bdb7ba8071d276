//! `device-bound` in a Chromium that signs with keys in software, since machines for tests have no TPM.

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::sha::sha256;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use serde_json::json;

use crate::browser::{Browser, PATIENCE, in_time};
use crate::driver::Driver;
use crate::support::client::now;
use crate::support::server::{Folder, Program, Server};
use crate::support::tools::is_installed;

const MINUTE: u64 = 60;

/// Of the access session.
const SHORT: u64 = 10 * MINUTE;

const ACCESS: &str = "__Host-access";
const LOGIN: &str = "__Host-login";
const START: &str = "/.well-known/dbsc/start";
const REFRESH: &str = "/.well-known/dbsc/refresh";

/// The quota of six signatures in nine minutes is off: a test has no nine minutes.
const FEATURES: &str = "--enable-features=DeviceBoundSessions:ForceEnableForTesting/true/RefreshQuota/false,\
                        PersistDeviceBoundSessions,SoftwareUnexportableKeys,\
                        EnableBoundSessionCredentialsSoftwareKeysForManualTesting";

/// The example, and what starts a browser of one user.
struct Visit {
    server: Server,
    driver: Driver,
    home: Folder,
}

async fn visit(name: &str, test: impl AsyncFnOnce(Visit) -> Result<()>) -> Result<()> {
    let home = Folder::new(&format!("browser-{name}"))?;
    let Some(driver) = Driver::start(&home)? else { return Ok(()) };
    if !is_installed("curl")? {
        return Ok(());
    }
    let folder = Folder::new(&format!("browser-{name}-server"))?;
    let server = Program::new(env!("CARGO_BIN_EXE_device-bound"), &folder).arg("0").start()?;
    in_time(test(Visit { server, driver, home })).await
}

impl Visit {
    /// Chromium with the profile that it had before, if any.
    async fn open(&self) -> Result<Browser> {
        let trusted = format!("--ignore-certificate-errors-spki-list={}", key_hash(&self.server.url)?);
        let browser = Browser::open(&self.driver, &self.home, &[FEATURES.to_owned(), trusted]).await?;
        browser.goto(&self.server.url).await?;
        Ok(browser)
    }

    async fn log_in(&self) -> Result<Browser> {
        let browser = self.open().await?;
        browser.until_text("#who", "Not logged in").await?;
        browser.click("#login").await?;
        browser.until_text("#who", "Logged in as ada, bound").await?;
        Ok(browser)
    }
}

/// The hash of the public key of the server's certificate.
fn key_hash(url: &str) -> Result<String> {
    let address = url.strip_prefix("https://").context("no https")?;
    let mut connector = SslConnector::builder(SslMethod::tls_client())?;
    connector.set_verify(SslVerifyMode::NONE);
    let stream = connector.build().connect("localhost", TcpStream::connect(address)?)?;
    let certificate = stream.ssl().peer_certificate().context("no certificate")?;
    Ok(STANDARD.encode(sha256(&certificate.public_key()?.public_key_to_der()?)))
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

    /// The status of the answer, and its lines of `Set-Cookie` that set one.
    fn ask(&self, server: &Server, path: &str, more: &[&str]) -> Result<(String, Vec<String>)> {
        let mut curl = Command::new("curl");
        curl.args(["--disable", "--silent", "--insecure", "--noproxy", "*", "--output", "/dev/null"]);
        curl.args(["--write-out", "%{http_code}", "--dump-header", "/dev/stderr", "--cookie", &self.cookies]);
        let output = curl.args(more).arg(format!("{}{path}", server.url)).output().context("curl")?;
        let headers = String::from_utf8(output.stderr)?.to_lowercase();
        let set =
            headers.lines().filter(|line| line.starts_with("set-cookie:") && !line.contains("max-age=0;"));
        Ok((String::from_utf8(output.stdout)?, set.map(str::to_owned).collect()))
    }
}

async fn drop_access(browser: &Browser, server: &Server) -> Result<()> {
    browser.devtools("Network.deleteCookies", json!({ "name": ACCESS, "url": server.url })).await?;
    Ok(())
}

async fn until_access_ends(browser: &Browser) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while browser.cookie_names().await?.iter().any(|name| name == ACCESS) {
        ensure!(Instant::now() < deadline, "the cookie does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// The latest end of a cookie that was set a moment ago and lives for so many seconds.
#[allow(clippy::cast_precision_loss, reason = "a date of this century")]
fn end_of_short(seconds: u64) -> f64 {
    (now() + seconds + 1) as f64
}

async fn is_bound(browser: &Browser) -> Result<bool> {
    Ok(browser.fetch("GET", "/me").await? == (200, json!({ "user": "ada", "is_bound": true })))
}

#[tokio::test]
async fn a_login_is_bound_and_the_device_renews_its_session_when_the_cookie_ends() -> Result<()> {
    visit("bound", async |visit| {
        let server = &visit.server;
        let browser = visit.log_in().await?;
        browser.click("#secret").await?;
        browser.until_text("#answer", "The secret of ada.").await?;
        assert!(browser.cookie(ACCESS).await?.lasts(SHORT));

        // At the end of the login, its sessions are as short.
        const LEFT: u64 = 10;
        let end = browser.cookie(LOGIN).await?.expires;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a date of this century")]
        let end = end as u64;
        drop_access(&browser, server).await?;
        let mut seen = BTreeSet::new();
        for _ in 0..3 {
            server.set_ahead(end - now() - LEFT)?;
            assert!(is_bound(&browser).await?);
            let access = browser.cookie(ACCESS).await?;
            assert!(access.expires < end_of_short(LEFT), "{access:?}");
            assert!(seen.insert(access.value), "another one");
            until_access_ends(&browser).await?;
        }
        server.set_ahead(end - now() + 1)?;
        assert_eq!(browser.fetch("GET", "/me").await?.0, 401, "the login has ended");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn copied_cookies_die_and_the_device_goes_on() -> Result<()> {
    visit("bound-copied", async |visit| {
        let server = &visit.server;
        let browser = visit.log_in().await?;
        let thief = Thief::of(&browser).await?;
        assert_eq!(thief.ask(server, "/secret", &[])?, ("200".to_owned(), vec![]), "before");

        server.set_ahead(SHORT + 1)?;
        let refused = ("401".to_owned(), vec![]);
        assert_eq!(thief.ask(server, "/me", &[])?, refused);
        assert_eq!(thief.ask(server, "/secret", &[])?, refused);
        for path in [START, REFRESH] {
            let more = ["--request", "POST", "--header", "sec-secure-session-id: __Host-access.x"];
            let (status, cookies) = thief.ask(server, path, &more)?;
            assert!(cookies.is_empty(), "{path} {status} {cookies:?}");
        }

        drop_access(&browser, server).await?;
        assert!(is_bound(&browser).await?);
        assert_eq!(thief.ask(server, "/me", &[])?, refused);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn two_tabs_share_the_session() -> Result<()> {
    visit("bound-tabs", async |visit| {
        let server = &visit.server;
        let browser = visit.log_in().await?;
        let first = browser.tab().await?;
        let second = browser.new_tab(&server.url).await?;
        browser.until_text("#who", "Logged in as ada, bound").await?;
        drop_access(&browser, server).await?;
        // Neither waits for the answer of the other one.
        for tab in [&first, &second] {
            browser.switch_to(tab).await?;
            browser.js("void (window.asked = fetch('/me').then((reply) => reply.json()))").await?;
        }
        for tab in [&first, &second] {
            browser.switch_to(tab).await?;
            assert_eq!(browser.js("await window.asked").await?, json!({ "user": "ada", "is_bound": true }));
        }
        browser.click("#logout").await?;
        browser.until_text("#who", "Not logged in").await?;
        browser.switch_to(&first).await?;
        browser.click("#look").await?;
        browser.until_text("#who", "Not logged in").await
    })
    .await
}

#[tokio::test]
async fn the_session_outlives_the_browser() -> Result<()> {
    visit("bound-restart", async |visit| {
        let browser = visit.log_in().await?;
        browser.close().await?;
        let browser = visit.open().await?;
        browser.until_text("#who", "Logged in as ada, bound").await?;
        drop_access(&browser, &visit.server).await?;
        assert!(is_bound(&browser).await?, "with the key of before");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_logout_leaves_no_cookie_and_the_browser_asks_no_more() -> Result<()> {
    visit("bound-logout", async |visit| {
        let browser = visit.log_in().await?;
        let thief = Thief::of(&browser).await?;
        browser.click("#logout").await?;
        browser.until_text("#who", "Not logged in").await?;
        assert_eq!(browser.cookies().await?, []);
        assert_eq!(thief.ask(&visit.server, "/me", &[])?.0, "401", "a copy too");
        for _ in 0..5 {
            browser.reload().await?;
            browser.until_text("#who", "Not logged in").await?;
        }
        browser.click("#login").await?;
        browser.until_text("#who", "Logged in as ada, bound").await?;
        browser.close().await?;

        let Visit { server, .. } = visit;
        let wire = server.interrupt()?.stdout;
        let after = wire.split("> POST /logout\n").nth(1).context("no logout")?;
        let until_login = after.split("> POST /login\n").next().unwrap_or_default();
        assert_eq!(until_login.matches(&format!("> POST {REFRESH}\n")).count(), 1, "{after}");
        assert!(until_login.contains("\"continue\":false"), "the browser was told that it is over: {after}");
        Ok(())
    })
    .await
}
