//! The pages of `shop`, used as its visitors and its clerk do.

use anyhow::Result;
use serde_json::Value;

use crate::browser::{Browser, in_browser};
use crate::legible::{assert_legible, controls};
use crate::support::client::Client;
use crate::support::server::{Folder, Program, Server};

/// As wide as a name may be, and one word.
const NAME: &str = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW";
const PASSWORD: &str = "correct horse";
const CLERK: &str = "the clerk's password";

/// After which the password is asked for again before a change.
const FRESH: u64 = 5 * 60;

fn start(test: &str) -> Result<Server> {
    let folder = Folder::new(&format!("browser-shop-{test}-server"))?;
    let program = Program::new(env!("CARGO_BIN_EXE_shop"), &folder).arg("0");
    program.arg("--data").arg(folder.file("data")).arg("--clerk").arg(CLERK).start()
}

/// Fills in one of the two forms of the page for it, which is open.
async fn enter(browser: &Browser, form: &str, name: &str, password: &str) -> Result<()> {
    browser.fill(&format!("form[action='{form}'] [name=name]"), name).await?;
    browser.fill(&format!("form[action='{form}'] [name=password]"), password).await?;
    browser.click(&format!("form[action='{form}'] button")).await
}

async fn at(browser: &Browser, path: &str) -> Result<()> {
    browser.until(&format!("location.pathname === '{path}' && document.readyState === 'complete'")).await
}

async fn add(browser: &Browser, item: &str, then: &str) -> Result<()> {
    browser.click(&format!("form[action='/cart/{item}'] button")).await?;
    browser.until_text("main", then).await
}

/// A login of the same user elsewhere, where nobody looks at the pages.
fn log_in_elsewhere(server: &Server, device: &str) -> Result<Client> {
    let mut client = Client::new(&server.url);
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("user-agent", device)];
    let answer =
        client.request("POST", "/login", &headers, &format!("name={NAME}&password=correct+horse"))?;
    assert_eq!(answer.header("location"), Some("/"));
    Ok(client)
}

#[tokio::test]
async fn a_visitor_fills_a_cart_registers_orders_and_leaves() -> Result<()> {
    in_browser("shop-visitor", async |browser| {
        let server = start("visitor")?;
        browser.goto(&server.url).await?;
        assert_eq!(browser.cookies().await?, [], "nothing before the first write");
        assert_eq!(
            controls(browser).await?,
            ["button add cocoa", "button add coffee", "button add mug", "button add tea"]
        );
        add(browser, "tea", "1 × tea").await?;
        add(browser, "tea", "2 × tea").await?;
        add(browser, "mug", "1 × mug").await?;
        assert_legible(browser).await?;

        // An order needs a login, which needs an account.
        browser.click("form[action='/order'] button").await?;
        at(browser, "/login").await?;
        assert_legible(browser).await?;
        enter(browser, "/login", NAME, PASSWORD).await?;
        browser.until_text("[role=status]", "Wrong name or password.").await?;
        assert_legible(browser).await?;
        assert_eq!(
            controls(browser).await?,
            [
                "button log in",
                "button register",
                "status",
                "textbox Name",
                "textbox Name",
                "textbox Password",
                "textbox Password"
            ]
        );
        enter(browser, "/register", NAME, PASSWORD).await?;
        browser.until_text("nav", NAME).await?;
        assert_eq!(browser.cookie_names().await?, ["access", "cart", "login"]);
        browser.until_text("main", "2 × tea").await?;
        assert_legible(browser).await?;

        browser.click("form[action='/order'] button").await?;
        browser.until_text("[role=status]", "Thank you for your order.").await?;
        assert_eq!(browser.cookie_names().await?, ["access", "login"], "the cart is sold, the message shown");
        assert_legible(browser).await?;
        browser.reload().await?;
        browser.until_text("main", "Nothing yet.").await?;
        assert_eq!(browser.js("document.querySelector('[role=status]')").await?, Value::Null);

        browser.click("form[action='/logout'] button").await?;
        browser.until_text("nav", "log in").await?;
        assert_eq!(browser.cookies().await?, []);
        browser.goto(&format!("{}/account", server.url)).await?;
        at(browser, "/login").await
    })
    .await
}

