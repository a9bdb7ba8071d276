//! Passkeys with webauthn-rs: a ceremony is kept in a session of its own, and finished once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use unjwt::{Fresh, JweKey, Session, SessionConfigs as _, SessionHandle, SessionManager, SessionState};
use unjwt_store::{AnyStore, Key, Store as _, UnixTime};
use webauthn_rs::prelude::*;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-login", max_age = "7D", absolute = "30D", revocable(by(user)), header = false)]
struct Login {
    user: Uuid,
}

// page: begin sessions
/// A ceremony that has begun, and the state that webauthn-rs wants back. Only this service can read it.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-ceremony", max_age = "5m", header = false, cookie(same_site = "strict"))]
struct Ceremony {
    user: Uuid,
    step: Step,
}

#[derive(Clone, Serialize, Deserialize)]
enum Step {
    Registration(PasskeyRegistration),
    Login(PasskeyAuthentication),
}

/// Each is 0.7 KB of the cookies while its user signs in, and servers take 8 KB of them.
const MOST_PASSKEYS: usize = 8;

/// Takes the ceremony of this browser for one answer. A copy of the cookie comes too late, on every machine: of two that
/// come at once, one writes the record.
async fn take(ceremony: &SessionManager<Ceremony>, app: &App) -> Result<Arc<Ceremony>, Failure> {
    let begun = ceremony.take().await?.ok_or(Failure::Refused)?;
    let id = begun.id.parse::<Uuid>().map_err(|_| Failure::Refused)?;
    let mut key = [b'C'; Key::LEN];
    key[1..17].copy_from_slice(id.as_bytes());
    // The minute is that by which clocks may differ.
    let until = UnixTime::from_secs(begun.expires_at.as_secs() + 60);
    let is_first =
        app.store.swap(&Key::from_bytes(key), None, b"", until).await.map_err(|_| Failure::Outage)?;
    if is_first { Ok(begun.data) } else { Err(Failure::Refused) }
}
// page: end

// page: begin login
async fn begin_login(
    ceremony: SessionManager<Ceremony>,
    State(app): State<Arc<App>>,
    Json(name): Json<String>,
) -> Result<Json<RequestChallengeResponse>, Failure> {
    let (user, passkeys) = app.users.find(&name).ok_or(Failure::Refused)?;
    let (challenge, state) = app.webauthn.start_passkey_authentication(&passkeys)?;
    ceremony.replace(Ceremony { user, step: Step::Login(state) }).await?;
    Ok(Json(challenge))
}

async fn finish_login(
    ceremony: SessionManager<Ceremony>,
    login: SessionManager<Login>,
    State(app): State<Arc<App>>,
    Json(answer): Json<PublicKeyCredential>,
) -> Result<StatusCode, Failure> {
    let ceremony = take(&ceremony, &app).await?;
    let Step::Login(state) = &ceremony.step else { return Err(Failure::Refused) };
    let result = app.webauthn.finish_passkey_authentication(&answer, state)?;
    app.users.used(ceremony.user, &result);
    // A login begins, and ends the one that this browser had.
    login.replace(Login { user: ceremony.user }).await?;
    Ok(StatusCode::NO_CONTENT)
}
// page: end

// page: begin registration
/// Whoever finds an open page adds no passkey of their own: the login has to be fresh.
async fn begin_registration(
    login: Fresh<Login, 300>,
    ceremony: SessionManager<Ceremony>,
    State(app): State<Arc<App>>,
) -> Result<Json<CreationChallengeResponse>, Failure> {
    let user = login.data.user;
    let (name, known) = app.users.passkeys(user);
    if known.len() >= MOST_PASSKEYS {
        return Err(Failure::TooMany);
    }
    let (challenge, state) = app.webauthn.start_passkey_registration(user, &name, &name, Some(known))?;
    ceremony.replace(Ceremony { user, step: Step::Registration(state) }).await?;
    Ok(Json(challenge))
}

