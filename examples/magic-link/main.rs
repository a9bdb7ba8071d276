//! Signs users in with a link in an email, without a password.
//!
//! The link contains a sealed token with its own struct, which is not the session of a request. Following the
//! link starts a session.

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

/// The content of a link. It is sealed, because links end up in histories and logs, and the address is
/// private.
///
/// It is never installed, so it is not looked for in requests, and a handler that asks for it does not
/// compile.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "magic_link", max_age = "15m", cookie = false, header = false, extract = false)]
struct MagicLink {
    email: String,
}

/// The session of a signed-in user.
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
    /// Stands in for a mail server.
    outbox: Mutex<Vec<Mail>>,
}

struct Mail {
    to: String,
    link: String,
}

/// The ids of the links that have been used.
///
/// A token cannot record that it was used, so the server must. Otherwise whoever finds the email within the
/// 15 minutes could sign in too. An id is kept no longer than its link is valid, so this stays small. It is
/// in memory, like the key, so a restart ends both. A service that keeps its key, or runs several instances,
/// keeps this in a shared store.
#[derive(Default)]
struct UsedLinks(Mutex<HashMap<Arc<str>, NumericDate>>);

impl UsedLinks {
    /// `true` for one caller only, even if two come at once.
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

/// Mails a link. The answer is the same whether or not the address has an account, so it does not reveal who
/// is a customer.
///
/// A page of another site cannot send JSON here. A real service also limits how many emails an address
/// receives.
async fn mail_link(
    State(app): State<Arc<App>>,
    wanted: Result<Json<Wanted>, JsonRejection>,
) -> Result<StatusCode, unjwt::Error> {
    let Ok(Json(Wanted { email })) = wanted else { return Ok(StatusCode::BAD_REQUEST) };
    if !is_address(&email) {
        return Ok(StatusCode::BAD_REQUEST);
    }
    let token = app.links.seal(&MagicLink { email: email.clone() }).await?.token;
    // In a real email, the address of the service comes before it. Take it from the configuration: the client
    // chooses the request's `Host`, which could point the link at an attacker's server.
    let link = format!("/login/{}", token.as_str());
    app.outbox.lock().unwrap_or_else(PoisonError::into_inner).push(Mail { to: email, link });
    tracing::info!("mailed a link");
    Ok(StatusCode::ACCEPTED)
}

/// Sufficient for a demonstration: it accepts nothing that HTML would interpret.
fn is_address(email: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "@.+-_".contains(c);
    email.len() <= 254
        && email.chars().all(allowed)
        && email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// Following the link shows a button and does not use the link up, because mail scanners and previews follow
/// links too.
async fn show_link(Path(token): Path<String>, State(app): State<Arc<App>>) -> Response {
    match app.links.unseal_without_hooks(&token).await {
        Ok(link) if !app.used.contains(&link) => {
            // The link still works while this page loads or links to anything; neither may learn of it.
            let quiet = [(REFERRER_POLICY, "no-referrer"), (CACHE_CONTROL, "no-store")];
            let page =
                format!("<form method=post>Sign in as {}? <button>Yes</button></form>", link.data.email);
            (quiet, Html(page)).into_response()
        }
        _ => no_good(),
    }
}

/// The button: uses the link up and starts the session.
async fn follow_link(
    Path(token): Path<String>,
    State(app): State<Arc<App>>,
    visitor: SessionManager<Visitor>,
) -> Result<Response, unjwt::Error> {
    let link = match app.links.unseal_without_hooks(&token).await {
        Ok(link) if app.used.claim(&link, app.links.now()) => link,
        Ok(_) => return Ok(no_good()),
        Err(error) => {
            // The log gets the reason. The visitor does not, and neither gets the token.
            tracing::info!(code = error.code(), "a link was refused");
            return Ok(no_good());
        }
    };
    tracing::info!(link = %link.id, "a link was followed");
    visitor.replace(Visitor { email: link.data.email.clone() }).await?;
    // Leaves the address with the token in it.
    Ok(Redirect::to("/").into_response())
}

/// One answer for links that were used, have expired or are not ours.
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
    // Shows all emails to everybody, because this is a demonstration.
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

    // One secret serves both: a separate key is derived from it for each struct, by its name.
    let key = JweKey::secret(random_secret()?);
    let links = MagicLink::config(key.clone()).clock(args.clock()).build()?;
    // This example uses plain HTTP, where not every client keeps a `Secure` cookie.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_keep_their_shape() {
        let email = "ada@example.com".to_owned();
        unjwt::golden::check("magic-link/golden", [MagicLink { email: email.clone() }]);
        unjwt::golden::check("magic-link/golden", [Visitor { email }]);
    }
}