#[tokio::test]
async fn a_device_is_ended_and_the_password_is_changed_after_it_was_asked_for() -> Result<()> {
    in_browser("shop-devices", async |browser| {
        let server = start("devices")?;
        browser.goto(&format!("{}/login", server.url)).await?;
        enter(browser, "/register", NAME, PASSWORD).await?;
        browser.until_text("nav", NAME).await?;
        // As long as a device's name may be, and one word.
        let device = format!("<b>{}", "D".repeat(37));
        let mut other = log_in_elsewhere(&server, &device)?;
        browser.click("a[href='/account']").await?;
        browser.until_text("main li:last-child", "Chrome on Linux").await?;
        browser.until_text("main li:last-child", "this device").await?;
        browser.until_text("main", "<b>DDD").await?;
        let end = format!("button end {device}");
        assert_eq!(controls(browser).await?, ["button change", &end, "button log out", "textbox Password"]);
        assert_legible(browser).await?;

        assert_eq!(other.get("/api/me")?.status, 200);
        browser.click("form[action^='/account/devices/'] button").await?;
        browser.until("document.querySelectorAll('main li').length === 1").await?;
        assert_eq!(other.get("/api/me")?.status, 401);

        // Later, the password is asked for first.
        let mut other = log_in_elsewhere(&server, "a phone")?;
        server.set_ahead(FRESH + 60)?;
        browser.fill("main [name=password]", "a longer one").await?;
        browser.click("form[action='/account/password'] button").await?;
        at(browser, "/login").await?;
        enter(browser, "/login", NAME, PASSWORD).await?;
        at(browser, "/").await?;
        browser.click("a[href='/account']").await?;
        at(browser, "/account").await?;
        browser.fill("main [name=password]", "a longer one").await?;
        browser.click("form[action='/account/password'] button").await?;
        browser.until_text("[role=status]", "The password is changed").await?;
        assert_legible(browser).await?;
        assert_eq!(other.get("/api/me")?.status, 401);
        assert_eq!(browser.js("document.querySelectorAll('main li').length").await?, 1);

        browser.click("form[action='/logout'] button").await?;
        browser.until_text("nav", "log in").await?;
        assert_eq!(browser.cookies().await?, []);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_clerk_sees_the_orders_and_customers_do_not() -> Result<()> {
    in_browser("shop-clerk", async |browser| {
        let server = start("clerk")?;
        browser.goto(&server.url).await?;
        add(browser, "coffee", "1 × coffee").await?;
        browser.click("a[href='/login']").await?;
        at(browser, "/login").await?;
        enter(browser, "/register", NAME, PASSWORD).await?;
        browser.until_text("nav", NAME).await?;
        browser.click("form[action='/order'] button").await?;
        browser.until_text("[role=status]", "Thank you").await?;
        assert_eq!(browser.js("document.querySelector(\"a[href='/orders']\")").await?, Value::Null);
        let (status, _) = browser.fetch("GET", "/orders").await?;
        assert_eq!(status, 403);
        browser.click("form[action='/logout'] button").await?;
        browser.until_text("nav", "log in").await?;

        browser.click("a[href='/login']").await?;
        at(browser, "/login").await?;
        enter(browser, "/login", "clerk", CLERK).await?;
        browser.until_text("nav", "clerk").await?;
        browser.click("a[href='/orders']").await?;
        browser.until_text("main li", &format!("{NAME}: 1 × coffee")).await?;
        assert_legible(browser).await?;
        browser.click("form[action='/logout'] button").await?;
        browser.until_text("nav", "log in").await?;
        assert_eq!(browser.cookies().await?, []);
        Ok(())
    })
    .await
}
