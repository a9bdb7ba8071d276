//! Counts a visitor's visits in an encrypted cookie.
//!
//! The session works like h3's own: a visit does not move its expiry; only `rotate` does.

use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use unjwt::{Current, JweKey, NumericDate, Session, SessionHandle, SessionManager};
use unjwt_examples::{Args, random_secret, serve};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "counter",
    max_age = "1h",
    // The session ends an hour after it started, however often the visitor comes. By default every write
    // would restart the hour.
    extend = "rotate",
    // A client without cookies sends the token as `x-counter-session`, which takes precedence over a cookie.
    sources(header, cookie),
    cookie(same_site = "strict"),
)]
struct Counter {
    visits: u64,
}

/// Reads the count, adds one and writes it back. The first visit starts the session.
///
/// The client holds the count, in encrypted form. It cannot change it, but it can send an older one again.
/// Two tabs that load at once both count from the same number. If that must not happen, keep the count in a
/// database.
async fn visit(counter: SessionManager<Counter>) -> Result<String, unjwt::Error> {
    let before = counter.current().map_or(0, |counter| counter.data.visits);
    // A patch names the fields that change. On a request without a session it starts one, if no field is
    // missing.
    let counter = counter.update(CounterPatch { visits: Some(before.saturating_add(1)) }).await?;
    Ok(match counter.data.visits {
        1 => "Hello! This is your first visit.\n".to_owned(),
        visits => format!("Hello again! You have been here {visits} times.\n"),
    })
}

/// The session as its visitor may see it. All times are seconds since 1970.
#[derive(Serialize)]
struct Facts {
    id: String,
    created_at: NumericDate,
    expires_at: NumericDate,
    visits: u64,
}

/// Reading a session writes nothing, so it sets no cookie. The answer is `null` without a session.
async fn facts(counter: Option<Current<Counter>>) -> Json<Option<Facts>> {
    Json(counter.map(|counter| Facts {
        id: counter.id.to_string(),
        created_at: counter.created_at,
        // `max_age` makes this a plain time: a session of this type always expires.
        expires_at: counter.expires_at,
        visits: counter.data.visits,
    }))
}

/// Keeps the count, with a new id and a new hour. 401 without a session.
async fn rotate(counter: SessionManager<Counter>) -> Result<&'static str, unjwt::Error> {
    counter.rotate().await?;
    Ok("Another hour.\n")
}

/// Removes the cookie.
async fn clear(counter: SessionManager<Counter>) -> Result<&'static str, unjwt::Error> {
    counter.clear().await?;
    Ok("Forgotten.\n")
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("counter [PORT]", &[])?;

    // This example uses plain HTTP, where not every client keeps a `Secure` cookie.
    let config = Counter::config(JweKey::secret(random_secret()?))
        .clock(args.clock())
        .insecure_cookies_for_local_http();

    // With a single session, its handle can be the state.
    let router = unjwt::install(config, |counter: SessionHandle<Counter>| {
        let router = Router::new()
            .route("/", get(visit))
            .route("/session", get(facts))
            .route("/rotate", post(rotate))
            .route("/clear", post(clear));
        (router, counter)
    })?;
    serve(args.port, router).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_keeps_its_shape() {
        unjwt::golden::check("counter/golden", [Counter { visits: 3 }]);
    }
}
