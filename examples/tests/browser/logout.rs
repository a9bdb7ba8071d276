//! A logout removes every cookie of every session, whatever its path, domain, partition or number of chunks.

use anyhow::Result;
use axum::Router;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use unjwt::{JweKey, JwsKey, Session, SessionHandle, SessionManager, SessionState};

use crate::browser::{Browser, in_browser};
use crate::site::{Site, page};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-sid", max_age = "7D")]
struct Sid {}

/// In chunks, under a path.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "draft", max_age = "1D", cookie(path = "/account"))]
struct Draft {
    text: String,
}

/// Of the whole domain, and readable.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "profile", max_age = "15m", cookie(max_age = "1D"))]
struct Profile {
    name: String,
}

/// In chunks, for each site that embeds this one, and for as long as the browser runs.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Secure-widget", cookie(same_site = "none", partitioned = true))]
struct Widget {
    text: String,
}

#[derive(SessionState, Clone)]
struct App {
    sid: SessionHandle<Sid>,
    draft: SessionHandle<Draft>,
    profile: SessionHandle<Profile>,
    widget: SessionHandle<Widget>,
}

fn router() -> Result<Router> {
    let key = || JweKey::secret([7; 32]);
    let configs = (
        Sid::config(key()),
        Draft::config(key()),
        Profile::config(JwsKey::secret([7; 32])).cookie_domain("shop.test"),
        Widget::config(key()),
    );
    Ok(unjwt::install(configs, |(sid, draft, profile, widget)| {
        let routes = Router::new()
            .route("/", get(page))
            .route("/account/login", post(login))
            .route("/account/logout", post(logout))
            .route("/account", get(async |_: Sid, _: Draft, _: Profile, _: Widget| {}));
        (routes, App { sid, draft, profile, widget })
    })?)
}

async fn login(
    sid: SessionManager<Sid>,
    draft: SessionManager<Draft>,
    profile: SessionManager<Profile>,
    widget: SessionManager<Widget>,
) -> Result<(), unjwt::Error> {
    sid.replace(Sid {}).await?;
    draft.replace(Draft { text: "d".repeat(8_000) }).await?;
    profile.replace(Profile { name: "ada".to_owned() }).await?;
    widget.replace(Widget { text: "w".repeat(4_000) }).await?;
    Ok(())
}

async fn logout(
    sid: SessionManager<Sid>,
    draft: SessionManager<Draft>,
    profile: SessionManager<Profile>,
    widget: SessionManager<Widget>,
) -> Result<(), unjwt::Error> {
    sid.clear().await?;
    draft.clear().await?;
    profile.clear().await?;
    widget.clear().await
}

/// Every cookie as `domain path name`, sorted.
async fn kept(browser: &Browser) -> Result<Vec<String>> {
    let line = |cookie: crate::browser::Cookie| format!("{} {} {}", cookie.domain, cookie.path, cookie.name);
    let mut kept: Vec<_> = browser.cookies().await?.into_iter().map(line).collect();
    kept.sort();
    Ok(kept)
}

#[tokio::test]
async fn a_logout_leaves_no_cookie_of_any_session() -> Result<()> {
    in_browser("logout", async |browser| {
        let site = Site::https(router()?).await?;
        browser.goto(&site.at("app.shop.test", "/")).await?;
        browser.js("void (document.cookie = 'theme=dark; Path=/; Max-Age=1000')").await?;
        assert_eq!(browser.fetch("POST", "/account/login").await?.0, 200);
        assert_eq!(
            kept(browser).await?,
            [
                ".shop.test / profile",
                "app.shop.test / __Host-sid",
                "app.shop.test / __Secure-widget",
                "app.shop.test / __Secure-widget.1",
                "app.shop.test / __Secure-widget.2",
                "app.shop.test / theme",
                "app.shop.test /account draft",
                "app.shop.test /account draft.1",
                "app.shop.test /account draft.2",
                "app.shop.test /account draft.3",
            ]
        );
        assert!(browser.cookie("__Secure-widget.1").await?.partition_key.is_some());
        assert_eq!(browser.fetch("GET", "/account").await?.0, 200);

        assert_eq!(browser.fetch("POST", "/account/logout").await?.0, 200);
        assert_eq!(kept(browser).await?, ["app.shop.test / theme"], "which is none of ours");
        assert_eq!(browser.fetch("GET", "/account").await?.0, 401);
        browser.reload().await?;
        assert_eq!(browser.js("document.cookie").await?, json!("theme=dark"));
        Ok(())
    })
    .await
}
