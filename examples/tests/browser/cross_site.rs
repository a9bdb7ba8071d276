//! Requests from pages of other origins. Some of them may read or change a session whose cookie the browser
//! sends.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use axum::Json;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, HeaderName, ORIGIN, SET_COOKIE, UPGRADE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use unjwt::{Current, JweKey, Session, SessionHandle, SessionManager, SessionState};

use crate::browser::{Browser, PATIENCE, in_browser};
use crate::site::{Site, page};

/// Sent with requests from the pages of every site.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "anywhere", cookie(same_site = "none"))]
struct Anywhere {
    count: u32,
}

/// Sent with requests from the same site, including other ports and subdomains.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "lax")]
struct Lax {
    count: u32,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "open", csrf = "off", cookie(same_site = "none"))]
struct Open {
    count: u32,
}

#[derive(SessionState)]
struct App {
    anywhere: SessionHandle<Anywhere>,
    lax: SessionHandle<Lax>,
    open: SessionHandle<Open>,
}

async fn login(
    anywhere: SessionManager<Anywhere>,
    lax: SessionManager<Lax>,
    open: SessionManager<Open>,
) -> Result<(), unjwt::Error> {
    anywhere.replace(Anywhere { count: 1 }).await?;
    lax.replace(Lax { count: 1 }).await?;
    open.replace(Open { count: 1 }).await.map(drop)
}

/// The target of an identity provider's form: a login that does not look at the previous session.
async fn callback(anywhere: SessionManager<Anywhere>) -> Result<(), unjwt::Error> {
    anywhere.replace(Anywhere { count: 100 }).await.map(drop)
}

async fn count_anywhere(session: SessionManager<Anywhere>) -> Result<(), unjwt::Error> {
    let count = session.require()?.data.count + 1;
    session.update(AnywherePatch { count: Some(count) }).await.map(drop)
}

async fn count_lax(session: SessionManager<Lax>) -> Result<(), unjwt::Error> {
    let count = session.require()?.data.count + 1;
    session.update(LaxPatch { count: Some(count) }).await.map(drop)
}

async fn count_open(session: SessionManager<Open>) -> Result<(), unjwt::Error> {
    let count = session.require()?.data.count + 1;
    session.update(OpenPatch { count: Some(count) }).await.map(drop)
}

/// For visitors too. A session that is refused is not treated as absent.
async fn visit(session: Option<Current<Anywhere>>) -> &'static str {
    if session.is_some() { "member" } else { "visitor" }
}

/// The counters, `null` without a session.
async fn counts(
    anywhere: Option<Current<Anywhere>>,
    lax: Option<Current<Lax>>,
    open: Option<Current<Open>>,
) -> Json<Value> {
    Json(json!([
        anywhere.map(|session| session.data.count),
        lax.map(|session| session.data.count),
        open.map(|session| session.data.count),
    ]))
}

