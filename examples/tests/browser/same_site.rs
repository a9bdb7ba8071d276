//! The sessions that come with a request which another site's page makes. The service takes them from every origin here, since
//! what it makes of them is another matter.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::State;
use axum::http::Method;
use axum::response::Html;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use unjwt::{Current, JweKey, Session, SessionHandle, SessionManager, SessionState};

use crate::browser::{Browser, PATIENCE, in_browser, in_browser_without_third_party_cookies};
use crate::site::{Site, page};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "strict", csrf = "off", cookie(same_site = "strict"))]
struct Strict {}

/// The default, without a setting in the attribute.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "lax", csrf = "off")]
struct Lax {}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "none", csrf = "off", cookie(same_site = "none"))]
struct Anywhere {}

/// Partitioned by the embedding site (CHIPS).
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "apart", csrf = "off", cookie(same_site = "none", partitioned = true))]
struct Apart {}

#[derive(SessionState)]
struct App {
    strict: SessionHandle<Strict>,
    lax: SessionHandle<Lax>,
    anywhere: SessionHandle<Anywhere>,
    apart: SessionHandle<Apart>,
    /// Receives each request to `/seen`, with the sessions that arrived: `GET strict lax`.
    seen: UnboundedSender<String>,
}

async fn login(
    strict: SessionManager<Strict>,
    lax: SessionManager<Lax>,
    anywhere: SessionManager<Anywhere>,
    apart: SessionManager<Apart>,
) -> Result<(), unjwt::Error> {
    strict.replace(Strict {}).await?;
    lax.replace(Lax {}).await?;
    anywhere.replace(Anywhere {}).await?;
    apart.replace(Apart {}).await?;
    Ok(())
}

async fn look(
    method: Method,
    strict: Option<Current<Strict>>,
    lax: Option<Current<Lax>>,
    anywhere: Option<Current<Anywhere>>,
    apart: Option<Current<Apart>>,
    State(app): State<Arc<App>>,
) -> Html<&'static str> {
    let mut seen = method.to_string();
    let came = [
        (strict.is_some(), " strict"),
        (lax.is_some(), " lax"),
        (anywhere.is_some(), " none"),
        (apart.is_some(), " apart"),
    ];
    seen.extend(came.into_iter().filter_map(|(came, name)| came.then_some(name)));
    let _ = app.seen.send(seen);
    page().await
}

struct Shop {
    site: Site,
    seen: UnboundedReceiver<String>,
}

impl Shop {
    async fn start() -> Result<Self> {
        let (send, seen) = unbounded_channel();
        let key = || JweKey::secret([7; 32]);
        let configs =
            (Strict::config(key()), Lax::config(key()), Anywhere::config(key()), Apart::config(key()));
        let router = unjwt::install(configs, |(strict, lax, anywhere, apart)| {
            let routes =
                Router::new().route("/login", get(page).post(login)).route("/seen", get(look).post(look));
            (routes, Arc::new(App { strict, lax, anywhere, apart, seen: send }))
        })?;
        Ok(Self { site: Site::https(router).await?, seen })
    }

    fn url(&self, path: &str) -> String {
        self.site.at("shop.test", path)
    }

    async fn login(&self, browser: &Browser) -> Result<()> {
        browser.goto(&self.url("/login")).await?;
        assert_eq!(browser.fetch("POST", "/login").await?.0, 200);
        assert_eq!(browser.cookie_names().await?, ["apart", "lax", "none", "strict"]);
        Ok(())
    }

    /// The sessions of the next request to `/seen`.
    async fn seen(&mut self) -> Result<String> {
        let seen = tokio::time::timeout(PATIENCE, self.seen.recv()).await.context("no request")?;
        seen.context("no server")
    }
}

/// Ways in which a page makes a request to `/seen`.
#[derive(Clone, Copy, Debug)]
enum Way {
    Link,
    Form,
    Frame,
    Image,
    FetchGet,
    FetchPost,
}

impl Way {
    async fn go(self, browser: &Browser, url: &str) -> Result<()> {
        let url = Value::from(url);
        let element = |html: &str| format!("void (document.body.innerHTML = `{html}`)");
        let fetch = |method: &str| {
            format!(
                "void fetch({url}, {{ method: '{method}', mode: 'no-cors', credentials: 'include', cache: 'no-store' }})"
            )
        };
        match self {
            Self::Link => browser.js(&element(&format!("<a id=go href={url}>go</a>"))).await?,
            Self::Form => {
                browser
                    .js(&element(&format!("<form method=post action={url}><button id=go>go</button></form>")))
                    .await?
            }
            Self::Frame => browser.js(&element(&format!("<iframe src={url}></iframe>"))).await?,
            Self::Image => browser.js(&element(&format!("<img src={url}>"))).await?,
            Self::FetchGet => browser.js(&fetch("GET")).await?,
            Self::FetchPost => browser.js(&fetch("POST")).await?,
        };
        if matches!(self, Self::Link | Self::Form) {
            browser.click("#go").await?;
        }
        Ok(())
    }
}

