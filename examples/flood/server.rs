//! The server under load: a session of each kind, with only settings that an application would use.

use std::io::Read as _;
use std::sync::Arc;
use std::thread;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use unjwt::bounds::Writable;
use unjwt::hooks::{HookError, KeyLookup};
use unjwt::{Current, HasSession, JweKey, Jwk, JwsKey, Session, SessionHandle, SessionManager, SessionState};
use unjwt_examples::{random_secret, serve};

/// The path of the route that does not read a session.
pub const PLAIN: &str = "plain";
/// The cookie's name of each kind of session, which is also its route's path.
pub const SIGNED: &str = "signed";
pub const DIRECT: &str = "direct";
pub const PASSWORD: &str = "password";
pub const RSA: &str = "rsa";
pub const RETIRED: &str = "retired";
pub const LOOKED_UP: &str = "looked-up";
/// The visitors' cookies.
pub const KINDS: [&str; 4] = [SIGNED, DIRECT, PASSWORD, RSA];
/// The statuses of a session whose token the server remembered, and of one whose token it had to read.
pub const REMEMBERED: u16 = StatusCode::OK.as_u16();
pub const READ: u16 = StatusCode::ACCEPTED.as_u16();
/// The retired passwords that the sessions of one kind still read.
const RETIRED_PASSWORDS: usize = 3;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws(alg = "HS256"), name = "signed", max_age = "1D")]
struct Signed {
    note: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "dir"), name = "direct", max_age = "1D")]
struct Direct {
    note: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "password", max_age = "1D")]
struct Password {
    note: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe(alg = "RSA-OAEP-256"), name = "rsa", max_age = "1D")]
struct Rsa {
    note: String,
}

/// Its password was changed three times.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "retired", max_age = "1D")]
struct Retired {
    note: String,
}

/// Its key is made again for each request, like one that comes from a database.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(
    jws(alg = "ES256"),
    name = "looked-up",
    max_age = "1D",
    state = Arc<App>,
    hooks(key_lookup = make_key)
)]
struct LookedUp {
    note: String,
}

async fn make_key(event: KeyLookup<'_, LookedUp>) -> Result<Option<JwsKey>, HookError> {
    Ok(Some(JwsKey::from_jwk(Jwk::from_json(&event.state().key)?)))
}

#[derive(SessionState)]
struct App {
    retired: SessionHandle<Retired>,
    looked_up: SessionHandle<LookedUp>,
    key: String,
    signed: SessionHandle<Signed>,
    direct: SessionHandle<Direct>,
    password: SessionHandle<Password>,
    rsa: SessionHandle<Rsa>,
}

/// Serves on a free port, prints the address, and exits when the standard input ends, that is, with the
/// process that started it.
pub async fn run() -> anyhow::Result<()> {
    thread::spawn(|| {
        // The end and an error both mean that the other process is gone.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let mut retired = Retired::config(random_password()?);
    for _ in 0..RETIRED_PASSWORDS {
        retired = retired.also_reads(random_password()?);
    }
    let key = Jwk::generate("ES256")?;
    let json = serde_json::to_string(&key)?;
    let configs = (
        Signed::config(JwsKey::secret(random_secret()?)),
        Direct::config(JweKey::secret(random_secret()?)),
        Password::config(random_password()?),
        // The writer makes no difference to the cost.
        Rsa::config(JweKey::from_jwk(Jwk::generate("RSA-OAEP-256")?)).anyone_with_the_public_key_may_write(),
        retired,
        LookedUp::config(JwsKey::from_jwk(key)),
    );
    let router = unjwt::install(configs, |(signed, direct, password, rsa, retired, looked_up)| {
        let app = Arc::new(App { signed, direct, password, rsa, retired, looked_up, key: json });
        let router = Router::new()
            .route(&format!("/{PLAIN}"), get(async || "plain\n"))
            .route(&format!("/{SIGNED}/remembered"), get(remembered))
            .merge(routes(SIGNED, |note| Signed { note }))
            .merge(routes(DIRECT, |note| Direct { note }))
            .merge(routes(PASSWORD, |note| Password { note }))
            .merge(routes(RSA, |note| Rsa { note }))
            .merge(routes(RETIRED, |note| Retired { note }))
            .merge(routes(LOOKED_UP, |note| LookedUp { note }));
        (router, app)
    })?;
    serve(0, router).await
}

async fn remembered(session: Current<Signed>) -> StatusCode {
    if session.token.__is_remembered() { StatusCode::OK } else { StatusCode::ACCEPTED }
}

fn random_password() -> anyhow::Result<JweKey> {
    let password: String = random_secret()?.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(JweKey::password(password))
}

/// A page for those with a session, and a login for a note of any length.
fn routes<T>(name: &str, session_of: fn(String) -> T) -> Router<Arc<App>>
where
    T: Session + Writable + FromRequestParts<Arc<App>>,
    Arc<App>: HasSession<T>,
{
    let login = async move |session: SessionManager<T>, Path(length): Path<usize>| {
        session.replace(session_of("x".repeat(length))).await?;
        Ok::<_, unjwt::Error>(StatusCode::NO_CONTENT)
    };
    Router::new()
        .route(&format!("/{name}"), get(async |_: T| "yours\n"))
        .route(&format!("/{name}/login/{{length}}"), post(login))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_keep_their_shape() {
        let note = || "a note".to_owned();
        unjwt::golden::check("flood/golden", [Signed { note: note() }]);
        unjwt::golden::check("flood/golden", [Direct { note: note() }]);
        unjwt::golden::check("flood/golden", [Password { note: note() }]);
        unjwt::golden::check("flood/golden", [Rsa { note: note() }]);
        unjwt::golden::check("flood/golden", [Retired { note: note() }]);
        unjwt::golden::check("flood/golden", [LookedUp { note: note() }]);
    }
}
