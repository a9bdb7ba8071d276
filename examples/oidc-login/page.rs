//! The pages.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{Html, IntoResponse, Redirect, Response};
use url::form_urlencoded;

use crate::sessions::{App, User};

pub async fn home(user: Option<User>, State(app): State<Arc<App>>) -> Response {
    let body = match user {
        Some(user) => format!(
            "<p id=user>You are {}.</p><a href=/account>Your account</a>\
             <form method=post action=/logout><button>Sign out</button></form>",
            escaped(&user.sub)
        ),
        None => "<p id=user>You are nobody.</p><a id=login href=/login>Sign in</a>".to_owned(),
    };
    page(&app, &body)
}

/// A page for users: anybody else signs in first, and comes back.
pub async fn account(
    user: Option<User>,
    State(app): State<Arc<App>>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    let Some(user) = user else {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", path).finish();
        return Redirect::to(&format!("/login?{query}")).into_response();
    };
    let email = user.email.as_deref().unwrap_or("no address");
    page(&app, &format!("<p id=account>{} has {}.</p><a href=/>Home</a>", escaped(&user.sub), escaped(email)))
}

fn page(app: &App, body: &str) -> Response {
    // Browsers apply `form-action` to the redirects of a form, too: a logout goes on to the provider.
    let provider = app.provider.end_session().map(|url| url.origin().ascii_serialization());
    let policy = format!(
        "default-src 'none'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {}",
        provider.unwrap_or_default()
    );
    ([(CONTENT_SECURITY_POLICY, policy)], Html(format!("{HEAD}{body}"))).into_response()
}

/// One answer for every callback that begins no login. Its address has a code in it, so it goes nowhere.
pub fn no_good() -> Response {
    let body = "<p id=refused>This sign-in is no good any more.</p><a href=/login>Sign in again</a>";
    (StatusCode::BAD_REQUEST, [(REFERRER_POLICY, "no-referrer")], Html(format!("{HEAD}{body}")))
        .into_response()
}

const HEAD: &str = "<!doctype html><title>oidc-login</title><link rel=icon href=data:,>";

/// What the provider says of a user is text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
