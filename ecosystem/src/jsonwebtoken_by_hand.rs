//! From a token in a cookie that handlers verify themselves, with jsonwebtoken.

mod before {
    use axum::Router;
    use axum::http::header::SET_COOKIE;
    use axum::http::{HeaderMap, StatusCode};
    use axum::response::IntoResponse;
    use axum::routing::{get, post};
    use jsonwebtoken::{EncodingKey, Header, encode};

    use super::{Claims, SECRET, now, verified};

    async fn log_in() -> Result<impl IntoResponse, StatusCode> {
        let claims = Claims { sub: "7".to_owned(), exp: now() + 3_600 };
        let token = encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET))
            .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        Ok([(SET_COOKIE, format!("token={token}; Path=/; HttpOnly; Secure; SameSite=Lax"))])
    }

    async fn me(headers: HeaderMap) -> Result<String, StatusCode> {
        Ok(verified(&headers).ok_or(StatusCode::UNAUTHORIZED)?.sub)
    }

    pub(super) fn service() -> Router {
        Router::new().route("/login", post(log_in)).route("/me", get(me))
    }
}

mod after {
    use axum::Router;
    use axum::http::header::SET_COOKIE;
    use axum::response::IntoResponse;
    use axum::routing::{get, post};
    use serde::{Deserialize, Serialize};
    use unjwt::hooks::{HookResult, Renew};
    use unjwt::{JwsKey, Logout, Session, SessionHandle};

    use super::verified;

    // page: begin
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jws, name = "__Host-sid", max_age = "7D", hooks(renew = from_the_token))]
    struct Sid {
        user: u64,
    }

    /// Runs for a visitor without a session: whoever has the old token gets one. `verified` is the function of before.
    async fn from_the_token(event: Renew<'_, Sid>) -> HookResult {
        if let Some(user) = verified(event.headers()).and_then(|claims| claims.sub.parse().ok()) {
            event.session().replace(Sid { user }).await?;
        }
        Ok(())
    }

    /// The old cookie has to go too, or the next request would sign its visitor in again.
    async fn log_out(sid: Logout<Sid>) -> Result<impl IntoResponse, unjwt::Error> {
        sid.clear().await?;
        Ok([(SET_COOKIE, "token=; Path=/; Max-Age=0")])
    }
    // page: end

    async fn me(sid: Sid) -> String {
        sid.user.to_string()
    }

    pub(super) fn service() -> Result<Router, unjwt::ConfigError> {
        unjwt::install(Sid::config(JwsKey::secret([8; 32])), |sid: SessionHandle<Sid>| {
            (Router::new().route("/me", get(me)).route("/logout", post(log_out)), sid)
        })
    }
}

use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use jsonwebtoken::{DecodingKey, Validation, decode};
use serde::{Deserialize, Serialize};
use unjwt::testing::TestClient;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

fn verified(headers: &HeaderMap) -> Option<Claims> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    let token = cookies.split("; ").find_map(|pair| pair.strip_prefix("token="))?;
    let key = DecodingKey::from_secret(SECRET);
    decode(token, &key, &Validation::default()).ok().map(|token| token.claims)
}

#[tokio::test]
async fn nobody_is_signed_out() {
    let mut ada = TestClient::new(before::service());
    assert_eq!(ada.post("/login").await.status, 200);
    assert_eq!(ada.get("/me").await.text(), "7");

    ada.move_to(after::service().unwrap());
    assert_eq!(ada.get("/me").await.text(), "7");
    assert_eq!(ada.get("/me").await.set_cookies().count(), 0, "once");

    assert_eq!(ada.post("/logout").await.status, 200);
    assert_eq!(ada.get("/me").await.status, 401);
}

#[tokio::test]
async fn a_forged_token_signs_nobody_in() {
    let mut eve = TestClient::new(after::service().unwrap());
    eve.plant_cookie("token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3IiwiZXhwIjo5OTk5OTk5OTk5fQ.");
    assert_eq!(eve.get("/me").await.status, 401);
}
