//! axum-extra's signed and private cookie jars with the claims as JSON.

use axum::Router;
use axum::extract::FromRef;
use axum::http::StatusCode;
use axum::routing::get;
use axum_extra::extract::cookie::{Cookie, Key, PrivateCookieJar, SignedCookieJar};
use unjwt_benches::claims::{COOKIE, Stamped};

use crate::SUB;

#[derive(Clone)]
struct App(Key);

impl FromRef<App> for Key {
    fn from_ref(app: &App) -> Self {
        app.0.clone()
    }
}

fn claims(cookie: Option<Cookie<'static>>) -> Option<Stamped> {
    serde_json::from_str(cookie?.value()).ok()
}

fn cookie(claims: &Stamped) -> Cookie<'static> {
    let json = serde_json::to_string(claims).expect("claims are JSON");
    Cookie::build((COOKIE, json)).path("/").secure(true).http_only(true).build()
}

fn sub(claims: Option<Stamped>) -> Result<String, StatusCode> {
    claims.map(|claims| claims.sub).ok_or(StatusCode::UNAUTHORIZED)
}

async fn signed(jar: SignedCookieJar) -> Result<String, StatusCode> {
    sub(claims(jar.get(COOKIE)))
}

async fn private(jar: PrivateCookieJar) -> Result<String, StatusCode> {
    sub(claims(jar.get(COOKIE)))
}

async fn anonymous(jar: SignedCookieJar) -> String {
    claims(jar.get(COOKIE)).map_or_else(|| SUB.to_owned(), |claims| claims.sub)
}

async fn update(jar: SignedCookieJar) -> Result<(SignedCookieJar, String), StatusCode> {
    let mut claims = claims(jar.get(COOKIE)).ok_or(StatusCode::UNAUTHORIZED)?;
    claims.visits += 1;
    Ok((jar.add(cookie(&claims)), claims.sub))
}

async fn login_signed(jar: SignedCookieJar) -> SignedCookieJar {
    jar.add(cookie(&Stamped::with_json_len(200)))
}

async fn login_private(jar: PrivateCookieJar) -> PrivateCookieJar {
    jar.add(cookie(&Stamped::with_json_len(200)))
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/hs256", get(signed))
        .route("/dir", get(private))
        .route("/anonymous", get(anonymous))
        .route("/update", get(update))
        .route("/login/hs256", get(login_signed))
        .route("/login/update", get(login_signed))
        .route("/login/dir", get(login_private))
        .with_state(App(Key::from(&[7; 64])))
}
