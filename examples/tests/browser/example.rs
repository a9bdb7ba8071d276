//! The page of `refresh-token`, used as a user does.

use anyhow::Result;
use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use crate::browser::{Browser, in_browser};
use crate::legible::{assert_legible, controls};
use crate::site::{Site, page};
use crate::support::server::{Folder, Program, Server};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// The mean lifetime of an access token in seconds: it is up to 5 % shorter than the attribute says.
const ACCESS: u64 = 878;

const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';

fn start(test: &str) -> Result<Server> {
    start_in(&Folder::new(&format!("browser-{test}-server"))?)
}

/// With the keys and the store in this folder.
pub fn start_in(folder: &Folder) -> Result<Server> {
    let program = Program::new(env!("CARGO_BIN_EXE_refresh-token"), folder);
    program.arg("0").arg("--keys").arg(folder.file("keys.json")).start()
}

/// The page, with its form.
async fn open(browser: &Browser, server: &Server) -> Result<()> {
    browser.goto(&server.url).await?;
    browser.until("document.activeElement.id === 'username'").await
}

pub async fn login(browser: &Browser, server: &Server) -> Result<()> {
    open(browser, server).await?;
    browser.fill("#username", "ada").await?;
    browser.fill("#password", "correct horse").await?;
    browser.click("#login button").await?;
    browser.until_text("#status", "Logged in").await
}

/// What the page shows of a session: its id.
async fn shown_id(browser: &Browser, session: &str) -> Result<String> {
    browser.text(&format!("#{session} [data-show=id]")).await
}

#[tokio::test]
async fn a_person_logs_in_and_out_without_a_mouse() -> Result<()> {
    in_browser("keyboard", async |browser| {
        let server = start("keyboard")?;
        open(browser, &server).await?;
        assert_eq!(browser.cookies().await?, [], "nothing before the login");
        browser.type_keys(&format!("ada{TAB}correct horse{ENTER}")).await?;
        browser.until_text("#status", "Logged in").await?;
        assert_eq!(browser.text("#greeting").await?, "Logged in as ada");
        assert_eq!(
            browser.js("document.activeElement.id").await?,
            "greeting",
            "a screen reader goes on there"
        );

        assert_eq!(browser.cookie_names().await?, ["access_token", "refresh_token"]);
        let (access, refresh) =
            (browser.cookie("access_token").await?, browser.cookie("refresh_token").await?);
        for cookie in [&access, &refresh] {
            assert_eq!((cookie.domain.as_str(), cookie.path.as_str()), ("127.0.0.1", "/"));
            assert_eq!(cookie.same_site.as_deref(), Some("Lax"));
            assert!(!cookie.secure, "as `insecure_cookies_for_local_http` has it");
        }
        assert!(!access.http_only && access.lasts(ACCESS), "{access:?}");
        assert!(refresh.http_only && refresh.lasts(7 * DAY), "{refresh:?}");
        assert_eq!(access.value.split('.').count(), 3, "signed");
        assert_eq!(refresh.value.split('.').count(), 5, "encrypted");
        assert_eq!(browser.js("document.cookie").await?, json!(format!("access_token={}", access.value)));

        // A reload does not log the user out.
        browser.reload().await?;
        browser.until_text("#greeting", "Logged in as ada").await?;

        // The greeting has the focus; the button is next.
        browser.type_keys(&format!("{TAB}{ENTER}")).await?;
        browser.until_text("#status", "Logged out").await?;
        assert_eq!(browser.cookies().await?, []);
        assert_eq!(browser.js("document.activeElement.id").await?, "username");
        browser.reload().await?;
        browser.until("document.activeElement.id === 'username'").await
    })
    .await
}

