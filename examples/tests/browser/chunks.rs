//! A session that is too large for one cookie.

use anyhow::Result;
use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use unjwt::{Current, JweKey, Session, SessionHandle, SessionManager, SessionState};

use crate::browser::{Browser, in_browser};
use crate::site::{Site, page};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-cart", max_age = "7D", cookie(max_chunks = 6))]
struct Cart {
    items: String,
}

#[derive(SessionState, Clone)]
struct App {
    cart: SessionHandle<Cart>,
}

fn router() -> Result<Router> {
    Ok(unjwt::install(Cart::config(JweKey::secret([7; 32])), |cart| {
        let routes = Router::new()
            .route("/", get(page))
            .route("/cart/{size}", post(fill))
            .route("/cart", get(cart_size).delete(empty));
        (routes, App { cart })
    })?)
}

fn items(size: usize) -> String {
    (0..size).map(|n| char::from(b'a' + u8::try_from(n % 26).unwrap_or_default())).collect()
}

async fn fill(Path(size): Path<usize>, cart: SessionManager<Cart>) -> Result<(), unjwt::Error> {
    cart.replace(Cart { items: items(size) }).await?;
    Ok(())
}

/// The size of the data that came back unchanged.
async fn cart_size(cart: Option<Current<Cart>>) -> Json<Option<usize>> {
    let unchanged = cart.filter(|cart| cart.data.items == items(cart.data.items.len()));
    Json(unchanged.map(|cart| cart.data.items.len()))
}

async fn empty(cart: SessionManager<Cart>) -> Result<(), unjwt::Error> {
    cart.clear().await
}

/// The browser holds exactly the cookies of a session in this number of chunks, and sends them back, after a
/// reload too.
async fn assert_chunks(browser: &Browser, size: usize, chunks: usize) -> Result<()> {
    let mut expected = vec!["__Host-cart".to_owned()];
    if chunks > 1 {
        expected.extend((1..=chunks).map(|number| format!("__Host-cart.{number}")));
    }
    assert_eq!(browser.cookie_names().await?, expected, "{size}");
    let cookies = browser.cookies().await?;
    for cookie in &cookies {
        assert!(cookie.name.len() + cookie.value.len() <= 4096, "{}", cookie.name);
        assert!(cookie.http_only && cookie.secure && cookie.path == "/", "{cookie:?}");
        assert!(cookie.lasts(7 * 24 * 60 * 60), "they end together: {cookie:?}");
    }
    if chunks > 1 {
        assert_eq!(browser.cookie("__Host-cart").await?.value, format!("__chunked__{chunks}"));
    }
    assert_eq!(browser.js("document.cookie").await?, json!(""));
    assert_eq!(browser.fetch("GET", "/cart").await?, (200, json!(size)));
    browser.reload().await?;
    assert_eq!(browser.fetch("GET", "/cart").await?, (200, json!(size)));
    Ok(())
}

#[tokio::test]
async fn a_session_of_12_kb_survives_a_reload_and_shrinks_without_stale_chunks() -> Result<()> {
    in_browser("chunks", async |browser| {
        let site = Site::https(router()?).await?;
        browser.goto(&site.at("shop.test", "/")).await?;
        // JSON in base64url is four thirds as long; a cookie has room for some 3,950 bytes of it.
        for (size, chunks) in [(12_000, 5), (5_000, 2), (100, 1), (8_000, 3), (12_000, 5)] {
            assert_eq!(browser.fetch("POST", &format!("/cart/{size}")).await?.0, 200);
            assert_chunks(browser, size, chunks).await?;
        }
        // Too large for the cookies: an error, and the old session stays unchanged.
        assert_eq!(browser.fetch("POST", "/cart/20000").await?.0, 413);
        assert_chunks(browser, 12_000, 5).await?;

        assert_eq!(browser.fetch("DELETE", "/cart").await?.0, 200);
        assert_eq!(browser.cookies().await?, []);
        assert_eq!(browser.fetch("GET", "/cart").await?, (200, json!(null)));
        Ok(())
    })
    .await
}

/// A session without one of its chunks is refused; the browser may drop them one by one.
#[tokio::test]
async fn a_session_that_lost_a_chunk_is_refused_and_can_be_replaced() -> Result<()> {
    in_browser("lost-chunk", async |browser| {
        let site = Site::https(router()?).await?;
        browser.goto(&site.at("shop.test", "/")).await?;
        browser.fetch("POST", "/cart/12000").await?;
        let url = site.at("shop.test", "/");
        browser.devtools("Network.deleteCookies", json!({ "name": "__Host-cart.3", "url": url })).await?;
        assert_eq!(browser.cookies().await?.len(), 5);
        assert_eq!(browser.fetch("GET", "/cart").await?, (200, json!(null)));

        assert_eq!(browser.fetch("POST", "/cart/100").await?.0, 200);
        assert_chunks(browser, 100, 1).await
    })
    .await
}
