//! Receives events from another service. Each event is a signed token in a JSON body.
//!
//! This example uses no session, no cookie and no router of `unjwt`: a struct describes the token, and
//! `verify_without_hooks` checks it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use unjwt::{Current, JwkSet, JwsKey, NumericDate, Session, Tokens};
use unjwt_examples::{Args, serve};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws(alg = "EdDSA"),
    // Also determines the token's `typ`, `order_event+jwt`: a token that the sender signs for another purpose
    // is not an event.
    name = "order_event",
    // This service has no private key, and calling `sign` does not compile.
    read_only,
    // How long after it was signed an event may arrive, and how far the two clocks may differ.
    max_age = "5m",
    clock_tolerance = "30s",
    // The sender names us. An event that it signed for somebody else, and that was passed on to us, is
    // refused.
    audience = "https://shop.example/webhook",
    cookie = false,
    extract = false,
)]
struct OrderEvent {
    order: u64,
    status: String,
}

struct App {
    events: Tokens<OrderEvent>,
    /// The events that were processed, kept until no copy of them can be valid any more. They are in memory
    /// here. A service that runs several instances, or restarts within those minutes, keeps them in its
    /// database, together with the changes that the event made there.
    seen: Mutex<HashMap<Arc<str>, NumericDate>>,
    orders: Mutex<Vec<OrderEvent>>,
}

impl App {
    /// `true` for the first caller only.
    fn is_new(&self, event: &Current<OrderEvent>) -> bool {
        // Well past the tolerance, during which an expired token is still accepted.
        const MARGIN: u64 = 60;
        let gone = NumericDate::from_secs(self.events.now().as_secs().saturating_sub(MARGIN));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, expires_at| *expires_at > gone);
        seen.insert(Arc::clone(&event.id), event.expires_at).is_none()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivery {
    signed_event: String,
}

#[derive(Serialize)]
struct Receipt {
    /// `false`: it had arrived before, and was not processed again.
    new: bool,
}

async fn webhook(
    State(app): State<Arc<App>>,
    delivery: Result<Json<Delivery>, JsonRejection>,
) -> Result<Json<Receipt>, Response> {
    let Ok(Json(Delivery { signed_event })) = delivery else {
        return Err(StatusCode::BAD_REQUEST.into_response());
    };
    let event = app.events.verify_without_hooks(&signed_event).await.map_err(|error| {
        // The reason goes to our log only. Whoever forges events gets no hints.
        tracing::warn!(code = error.code(), "an event was refused");
        StatusCode::FORBIDDEN.into_response()
    })?;
    // Senders repeat an event until they see an answer, and anyone who sees one in transit can repeat it too.
    // Both get a success, and the event is processed once.
    let new = app.is_new(&event);
    if new {
        app.orders.lock().unwrap_or_else(PoisonError::into_inner).push(event.data.as_ref().clone());
    }
    tracing::info!(id = %event.id, new, "an event came");
    Ok(Json(Receipt { new }))
}

async fn orders(State(app): State<Arc<App>>) -> Json<Vec<OrderEvent>> {
    Json(app.orders.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("webhook [PORT] --jwks FILE", &["--jwks"])?;

    let file = args.required("--jwks")?;
    let json = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    let senders: JwkSet = serde_json::from_str(&json).with_context(|| format!("no JWK set in {file}"))?;
    // A set without a usable key is refused here, not when the first event arrives.
    let events = OrderEvent::config(JwsKey::verify_only(senders)).clock(args.clock()).build()?;

    let app = App { events, seen: Mutex::default(), orders: Mutex::default() };
    let router = Router::new()
        .route("/webhook", post(webhook))
        .route("/orders", get(orders))
        .with_state(Arc::new(app));
    serve(args.port, router).await
}
