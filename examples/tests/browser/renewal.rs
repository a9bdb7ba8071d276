//! A short session that expires while its page is open, and is renewed from a long one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use unjwt::hooks::{HookResult, Renew};
use unjwt::{Current, JweKey, JwsKey, Session, SessionHandle, SessionManager, SessionState};

use crate::browser::in_browser;
use crate::site::{Site, page};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

/// Its cookie outlives it, so that an expired token is still sent.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws,
    name = "access",
    max_age = "15m",
    cookie(max_age = "7D"),
    state = Arc<App>,
    hooks(renew = renew_access)
)]
struct Access {
    user: String,
    /// The result of the renewal, for a token that comes from one.
    renewed: Option<String>,
}

/// Its cookie ends with it, after a few seconds: the browser's clock cannot be moved.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "brief", max_age = "2s", state = Arc<App>, hooks(renew = renew_brief))]
struct Brief {
    user: String,
    renewed: Option<String>,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "refresh", max_age = "7D")]
struct Refresh {
    user: String,
}

#[derive(SessionState)]
struct App {
    access: SessionHandle<Access>,
    brief: SessionHandle<Brief>,
    refresh: SessionHandle<Refresh>,
    /// Where renewals wait until this number of them is in progress.
    renewals: Barrier,
}

async fn renew_access(event: Renew<'_, Access>) -> HookResult {
    if let Some(refresh) = event.other::<Refresh>().await?.current() {
        event.state().renewals.wait().await;
        let reason = if event.expired().is_some() { "expired" } else { "missing" };
        let access = Access { user: refresh.data.user.clone(), renewed: Some(reason.to_owned()) };
        event.session().replace(access).await?;
    }
    Ok(())
}

async fn renew_brief(event: Renew<'_, Brief>) -> HookResult {
    if let Some(refresh) = event.other::<Refresh>().await?.current() {
        let reason = if event.expired().is_some() { "expired" } else { "missing" };
        let brief = Brief { user: refresh.data.user.clone(), renewed: Some(reason.to_owned()) };
        event.session().replace(brief).await?;
    }
    Ok(())
}

/// A server whose clock the test sets.
struct Server {
    site: Site,
    ahead: Arc<AtomicU64>,
}

impl Server {
    async fn start(renewals_at_once: usize) -> Result<Self> {
        let ahead = Arc::new(AtomicU64::new(0));
        let clock = {
            let ahead = ahead.clone();
            move || SystemTime::now() + Duration::from_secs(ahead.load(Ordering::SeqCst))
        };
        let configs = (
            Access::config(JwsKey::secret([7; 32])).clock(clock.clone()),
            Brief::config(JwsKey::secret([7; 32])).clock(clock.clone()),
            Refresh::config(JweKey::secret([7; 32])).clock(clock),
        );
        let router = unjwt::install(configs, |(access, brief, refresh)| {
            let routes = Router::new()
                .route("/", get(page))
                .route("/login", post(login))
                .route("/me", get(async |access: Current<Access>| me(&access.id, &*access.data)))
                .route("/brief", get(async |brief: Current<Brief>| me(&brief.id, &*brief.data)));
            (routes, Arc::new(App { access, brief, refresh, renewals: Barrier::new(renewals_at_once) }))
        })?;
        Ok(Self { site: Site::https(router).await?, ahead })
    }

    fn url(&self) -> String {
        self.site.at("shop.test", "/")
    }

    fn set_ahead(&self, seconds: u64) {
        self.ahead.store(seconds, Ordering::SeqCst);
    }
}

async fn login(
    access: SessionManager<Access>,
    brief: SessionManager<Brief>,
    refresh: SessionManager<Refresh>,
) -> Result<Json<Value>, unjwt::Error> {
    let user = || "ada".to_owned();
    refresh.replace(Refresh { user: user() }).await?;
    let brief = brief.replace(Brief { user: user(), renewed: None }).await?;
    let access = access.replace(Access { user: user(), renewed: None }).await?;
    Ok(Json(json!({ "access": *access.id, "brief": *brief.id })))
}

fn me(id: &str, data: &impl Serialize) -> Json<Value> {
    Json(json!({ "id": id, "data": data }))
}

fn renewed(reason: &str) -> Value {
    json!({ "user": "ada", "renewed": reason })
}

