//! The API, which describes itself at `/openapi.json`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::openapi::{OpenApi, ReferenceOr};
use axum::{Json, Router, routing};
use unjwt::Session as _;

use crate::sessions::{Access, App, Cart};

async fn me(access: Access) -> Json<Access> {
    Json(access)
}

async fn cart(cart: Option<Cart>) -> Json<Cart> {
    Json(cart.unwrap_or_default())
}

pub fn router() -> anyhow::Result<Router<Arc<App>>> {
    let mut document = OpenApi::default();
    let mut schemes = Vec::new();
    for scheme in Access::security_schemes().into_iter().chain(Cart::security_schemes()) {
        schemes.push((scheme.name().to_owned(), ReferenceOr::Item(scheme.to()?)));
    }
    let router = ApiRouter::new()
        .api_route("/api/me", get_with(me, |operation| operation.summary("Who the visitor is")))
        .api_route("/api/cart", get_with(cart, |operation| operation.summary("What is in the cart")))
        .finish_api_with(&mut document, |mut api| {
            let components = api.inner_mut().components.get_or_insert_default();
            components.security_schemes.extend(schemes);
            api.title("Shop")
        });
    let document = serde_json::to_string(&document)?;
    let json = [("content-type", "application/json")];
    Ok(router.route("/openapi.json", routing::get(async move || (json, document.clone()))))
}
