//! Which of a session's cookies Chromium keeps, by the origin that sets them, and who can see or overwrite them.

use anyhow::{Context as _, Result};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use unjwt::{Current, JweKey, JwsKey, Session, SessionHandle, SessionManager, SessionState};

use crate::browser::{Browser, in_browser};
use crate::site::{Site, page};

/// The attribute as most services write it: `Secure`, `HttpOnly`, `SameSite=Lax`.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "1h")]
struct Sid {
    user: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-sid")]
struct HostSid {
    user: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Secure-sid", cookie(path = "/account"))]
struct SecureSid {
    user: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Http-sid")]
struct HttpSid {
    user: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-Http-sid")]
struct HostHttpSid {
    user: String,
}

/// Signed, so that scripts may read it.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "profile", max_age = "15m")]
struct Profile {
    user: String,
}

/// With `insecure_cookies_for_local_http`.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "local")]
struct Local {
    user: String,
}

#[derive(SessionState, Clone)]
struct App {
    sid: SessionHandle<Sid>,
    host: SessionHandle<HostSid>,
    secure: SessionHandle<SecureSid>,
    http: SessionHandle<HttpSid>,
    host_http: SessionHandle<HostHttpSid>,
    profile: SessionHandle<Profile>,
    local: SessionHandle<Local>,
}

const KEY: [u8; 32] = [7; 32];

fn router() -> Result<Router> {
    let key = || JweKey::secret(KEY);
    let configs = (
        Sid::config(key()),
        HostSid::config(key()),
        SecureSid::config(key()),
        HttpSid::config(key()),
        HostHttpSid::config(key()),
        Profile::config(JwsKey::secret(KEY)),
        Local::config(key()).insecure_cookies_for_local_http(),
    );
    Ok(unjwt::install(configs, |(sid, host, secure, http, host_http, profile, local)| {
        let app = App { sid, host, secure, http, host_http, profile, local };
        let routes =
            Router::new().route("/", get(page)).route("/login", post(login)).route("/account", get(account));
        (routes, app)
    })?)
}

#[allow(clippy::too_many_arguments, reason = "one for each session")]
async fn login(
    sid: SessionManager<Sid>,
    host: SessionManager<HostSid>,
    secure: SessionManager<SecureSid>,
    http: SessionManager<HttpSid>,
    host_http: SessionManager<HostHttpSid>,
    profile: SessionManager<Profile>,
    local: SessionManager<Local>,
) -> Result<(), unjwt::Error> {
    let user = || "ada".to_owned();
    sid.replace(Sid { user: user() }).await?;
    host.replace(HostSid { user: user() }).await?;
    secure.replace(SecureSid { user: user() }).await?;
    http.replace(HttpSid { user: user() }).await?;
    host_http.replace(HostHttpSid { user: user() }).await?;
    profile.replace(Profile { user: user() }).await?;
    local.replace(Local { user: user() }).await?;
    Ok(())
}

/// The names of the sessions that arrived and are valid.
#[allow(clippy::too_many_arguments, reason = "one for each session")]
async fn account(
    sid: Option<Current<Sid>>,
    host: Option<Current<HostSid>>,
    secure: Option<Current<SecureSid>>,
    http: Option<Current<HttpSid>>,
    host_http: Option<Current<HostHttpSid>>,
    profile: Option<Current<Profile>>,
    local: Option<Current<Local>>,
) -> Json<Vec<&'static str>> {
    let valid = [
        (host_http.is_some(), "__Host-Http-sid"),
        (host.is_some(), "__Host-sid"),
        (http.is_some(), "__Http-sid"),
        (secure.is_some(), "__Secure-sid"),
        (local.is_some(), "local"),
        (profile.is_some(), "profile"),
        (sid.is_some(), "sid"),
    ];
    Json(valid.into_iter().filter_map(|(valid, name)| valid.then_some(name)).collect())
}

const ALL: [&str; 7] =
    ["__Host-Http-sid", "__Host-sid", "__Http-sid", "__Secure-sid", "local", "profile", "sid"];

/// Logs in at a page of this host, after removing everything from other logins.
async fn login_at(browser: &Browser, site: &Site, host: &str) -> Result<()> {
    browser.devtools("Network.clearBrowserCookies", json!({})).await?;
    browser.goto(&site.at(host, "/")).await?;
    let (status, _) = browser.fetch("POST", "/login").await?;
    assert_eq!(status, 200);
    Ok(())
}

#[tokio::test]
async fn secure_and_prefixed_cookies_are_kept_over_https_and_on_this_machine() -> Result<()> {
    in_browser("origins", async |browser| {
        let (http, https) = (Site::http(router()?).await?, Site::https(router()?).await?);
        for (site, host, kept) in [
            (&https, "shop.test", &ALL[..]),
            (&https, "localhost", &ALL),
            // Chromium trusts the addresses of its own machine without TLS.
            (&http, "localhost", &ALL),
            (&http, "127.0.0.1", &ALL),
            // And no others: `Secure` is the default, so a session over plain HTTP ends with its response.
            (&http, "shop.test", &["local"]),
        ] {
            let origin = site.at(host, "");
            login_at(browser, site, host).await?;
            assert_eq!(browser.cookie_names().await?, kept, "{origin}");
            // A cookie that is kept is sent back, and is a valid session.
            assert_eq!(browser.fetch("GET", "/account").await?, (200, json!(kept)), "{origin}");
            for cookie in browser.cookies().await? {
                assert_eq!(cookie.domain, host, "of this host alone: {cookie:?}");
                assert_eq!(cookie.secure, cookie.name != "local", "{origin} {cookie:?}");
                assert_eq!(cookie.http_only, cookie.name != "profile", "{origin} {cookie:?}");
                assert_eq!(cookie.same_site.as_deref(), Some("Lax"), "{origin} {cookie:?}");
                let path = if cookie.name == "__Secure-sid" { "/account" } else { "/" };
                assert_eq!(cookie.path, path, "{origin} {cookie:?}");
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn scripts_see_the_signed_session_and_no_other() -> Result<()> {
    in_browser("scripts", async |browser| {
        let site = Site::https(router()?).await?;
        login_at(browser, &site, "shop.test").await?;
        let token = browser.cookie("profile").await?.value;
        assert_eq!(browser.js("document.cookie").await?, json!(format!("profile={token}")));
        assert_eq!(browser.js("(await cookieStore.getAll()).map(c => c.name)").await?, json!(["profile"]));
        // A script cannot even see what the answers to its own requests set.
        let header = "(await fetch('/login', { method: 'POST' })).headers.get('set-cookie')";
        assert_eq!(browser.js(header).await?, json!(null));

        // The claims can be read, but they are signed, so a script can do no more with them.
        let claims =
            "JSON.parse(atob(document.cookie.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'))).user";
        assert_eq!(browser.js(claims).await?, json!("ada"));

        // A script can neither replace nor remove a cookie that it cannot see.
        let before = browser.cookie("__Host-sid").await?;
        for attempt in ["__Host-sid=mine; Path=/; Secure", "__Host-sid=; Path=/; Secure; Max-Age=0"] {
            browser.js(&format!("void (document.cookie = '{attempt}')")).await?;
            assert_eq!(browser.cookie("__Host-sid").await?, before, "{attempt}");
        }
        // It can remove the one that it sees, so a page can log the user out without its server.
        browser.js("void (document.cookie = 'profile=; Path=/; Secure; Max-Age=0')").await?;
        let rest: Vec<_> = ALL.into_iter().filter(|name| *name != "profile").collect();
        assert_eq!(browser.fetch("GET", "/account").await?.1, json!(rest));
        Ok(())
    })
    .await
}

/// Another host under the same domain plants cookies with the sessions' names.
#[tokio::test]
async fn a_planted_cookie_hides_no_session() -> Result<()> {
    in_browser("planted", async |browser| {
        let site = Site::https(router()?).await?;
        login_at(browser, &site, "shop.test").await?;
        browser.goto(&site.at("blog.shop.test", "/")).await?;
        for name in ["sid", "__Host-sid"] {
            // With the longer path it comes first in the request (RFC 6265 §5.4).
            let cookie = format!("{name}=planted; Domain=shop.test; Path=/account; Secure");
            browser.js(&format!("void (document.cookie = '{cookie}')")).await?;
        }
        let cookies = browser.cookies().await?;
        let planted: Vec<_> = cookies.iter().filter(|cookie| cookie.value == "planted").collect();
        let [planted] = planted[..] else {
            anyhow::bail!("one, since `__Host-` refuses the other: {cookies:?}")
        };
        assert_eq!((planted.name.as_str(), planted.domain.as_str()), ("sid", ".shop.test"));

        browser.goto(&site.at("shop.test", "/")).await?;
        assert_eq!(browser.fetch("GET", "/account").await?, (200, json!(ALL)));
        let own = cookies.iter().find(|cookie| cookie.name == "sid" && cookie.value != "planted");
        let own = own.context("the session's own cookie")?;
        assert!(browser.cookies().await?.contains(own), "and is left alone");
        Ok(())
    })
    .await
}
