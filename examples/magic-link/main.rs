//! Signs people in with a link that is mailed to them, and without a password.
//!
//! The link holds a sealed token of its own type, which is no session of any request. Following it begins one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use unjwt::{
    Current, JweKey, Logout, NumericDate, Session, SessionHandle, SessionManager, SessionState, Tokens,
};
use unjwt_examples::{Args, random_secret, serve};

/// What a link says. Sealed, because links end up in histories and logs, and an address is nobody's business.
///
/// It is never installed, so no request is searched for it, and a handler that asks for it does not compile.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "magic_link", max_age = "15m", cookie = false, header = false, extract = false)]
struct MagicLink {
    email: String,
}

/// Who is signed in.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "7D")]
struct Visitor {
    email: String,
}

#[derive(SessionState)]
struct App {
    visitor: SessionHandle<Visitor>,
    links: Tokens<MagicLink>,
    used: UsedLinks,
    /// Instead of a mail server.
    outbox: Mutex<Vec<Mail>>,
}

struct Mail {
    to: String,
    link: String,
}

/// The ids of the links that somebody has followed.
///
/// A token cannot know that it was used, so the server must: otherwise whoever finds the mail within the 15 minutes
/// signs in too. An id is kept no longer than its link would live, so this stays small. Here it is in memory, as the
/// key is: a restart ends both. A service that keeps its key, or runs twice, keeps this in a store that they share.
#[derive(Default)]
struct UsedLinks(Mutex<HashMap<Arc<str>, NumericDate>>);

impl UsedLinks {
    /// `true` for one caller only, also when two come at once.
    fn claim(&self, link: &Current<MagicLink>, now: NumericDate) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, expires_at| *expires_at > now);
        used.insert(Arc::clone(&link.id), link.expires_at).is_none()
    }

    fn contains(&self, link: &Current<MagicLink>) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&link.id)
    }
}

#[derive(Deserialize)]
struct Wanted {
    email: String,
}

/// Mails a link. The answer is the same whether the address has an account: it tells nobody who is a customer.
///
/// A page of another site cannot send JSON here. A real service also limits how many mails an address gets.
async fn mail_link(
    State(app): State<Arc<App>>,
    wanted: Result<Json<Wanted>, JsonRejection>,
) -> Result<StatusCode, unjwt::Error> {
    let Ok(Json(Wanted { email })) = wanted else { return Ok(StatusCode::BAD_REQUEST) };
    if !is_address(&email) {
        return Ok(StatusCode::BAD_REQUEST);
    }
    let token = app.links.seal(&MagicLink { email: email.clone() }).await?.token;
    // In a real mail the address of the service goes before it. That comes from the configuration: the request's `Host`
    // is whatever the sender likes, and would point the link at the sender's own server.
    let link = format!("/login/{}", token.as_str());
    app.outbox.lock().unwrap_or_else(PoisonError::into_inner).push(Mail { to: email, link });
    tracing::info!("mailed a link");
    Ok(StatusCode::ACCEPTED)
}

/// Enough for a demonstration, and nothing that HTML would take for its own.
fn is_address(email: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "@.+-_".contains(c);
    email.len() <= 254
        && email.chars().all(allowed)
        && email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// Following the link shows a button and uses nothing up: mail scanners and previews follow links too.
async fn show_link(Path(token): Path<String>, State(app): State<Arc<App>>) -> Response {
    match app.links.unseal_without_hooks(&token).await {
        Ok(link) if !app.used.contains(&link) => {
            // The link still works when this page loads something or leads somewhere: neither may learn of it.
            let quiet = [(REFERRER_POLICY, "no-referrer"), (CACHE_CONTROL, "no-store")];
            let page =
                format!("<form method=post>Sign in as {}? <button>Yes</button></form>", link.data.email);
            (quiet, Html(page)).into_response()
        }
        _ => no_good(),
    }
}

/// The button: uses the link up and begins the session.
async fn follow_link(
    Path(token): Path<String>,
    State(app): State<Arc<App>>,
    visitor: SessionManager<Visitor>,
) -> Result<Response, unjwt::Error> {
    let link = match app.links.unseal_without_hooks(&token).await {
        Ok(link) if app.used.claim(&link, app.links.now()) => link,
        Ok(_) => return Ok(no_good()),
        Err(error) => {
            // The log learns why. The visitor does not, and neither learns the token.
            tracing::info!(code = error.code(), "a link was refused");
            return Ok(no_good());
        }
    };
    tracing::info!(link = %link.id, "a link was followed");
    visitor.replace(Visitor { email: link.data.email.clone() }).await?;
    // Away from the address with the token in it.
    Ok(Redirect::to("/").into_response())
}

/// Used, expired, or never ours: one answer for all.
fn no_good() -> Response {
    let page = "This link is no good any more. <a href=/>Ask for another.</a>";
    (StatusCode::FORBIDDEN, Html(page)).into_response()
}

async fn home(visitor: Option<Visitor>, State(app): State<Arc<App>>) -> Html<String> {
    let who = match visitor {
        Some(visitor) => format!(
            "<p>You are {}. <form method=post action=/logout><button>Sign out</button></form>",
            visitor.email
        ),
        None => include_str!("form.html").to_owned(),
    };
    // Everybody's mail for everybody to read: this is a demonstration.
    let outbox = app.outbox.lock().unwrap_or_else(PoisonError::into_inner);
    let mails: String = outbox
        .iter()
        .map(|mail| format!("<li>To {}: <a href=\"{}\">sign in</a>", mail.to, mail.link))
        .collect();
    Html(format!("<!doctype html><title>magic-link</title>{who}<h2>The outbox</h2><ul>{mails}</ul>"))
}

async fn me(visitor: Visitor) -> Json<Visitor> {
    Json(visitor)
}

async fn logout(visitor: Logout<Visitor>) -> Result<Redirect, unjwt::Error> {
    visitor.clear().await?;
    Ok(Redirect::to("/"))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("magic-link [PORT]", &[])?;

    // One secret serves both: each type gets a key of its own from it, by its name.
    let key = JweKey::secret(random_secret()?);
    let links = MagicLink::config(key.clone()).clock(args.clock()).build()?;
    // This example comes over plain http, where not every client keeps a `Secure` cookie.
    let visitor = Visitor::config(key).clock(args.clock()).insecure_cookies_for_local_http();

    let router = unjwt::install(visitor, |visitor| {
        let router = Router::new()
            .route("/", get(home))
            .route("/link", post(mail_link))
            .route("/login/{token}", get(show_link).post(follow_link))
            .route("/me", get(me))
            .route("/logout", post(logout));
        let (used, outbox) = (UsedLinks::default(), Mutex::default());
        (router, Arc::new(App { visitor, links, used, outbox }))
    })?;
    serve(args.port, router).await
}