#[tokio::test]
async fn a_refused_login_says_why_and_can_be_corrected() -> Result<()> {
    in_browser("refused", async |browser| {
        let server = start("refused")?;
        open(browser, &server).await?;
        browser.fill("#username", "ada").await?;
        browser.fill("#password", "wrong").await?;
        browser.click("#login button").await?;
        browser.until_text("#problem", "Wrong user name or password.").await?;
        assert_eq!(browser.cookies().await?, []);
        assert_eq!(browser.js("username.value").await?, "ada", "is not to be typed again");
        assert_eq!(browser.js("document.activeElement.id").await?, "password");
        assert_eq!(browser.js("password.ariaInvalid").await?, "true");

        browser.type_keys(&format!("right{ENTER}")).await?;
        browser.until_text("#greeting", "Logged in as ada").await?;
        browser.click("#logout").await?;
        browser.until_text("#status", "Logged out").await?;
        assert_eq!(browser.text("#problem").await?, "");
        assert_eq!(browser.js("password.ariaInvalid").await?, Value::Null);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_page_stays_signed_in_when_its_access_session_ends() -> Result<()> {
    in_browser("stays", async |browser| {
        let server = start("stays")?;
        login(browser, &server).await?;
        let (first, refresh) = (shown_id(browser, "access").await?, shown_id(browser, "refresh").await?);
        browser.click("#view").await?;
        browser.until_text("#status", "as they were").await?;
        assert_eq!(shown_id(browser, "access").await?, first);

        // The token has expired, for the server and for the page; its cookie still exists.
        server.set_ahead(15 * MINUTE + 1)?;
        browser.js("void (performance.now = () => 16 * 60 * 1000)").await?;
        browser.until_text("#access", "Expired").await?;
        browser.until_text("#status", "has expired").await?;
        browser.cookie("access_token").await?;
        browser.click("#view").await?;
        browser.until_text("#status", "made a new one").await?;
        let second = shown_id(browser, "access").await?;
        assert_ne!(second, first);

        // The cookie is gone.
        browser.click("#drop").await?;
        browser.until_text("#access", "Cookie deleted").await?;
        assert_eq!(browser.cookie_names().await?, ["refresh_token"]);
        browser.click("#view").await?;
        browser.until_text("#status", "made a new one").await?;
        let third = shown_id(browser, "access").await?;
        assert_ne!(third, second);
        assert!(browser.cookie("access_token").await?.lasts(ACCESS));
        let rotated = shown_id(browser, "refresh").await?;
        assert_ne!(rotated, refresh);

        browser.click("#renew").await?;
        browser.until_text("#status", "begin anew").await?;
        assert_ne!(shown_id(browser, "access").await?, third);
        assert_ne!(shown_id(browser, "refresh").await?, rotated);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_logout_in_one_tab_ends_the_other() -> Result<()> {
    in_browser("two-tabs", async |browser| {
        let server = start("two-tabs")?;
        login(browser, &server).await?;
        let first = browser.tab().await?;
        browser.new_tab(&server.url).await?;
        browser.until_text("#greeting", "Logged in as ada").await?;
        browser.click("#logout").await?;
        browser.until_text("#status", "Logged out").await?;

        browser.switch_to(&first).await?;
        browser.click("#view").await?;
        browser.until_text("#status", "Log in again").await?;
        assert_eq!(browser.cookies().await?, []);
        Ok(())
    })
    .await
}

/// `SameSite=Lax` keeps the cookies out, and a request that would start a session is refused.
#[tokio::test]
async fn another_sites_page_neither_logs_out_nor_in() -> Result<()> {
    in_browser("forged", async |browser| {
        let server = start("forged")?;
        let elsewhere = Site::http(Router::new().route("/", get(page))).await?;
        login(browser, &server).await?;
        let before = browser.cookies().await?;

        let forged = [("logout", ""), ("renew", ""), ("login", r#"{"username":"mallory","password":"x","a":""#)];
        for (path, name) in forged {
            let url = format!("{}/{path}", server.url);
            browser.goto(&elsewhere.at("localhost", "/")).await?;
            let fetch = "{ method: 'POST', mode: 'no-cors', credentials: 'include', body: 'x' }";
            browser.js(&format!("void await fetch('{url}', {fetch})")).await?;
            // As text, the field's name begins a JSON body and its value ends it.
            let form = format!(
                "<form method=post enctype=text/plain action={url}><input name='{name}' value='\"}}'><button>go</button></form>"
            );
            browser.js(&format!("void (document.body.innerHTML = {})", Value::from(form))).await?;
            browser.click("button").await?;
            assert_eq!(browser.cookies().await?, before, "{path}");
        }
        browser.goto(&server.url).await?;
        browser.until_text("#greeting", "Logged in as ada").await
    })
    .await
}

#[tokio::test]
async fn the_page_is_legible_and_every_control_has_a_name() -> Result<()> {
    in_browser("legible", async |browser| {
        let server = start("legible")?;
        open(browser, &server).await?;
        assert_eq!(
            controls(browser).await?,
            ["alert", "button Log in", "status", "textbox Password", "textbox User name"]
        );
        assert_legible(browser).await?;
        browser.type_keys(&format!("ada{TAB}wrong{ENTER}")).await?;
        browser.until_text("#problem", "Wrong").await?;
        assert_legible(browser).await?;

        browser.type_keys(&format!("right{ENTER}")).await?;
        browser.until_text("#status", "Logged in").await?;
        assert_eq!(
            controls(browser).await?,
            [
                "button Check again",
                "button Delete the access cookie",
                "button Log out",
                "button Renew both",
                "status"
            ]
        );
        browser.click("#drop").await?;
        assert_legible(browser).await?;
        browser.click("#view").await?;
        browser.until_text("#access", "New id").await?;
        assert_legible(browser).await
    })
    .await
}