/// A handshake and nothing after it (RFC 6455 §4.2.2).
async fn socket(_: Current<Anywhere>, headers: HeaderMap) -> Response {
    const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    let Some(key) = headers.get("sec-websocket-key") else { return StatusCode::BAD_REQUEST.into_response() };
    let accept = openssl::base64::encode_block(&openssl::sha::sha1(&[key.as_bytes(), GUID].concat()));
    let fields = [
        (CONNECTION, "upgrade".to_owned()),
        (UPGRADE, "websocket".to_owned()),
        (HeaderName::from_static("sec-websocket-accept"), accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, fields).into_response()
}

/// Tells the test of the answer: `POST /login 200 3`, where the last is how many cookies it sets; and `null` if the request
/// said `Origin: null`.
async fn tell(State(seen): State<UnboundedSender<String>>, request: Request, next: Next) -> Response {
    if request.uri().path() == "/favicon.ico" {
        return next.run(request).await;
    }
    let line = format!("{} {}", request.method(), request.uri().path());
    let origin = request.headers().get(ORIGIN).filter(|origin| *origin == "null").map_or("", |_| " null");
    let response = next.run(request).await;
    let cookies = response.headers().get_all(SET_COOKIE).iter().count();
    let _ = seen.send(format!("{line} {} {cookies}{origin}", response.status().as_u16()));
    response
}

struct Shop {
    site: Site,
    seen: UnboundedReceiver<String>,
}

impl Shop {
    /// With TLS, or over plain HTTP with cookies that allow it.
    async fn start(tls: bool, trusted: Option<String>) -> Result<Self> {
        let (send, seen) = unbounded_channel();
        let key = || JweKey::secret([7; 32]);
        let (mut anywhere, mut lax) = (Anywhere::config(key()), Lax::config(key()));
        if let Some(trusted) = trusted {
            anywhere = anywhere.trust_origin(trusted);
        }
        if !tls {
            lax = lax.insecure_cookies_for_local_http();
        }
        let router = unjwt::install((anywhere, lax, Open::config(key())), |(anywhere, lax, open)| {
            let routes = Router::new()
                .route("/login", get(page).post(login))
                .route("/callback", post(callback))
                .route("/anywhere", post(count_anywhere))
                .route("/lax", post(count_lax))
                .route("/open", post(count_open))
                .route("/visit", get(visit).post(visit))
                .route("/counts", get(counts))
                .route("/socket", get(socket));
            (routes, Arc::new(App { anywhere, lax, open }))
        })?;
        let router = router.layer(from_fn_with_state(send, tell));
        let site = if tls { Site::https(router).await? } else { Site::http(router).await? };
        Ok(Self { site, seen })
    }

    fn url(&self, path: &str) -> String {
        self.site.at("shop.test", path)
    }

    /// The next answer of the server.
    async fn seen(&mut self) -> Result<String> {
        let seen = tokio::time::timeout(PATIENCE, self.seen.recv()).await.context("no request")?;
        seen.context("no server")
    }

    /// Logs in at a page of the shop, which the browser then shows.
    async fn login(&mut self, browser: &Browser) -> Result<()> {
        browser.goto(&self.url("/login")).await?;
        assert_eq!(self.seen().await?, "GET /login 200 0");
        assert_eq!(browser.fetch("POST", "/login").await?.0, 200);
        assert_eq!(self.seen().await?, "POST /login 200 3");
        Ok(())
    }

    /// The counts that the shop's own page sees.
    async fn counts(&mut self, browser: &Browser) -> Result<Value> {
        browser.goto(&self.url("/login")).await?;
        self.seen().await?;
        let (status, counts) = browser.fetch("GET", "/counts").await?;
        ensure!(status == 200, "{status}");
        self.seen().await?;
        Ok(counts)
    }

    /// The server's answers to the form of a page of `from`, and to its script.
    async fn assert_post(&mut self, browser: &Browser, from: &str, path: &str, answer: &str) -> Result<()> {
        let url = self.url(path);
        for script in [
            format!(
                "void (document.body.innerHTML = `<form method=post action={url}></form>`, document.forms[0].submit())"
            ),
            format!("void fetch('{url}', {{ method: 'POST', mode: 'no-cors', credentials: 'include' }})"),
        ] {
            browser.goto(from).await?;
            browser.js(&script).await?;
            assert_eq!(self.seen().await?, format!("POST {path} {answer}"), "{script} at {from}");
        }
        Ok(())
    }
}

async fn elsewhere() -> Result<Site> {
    Site::https(Router::new().route("/", get(page))).await
}

#[tokio::test]
async fn another_sites_post_neither_reads_nor_writes_a_session() -> Result<()> {
    in_browser("cross-site-post", async |browser| {
        let mut shop = Shop::start(true, None).await?;
        let evil = elsewhere().await?;
        let from = evil.at("evil.test", "/");
        // A visitor without a session is not given one, which would be the attacker's.
        shop.assert_post(browser, &from, "/callback", "403 0").await?;
        assert_eq!(browser.cookies().await?, []);

        shop.login(browser).await?;
        shop.assert_post(browser, &from, "/anywhere", "403 0").await?;
        shop.assert_post(browser, &from, "/login", "403 0").await?;
        // The request is not treated as a visitor's either.
        shop.assert_post(browser, &from, "/visit", "403 0").await?;
        assert_eq!(shop.counts(browser).await?, json!([1, 1, 1]));
        // The session that allows it takes part.
        shop.assert_post(browser, &from, "/open", "200 1").await?;
        assert_eq!(shop.counts(browser).await?, json!([1, 1, 3]));
        Ok(())
    })
    .await
}

/// `SameSite` allows these.
#[tokio::test]
async fn a_neighbours_post_neither_reads_nor_writes_a_session() -> Result<()> {
    in_browser("cross-site-neighbour", async |browser| {
        let mut shop = Shop::start(true, None).await?;
        let neighbour = elsewhere().await?;
        shop.login(browser).await?;
        for from in [neighbour.at("blog.shop.test", "/"), neighbour.at("shop.test", "/")] {
            shop.assert_post(browser, &from, "/lax", "403 0").await?;
            shop.assert_post(browser, &from, "/anywhere", "403 0").await?;
        }
        assert_eq!(shop.counts(browser).await?, json!([1, 1, 1]));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_services_own_pages_post_as_they_like() -> Result<()> {
    in_browser("cross-site-own", async |browser| {
        let mut shop = Shop::start(true, None).await?;
        shop.login(browser).await?;
        let from = shop.url("/visit");
        for path in ["/lax", "/anywhere"] {
            let url = shop.url(path);
            browser.goto(&from).await?;
            assert_eq!(shop.seen().await?, "GET /visit 200 0");
            assert_eq!(browser.fetch("POST", path).await?.0, 200);
            assert_eq!(shop.seen().await?, format!("POST {path} 200 1"));
            // Without a referrer the form has no origin, but `Sec-Fetch-Site` still says where it comes from.
            for (head, origin) in [("", ""), ("<meta name=referrer content=no-referrer>", " null")] {
                browser.goto(&from).await?;
                shop.seen().await?;
                let page = format!("<form method=post action={url}></form>");
                browser
                    .js(&format!(
                        "void (document.head.innerHTML = `{head}`, document.body.innerHTML = `{page}`, document.forms[0].submit())"
                    ))
                    .await?;
                assert_eq!(shop.seen().await?, format!("POST {path} 200 1{origin}"));
            }
        }
        assert_eq!(shop.counts(browser).await?, json!([4, 4, 1]));
        Ok(())
    })
    .await
}

/// A link in an email or on a page, and an OAuth callback by redirect, are a `GET` from another site.
#[tokio::test]
async fn a_link_from_another_site_brings_the_session() -> Result<()> {
    in_browser("cross-site-link", async |browser| {
        let mut shop = Shop::start(true, None).await?;
        let elsewhere = elsewhere().await?;
        shop.login(browser).await?;
        browser.goto(&elsewhere.at("evil.test", "/")).await?;
        let link = format!("void (document.body.innerHTML = `<a id=go href={}>go</a>`)", shop.url("/counts"));
        browser.js(&link).await?;
        browser.click("#go").await?;
        assert_eq!(shop.seen().await?, "GET /counts 200 0");
        browser.until_text("body", "[1,1,1]").await
    })
    .await
}

#[tokio::test]
async fn a_trusted_origins_form_begins_a_session() -> Result<()> {
    in_browser("cross-site-trusted", async |browser| {
        let idp = elsewhere().await?;
        let mut shop = Shop::start(true, Some(idp.at("idp.test", ""))).await?;
        shop.assert_post(browser, &idp.at("idp.test", "/"), "/callback", "200 1").await?;
        assert_eq!(shop.counts(browser).await?, json!([100, null, null]));
        // Only this origin, and only for that session.
        shop.assert_post(browser, &idp.at("login.idp.test", "/"), "/callback", "403 0").await?;
        // Each session is written by itself: the one that trusts the provider is written, those that do not
        // answer are not.
        shop.assert_post(browser, &idp.at("idp.test", "/"), "/login", "403 1").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_websocket_is_opened_by_the_services_own_pages() -> Result<()> {
    in_browser("cross-site-socket", async |browser| {
        let mut shop = Shop::start(true, None).await?;
        let elsewhere = elsewhere().await?;
        shop.login(browser).await?;
        let open = format!(
            "await new Promise(done => {{
                const socket = new WebSocket('{}');
                socket.onopen = () => done('open');
                socket.onerror = () => done('refused');
            }})",
            shop.url("/socket").replacen("https", "wss", 1)
        );
        assert_eq!(browser.js(&open).await?, json!("open"));
        assert_eq!(shop.seen().await?, "GET /socket 101 0");
        for host in ["evil.test", "blog.shop.test", "shop.test"] {
            browser.goto(&elsewhere.at(host, "/")).await?;
            assert_eq!(browser.js(&open).await?, json!("refused"), "{host}");
            assert_eq!(shop.seen().await?, "GET /socket 403 0", "{host}");
        }
        Ok(())
    })
    .await
}

/// Chromium sends no `Sec-Fetch-Site` there, and the `Origin` must equal the host.
#[tokio::test]
async fn over_plain_http_the_origin_is_compared_with_the_host() -> Result<()> {
    in_browser("cross-site-http", async |browser| {
        let mut shop = Shop::start(false, None).await?;
        let neighbour = Site::http(Router::new().route("/", get(page))).await?;
        shop.login(browser).await?;
        assert_eq!(browser.cookie_names().await?, ["lax"], "the others are `Secure`");
        for from in [neighbour.at("blog.shop.test", "/"), neighbour.at("shop.test", "/")] {
            shop.assert_post(browser, &from, "/lax", "403 0").await?;
        }
        browser.goto(&shop.url("/login")).await?;
        shop.seen().await?;
        assert_eq!(browser.fetch("POST", "/lax").await?.0, 200);
        assert_eq!(shop.seen().await?, "POST /lax 200 1");
        Ok(())
    })
    .await
}
