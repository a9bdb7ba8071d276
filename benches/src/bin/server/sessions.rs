//! `unjwt`: all sessions of one application under one layer.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Jwk, JwsKey, Session, SessionHandle, SessionManager, SessionState};
use unjwt_benches::claims::{Account, Stamped};
use unjwt_benches::family::PASSWORD;
use unjwt_store::MemoryStore;

use crate::nothing::Nothing;
use crate::{SUB, hello};

macro_rules! session {
    ($name:ident, $($attribute:tt)+) => {
        #[derive(Clone, PartialEq, Serialize, Deserialize, Session)]
        #[session($($attribute)+, max_age = "7D")]
        struct $name {
            sub: String,
            name: String,
            scope: String,
            admin: bool,
            visits: u64,
        }

        impl Account for $name {
            fn of(stamped: &Stamped) -> Self {
                let Stamped { sub, name, scope, admin, visits, .. } = stamped.clone();
                Self { sub, name, scope, admin, visits }
            }
        }

        impl $name {
            async fn read(session: Self) -> String {
                session.sub
            }

            async fn login(session: SessionManager<Self>) -> Result<StatusCode, unjwt::Error> {
                session.replace(Self::of(&Stamped::with_json_len(Self::LEN))).await?;
                Ok(StatusCode::NO_CONTENT)
            }
        }
    };
}

session!(Hs256, jws(alg = "HS256"), name = "hs256");
session!(Dir, jwe(alg = "dir"), name = "dir");
session!(Rs256, jws(alg = "RS256"), name = "rs256");
session!(Password, jwe, name = "password");
session!(Revocable, jws(alg = "HS256"), name = "revocable", revocable);
session!(Chunked, jwe(alg = "dir"), name = "chunked", cookie(max_chunks = 6));

/// How long the JSON of its claims is.
trait Len {
    const LEN: usize = 200;
}

impl Len for Hs256 {}
impl Len for Dir {}
impl Len for Rs256 {}
impl Len for Password {}
impl Len for Revocable {}
impl Len for Chunked {
    const LEN: usize = 12 * 1024;
}

#[derive(SessionState)]
struct App {
    hs256: SessionHandle<Hs256>,
    dir: SessionHandle<Dir>,
    rs256: SessionHandle<Rs256>,
    password: SessionHandle<Password>,
    revocable: SessionHandle<Revocable>,
    chunked: SessionHandle<Chunked>,
}

async fn anonymous(session: Option<Hs256>) -> String {
    session.map_or_else(|| SUB.to_owned(), |session| session.sub)
}

async fn update(session: SessionManager<Hs256>) -> Result<String, unjwt::Error> {
    Ok(session.update_with(|data| data.visits += 1).await?.data.sub.clone())
}

pub(crate) fn routes() -> Router {
    let rsa = Jwk::generate("RS256").expect("a key");
    let configs = (
        Hs256::config(JwsKey::secret([7; 32])),
        Dir::config(JweKey::secret([7; 32])),
        Rs256::config(JwsKey::from_jwk(rsa)),
        Password::config(JweKey::password(PASSWORD)),
        Revocable::config(JwsKey::secret([7; 32])).store(MemoryStore::volatile()),
        Chunked::config(JweKey::secret([7; 32])),
    );
    let sessions = unjwt::install(configs, |(hs256, dir, rs256, password, revocable, chunked)| {
        let router = Router::new()
            .route("/hs256", get(Hs256::read))
            .route("/dir", get(Dir::read))
            .route("/rs256", get(Rs256::read))
            .route("/password", get(Password::read))
            .route("/revocable", get(Revocable::read))
            .route("/chunked", get(Chunked::read))
            .route("/anonymous", get(anonymous))
            .route("/unasked", get(hello))
            .route("/update", get(update))
            .route("/login/hs256", get(Hs256::login))
            .route("/login/dir", get(Dir::login))
            .route("/login/rs256", get(Rs256::login))
            .route("/login/password", get(Password::login))
            .route("/login/revocable", get(Revocable::login))
            .route("/login/chunked", get(Chunked::login))
            .route("/login/update", get(Hs256::login));
        (router, Arc::new(App { hs256, dir, rs256, password, revocable, chunked }))
    });
    // What axum takes for any layer.
    let layered = Router::new().route("/layer", get(hello)).layer(Nothing);
    sessions.expect("sound configurations").merge(layered)
}