async fn finish_registration(
    login: Fresh<Login, 600>,
    ceremony: SessionManager<Ceremony>,
    State(app): State<Arc<App>>,
    Json(answer): Json<RegisterPublicKeyCredential>,
) -> Result<StatusCode, Failure> {
    let ceremony = take(&ceremony, &app).await?;
    let Step::Registration(state) = &ceremony.step else { return Err(Failure::Refused) };
    if ceremony.user != login.data.user {
        return Err(Failure::Refused); // somebody else has signed in meanwhile
    }
    let passkey = app.webauthn.finish_passkey_registration(&answer, state)?;
    // Not one that any account has: WebAuthn §7.1.
    if app.users.add(ceremony.user, passkey) { Ok(StatusCode::CREATED) } else { Err(Failure::Refused) }
}
// page: end

#[derive(SessionState)]
struct App {
    login: SessionHandle<Login>,
    ceremony: SessionHandle<Ceremony>,
    webauthn: Webauthn,
    /// That of the logins.
    store: AnyStore,
    users: Arc<Users>,
}

/// The answers of a ceremony that is not finished. They say no more than that to begin anew.
enum Failure {
    Refused,
    TooMany,
    Outage,
    Session(unjwt::Error),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Refused => StatusCode::UNAUTHORIZED.into_response(),
            Self::TooMany => StatusCode::CONFLICT.into_response(),
            Self::Outage => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            Self::Session(error) => error.into_response(),
        }
    }
}

impl From<unjwt::Error> for Failure {
    fn from(error: unjwt::Error) -> Self {
        Self::Session(error)
    }
}

impl From<WebauthnError> for Failure {
    fn from(_: WebauthnError) -> Self {
        Self::Refused
    }
}

#[derive(Clone)]
struct User {
    name: String,
    passkeys: Vec<Passkey>,
}

/// The users, in place of a database.
#[derive(Default)]
struct Users(Mutex<HashMap<Uuid, User>>);

impl Users {
    fn with<R>(&self, change: impl FnOnce(&mut HashMap<Uuid, User>) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn find(&self, name: &str) -> Option<(Uuid, Vec<Passkey>)> {
        let has = |(_, user): &(&Uuid, &User)| user.name == name && !user.passkeys.is_empty();
        self.with(|all| all.iter().find(has).map(|(id, user)| (*id, user.passkeys.clone())))
    }

    fn passkeys(&self, user: Uuid) -> (String, Vec<CredentialID>) {
        let user = self.with(|all| all.get(&user).cloned()).expect("a user who is signed in");
        (user.name, user.passkeys.iter().map(|passkey| passkey.cred_id().clone()).collect())
    }

    fn add(&self, user: Uuid, passkey: Passkey) -> bool {
        self.with(|all| {
            let is_known = all
                .values()
                .flat_map(|user| &user.passkeys)
                .any(|known| known.cred_id() == passkey.cred_id());
            let Some(user) = all.get_mut(&user).filter(|_| !is_known) else { return false };
            user.passkeys.push(passkey);
            true
        })
    }

    /// Keeps the counter, by which a copied authenticator shows.
    fn used(&self, user: Uuid, result: &AuthenticationResult) {
        self.with(|all| {
            for passkey in all.get_mut(&user).map(|user| &mut user.passkeys).into_iter().flatten() {
                passkey.update_credential(result);
            }
        });
    }
}

const ORIGIN: &str = "https://shop.example";

/// One machine of the service.
fn machine(store: &TestStore, clock: &TestClock, users: &Arc<Users>) -> (Router, Arc<App>) {
    let key = JweKey::secret([7; 32]);
    let configs =
        (Login::config(key.clone()), Ceremony::config(key)).store(store.clone()).clock(clock.source());
    unjwt::install_returning_state(configs, |(login, ceremony)| {
        let router = Router::new()
            .route("/passkeys/begin", post(begin_registration))
            .route("/passkeys/finish", post(finish_registration))
            .route("/login/begin", post(begin_login))
            .route("/login/finish", post(finish_login))
            .route("/me", axum::routing::get(async |login: Login| login.user.to_string()));
        let origin = ORIGIN.parse().unwrap();
        let webauthn = WebauthnBuilder::new("shop.example", &origin).unwrap().build().unwrap();
        let store = AnyStore::new(store.clone());
        (router, Arc::new(App { login, ceremony, webauthn, store, users: Arc::clone(users) }))
    })
    .unwrap()
}

#[path = "passkeys/tests.rs"]
mod tests;

use unjwt::testing::{TestClock, TestStore};