/// From a page of each of these origins, each way carries these sessions.
async fn assert_seen(shop: &mut Shop, browser: &Browser, from: &str, expected: &[(Way, &str)]) -> Result<()> {
    for (way, sessions) in expected {
        browser.goto(from).await?;
        way.go(browser, &shop.url("/seen")).await?;
        assert_eq!(shop.seen().await?, *sessions, "{way:?} from {from}");
    }
    Ok(())
}

#[tokio::test]
async fn another_site_brings_what_same_site_says() -> Result<()> {
    in_browser("same-site-other", async |browser| {
        let mut shop = Shop::start().await?;
        let elsewhere = Router::new().route("/", get(page));
        let (https, http) = (Site::https(elsewhere.clone()).await?, Site::http(elsewhere).await?);
        shop.login(browser).await?;
        // The same host without TLS is another site too.
        for from in [https.at("evil.test", "/"), http.at("shop.test", "/")] {
            let expected = [
                (Way::Link, "GET lax none apart"),
                (Way::Form, "POST none apart"),
                (Way::Frame, "GET none"),
                (Way::Image, "GET none"),
                (Way::FetchGet, "GET none"),
                (Way::FetchPost, "POST none"),
            ];
            assert_seen(&mut shop, browser, &from, &expected).await?;
        }

        // A visitor who came by a link has a strict session from the next request on.
        Way::Link.go(browser, &shop.url("/seen")).await?;
        assert_eq!(shop.seen().await?, "GET lax none apart");
        browser.until("location.pathname === '/seen' && document.readyState === 'complete'").await?;
        Way::FetchGet.go(browser, &shop.url("/seen")).await?;
        assert_eq!(shop.seen().await?, "GET strict lax none apart");
        Ok(())
    })
    .await
}

/// `SameSite` does not protect against another subdomain or port.
#[tokio::test]
async fn another_port_or_subdomain_is_the_same_site() -> Result<()> {
    in_browser("same-site-same", async |browser| {
        let mut shop = Shop::start().await?;
        let neighbour = Site::https(Router::new().route("/", get(page))).await?;
        shop.login(browser).await?;
        for from in [neighbour.at("shop.test", "/"), neighbour.at("blog.shop.test", "/")] {
            let all = |method: &str| format!("{method} strict lax none apart");
            let (get, post) = (all("GET"), all("POST"));
            let expected = [
                (Way::Link, get.as_str()),
                (Way::Form, &post),
                (Way::Frame, &get),
                (Way::Image, &get),
                (Way::FetchGet, &get),
                (Way::FetchPost, &post),
            ];
            assert_seen(&mut shop, browser, &from, &expected).await?;
        }
        // So is an address that a person types.
        browser.goto(&shop.url("/seen")).await?;
        assert_eq!(shop.seen().await?, "GET strict lax none apart");
        Ok(())
    })
    .await
}

/// Logs in within another site's page. The sessions that are kept are the ones that are sent from there.
async fn login_embedded(browser: &Browser, kept: &[&str], sent: &str) -> Result<()> {
    let mut shop = Shop::start().await?;
    let portal = Site::https(Router::new().route("/", get(page))).await?;
    browser.goto(&portal.at("portal.test", "/")).await?;
    let frame = format!("void (document.body.innerHTML = '<iframe src={}></iframe>')", shop.url("/login"));
    browser.js(&frame).await?;
    browser.enter_frame().await?;
    browser.until("location.pathname === '/login' && document.readyState === 'complete'").await?;
    assert_eq!(browser.fetch("POST", "/login").await?.0, 200);
    assert_eq!(browser.cookie_names().await?, kept);
    let key = browser.cookie("apart").await?.partition_key.context("a partition")?;
    assert_eq!(key.get("topLevelSite"), Some(&json!("https://portal.test")));
    browser.fetch("POST", "/seen").await?;
    assert_eq!(shop.seen().await?, format!("POST {sent}"));

    // Under its own address the page does not have the partitioned cookie.
    let shared: Vec<_> = kept.iter().copied().filter(|name| *name != "apart").collect();
    browser.goto(&shop.url("/seen")).await?;
    assert_eq!(shop.seen().await?.split(' ').skip(1).collect::<Vec<_>>(), shared);
    Ok(())
}

#[tokio::test]
async fn an_embedded_page_has_only_sessions_without_same_site() -> Result<()> {
    in_browser("same-site-frame", async |browser| {
        login_embedded(browser, &["apart", "none"], "none apart").await
    })
    .await
}

#[tokio::test]
async fn where_third_party_cookies_are_blocked_only_a_partitioned_session_is_left() -> Result<()> {
    in_browser_without_third_party_cookies("same-site-blocked", async |browser| {
        login_embedded(browser, &["apart"], "apart").await?;

        // Requests of another site's page carry nothing either. Navigating there is another matter.
        let mut shop = Shop::start().await?;
        let elsewhere = Site::https(Router::new().route("/", get(page))).await?;
        browser.devtools("Network.clearBrowserCookies", json!({})).await?;
        shop.login(browser).await?;
        let expected = [
            (Way::Link, "GET lax none apart"),
            (Way::Form, "POST none apart"),
            (Way::Frame, "GET"),
            (Way::FetchPost, "POST"),
        ];
        assert_seen(&mut shop, browser, &elsewhere.at("evil.test", "/"), &expected).await
    })
    .await
}
