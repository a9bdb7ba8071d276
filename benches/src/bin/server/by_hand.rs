//! jsonwebtoken in handlers, as services write it without a session library: a token in a cookie of axum-extra's
//! `CookieJar`, verified on every request, with its `exp`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum_extra::extract::cookie::{Cookie, CookieJar};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use unjwt::Jwk;
use unjwt_benches::claims::{COOKIE, Stamped};

use crate::SUB;

struct Tokens {
    header: Header,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

type App = State<Arc<Tokens>>;

impl Tokens {
    fn new(algorithm: Algorithm, signing: EncodingKey, verifying: DecodingKey) -> Arc<Self> {
        let (header, validation) = (Header::new(algorithm), Validation::new(algorithm));
        Arc::new(Self { header, signing, verifying, validation })
    }

    fn hs256() -> Arc<Self> {
        let secret = [7; 32];
        Self::new(Algorithm::HS256, EncodingKey::from_secret(&secret), DecodingKey::from_secret(&secret))
    }

    fn rs256() -> Arc<Self> {
        let jwk = Jwk::generate("RS256").expect("a key");
        let (private, public) =
            (jwk.to_pem().expect("a private key"), jwk.to_public_pem().expect("a public key"));
        let signing = EncodingKey::from_rsa_pem(private.as_bytes()).expect("a private key");
        let verifying = DecodingKey::from_rsa_pem(public.as_bytes()).expect("a public key");
        Self::new(Algorithm::RS256, signing, verifying)
    }

    fn claims(&self, jar: &CookieJar) -> Option<Stamped> {
        let token = jar.get(COOKIE)?.value();
        Some(decode(token, &self.verifying, &self.validation).ok()?.claims)
    }

    fn cookie(&self, claims: &Stamped) -> Result<Cookie<'static>, StatusCode> {
        let token = encode(&self.header, claims, &self.signing);
        let token = token.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        Ok(Cookie::build((COOKIE, token)).path("/").secure(true).http_only(true).build())
    }
}

async fn read(State(tokens): App, jar: CookieJar) -> Result<String, StatusCode> {
    tokens.claims(&jar).map(|claims| claims.sub).ok_or(StatusCode::UNAUTHORIZED)
}

async fn anonymous(State(tokens): App, jar: CookieJar) -> String {
    tokens.claims(&jar).map_or_else(|| SUB.to_owned(), |claims| claims.sub)
}

async fn update(State(tokens): App, jar: CookieJar) -> Result<(CookieJar, String), StatusCode> {
    let mut claims = tokens.claims(&jar).ok_or(StatusCode::UNAUTHORIZED)?;
    claims.visits += 1;
    Ok((jar.add(tokens.cookie(&claims)?), claims.sub))
}

async fn login(State(tokens): App, jar: CookieJar) -> Result<CookieJar, StatusCode> {
    Ok(jar.add(tokens.cookie(&Stamped::with_json_len(200))?))
}

pub(crate) fn routes() -> Router {
    let hs256 = Router::new()
        .route("/hs256", get(read))
        .route("/anonymous", get(anonymous))
        .route("/update", get(update))
        .route("/login/hs256", get(login))
        .route("/login/update", get(login))
        .with_state(Tokens::hs256());
    let rs256 = Router::new()
        .route("/rs256", get(read))
        .route("/login/rs256", get(login))
        .with_state(Tokens::rs256());
    hs256.merge(rs256)
}