#[tokio::test]
async fn an_expired_token_whose_cookie_is_still_there_is_renewed() -> Result<()> {
    in_browser("expired", async |browser| {
        let server = Server::start(1).await?;
        browser.goto(&server.url()).await?;
        let login = browser.fetch("POST", "/login").await?.1;
        let (old, refresh) = (browser.cookie("access").await?, browser.cookie("refresh").await?);
        assert!(old.lasts(7 * DAY), "{old:?}");
        server.set_ahead(14 * MINUTE);
        assert_eq!(browser.fetch("GET", "/me").await?.1["id"], login["access"], "not before its time");

        server.set_ahead(15 * MINUTE);
        assert_eq!(browser.cookie("access").await?, old, "the browser sends it still");
        let (status, me) = browser.fetch("GET", "/me").await?;
        assert_eq!((status, &me["data"]), (200, &renewed("expired")));
        let new = browser.cookie("access").await?;
        assert_ne!(new.value, old.value);
        assert!(new.lasts(7 * DAY), "{new:?}");
        assert_eq!(browser.cookie("refresh").await?, refresh, "read, and left alone");

        // The new one is an ordinary session.
        browser.reload().await?;
        assert_eq!(browser.fetch("GET", "/me").await?, (200, me));
        assert_eq!(browser.cookie("access").await?, new);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_token_whose_cookie_the_browser_has_dropped_is_renewed() -> Result<()> {
    in_browser("dropped", async |browser| {
        let server = Server::start(1).await?;
        browser.goto(&server.url()).await?;
        let login = browser.fetch("POST", "/login").await?.1;
        // The cookie that the page's scripts see ends by itself, without a request.
        browser.until("!document.cookie.includes('brief=')").await?;
        assert_eq!(browser.cookie_names().await?, ["access", "refresh"]);

        let (status, me) = browser.fetch("GET", "/brief").await?;
        assert_eq!((status, &me["data"]), (200, &renewed("missing")));
        assert_ne!(me["id"], login["brief"]);
        // And again, for as long as the refresh session lasts.
        browser.until("!document.cookie.includes('brief=')").await?;
        let (status, again) = browser.fetch("GET", "/brief").await?;
        assert_eq!((status, &again["data"]), (200, &renewed("missing")));
        assert_ne!(again["id"], me["id"]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn two_tabs_that_renew_at_once_both_stay_signed_in() -> Result<()> {
    in_browser("tabs", async |browser| {
        // The two renewals wait for each other, so neither request saw the other's new cookie.
        let server = Server::start(2).await?;
        browser.goto(&server.url()).await?;
        let login = browser.fetch("POST", "/login").await?.1;
        let first = browser.tab().await?;
        let second = browser.new_tab(&server.url()).await?;

        server.set_ahead(15 * MINUTE);
        let mut answers = Vec::new();
        for tab in [&first, &second] {
            browser.switch_to(tab).await?;
            // Not awaited.
            browser
                .js("void (window.answer = fetch('/me', { cache: 'no-store' }).then(async r => [r.status, await r.json()]))")
                .await?;
        }
        for tab in [&first, &second] {
            browser.switch_to(tab).await?;
            let answer = browser.js("await window.answer").await?;
            assert_eq!((&answer[0], &answer[1]["data"]), (&json!(200), &renewed("expired")));
            answers.push(answer[1]["id"].clone());
        }
        assert_ne!(answers[0], answers[1], "each made a token of its own");
        assert!(!answers.contains(&login["access"]));

        // One cookie is left, and it is one of the two; both tabs continue with it.
        browser.cookie("access").await?;
        for tab in [&first, &second] {
            browser.switch_to(tab).await?;
            browser.reload().await?;
            let (status, me) = browser.fetch("GET", "/me").await?;
            assert_eq!(status, 200);
            assert!(answers.contains(&me["id"]), "{me}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn when_the_refresh_session_is_over_too_its_cookie_goes() -> Result<()> {
    in_browser("over", async |browser| {
        let server = Server::start(1).await?;
        browser.goto(&server.url()).await?;
        browser.fetch("POST", "/login").await?;
        let access = browser.cookie("access").await?;
        server.set_ahead(7 * DAY);
        assert_eq!(browser.fetch("GET", "/me").await?.0, 401);
        // An expired cookie is removed, unless its session could be renewed: another tab may have just done
        // so.
        let left = browser.cookies().await?;
        assert!(left.contains(&access), "{left:?}");
        assert!(left.iter().all(|cookie| cookie.name != "refresh"), "{left:?}");
        let (status, _) = browser.fetch("POST", "/login").await.context("signs in again")?;
        assert_eq!(status, 200);
        assert_eq!(browser.fetch("GET", "/me").await?.0, 200);
        Ok(())
    })
    .await
}
