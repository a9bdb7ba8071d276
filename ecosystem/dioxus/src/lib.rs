//! Sessions in the server functions of Dioxus.
#![cfg(test)]

mod service {
    use std::sync::Arc;

    use axum::extract::FromRequestParts;
    use axum::http::StatusCode;
    use axum::http::request::Parts;
    use axum::response::{IntoResponse, Response};
    use axum::{Extension, Router};
    use dioxus::prelude::*;
    use dioxus::server::FullstackState;
    use serde::{Deserialize, Serialize};
    use unjwt::{ConfigError, JweKey, Logout, Session, SessionHandle, SessionManager, SessionState};

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-sid", max_age = "7D", header = false)]
    struct Sid {
        user: u64,
    }

    #[derive(SessionState)]
    struct App {
        sid: SessionHandle<Sid>,
    }

    // page: begin
    /// Any extractor of a session, in a server function, whose state is Dioxus's own.
    struct Of<E>(E);

    impl<E: FromRequestParts<Arc<App>>, S: Send + Sync> FromRequestParts<S> for Of<E> {
        type Rejection = Response;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
            let app = parts.extensions.get::<Arc<App>>().cloned();
            let app = app.ok_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
            E::from_request_parts(parts, &app).await.map(Self).map_err(IntoResponse::into_response)
        }
    }

    #[get("/api/me", sid: Of<Sid>)]
    async fn me() -> Result<u64, HttpError> {
        Ok(sid.0.user)
    }

    #[post("/api/login", sid: Of<SessionManager<Sid>>)]
    async fn log_in(user: u64) -> Result<(), HttpError> {
        sid.0.replace(Sid { user }).await.map_err(refused)?;
        Ok(())
    }

    /// The status alone: the reason is for the developer.
    fn refused(error: unjwt::Error) -> HttpError {
        HttpError { status: error.status(), message: None }
    }

    pub fn service(key: JweKey) -> Result<Router, ConfigError> {
        unjwt::install(Sid::config(key), |sid| {
            let app = Arc::new(App { sid });
            let functions = Router::new().register_server_functions().layer(Extension(Arc::clone(&app)));
            (functions.with_state(FullstackState::headless()), app)
        })
    }
    // page: end

    #[post("/api/logout", sid: Of<Logout<Sid>>)]
    async fn log_out() -> Result<(), HttpError> {
        sid.0.clear().await.map_err(refused)?;
        Ok(())
    }

    #[get("/api/visitor", sid: Of<Option<Sid>>)]
    async fn visitor() -> Result<Option<u64>, HttpError> {
        Ok(sid.0.map(|sid| sid.user))
    }

    #[get("/api/required", sid: Of<SessionManager<Sid>>)]
    async fn required() -> Result<u64, HttpError> {
        Ok(sid.0.require().map_err(refused)?.data.user)
    }

    /// With Dioxus's own error, for the test that says why not.
    #[get("/api/plainly", sid: Of<SessionManager<Sid>>)]
    async fn plainly() -> Result<u64> {
        Ok(sid.0.require()?.data.user)
    }
}

use serde_json::json;
use unjwt::JweKey;
use unjwt::testing::TestClient;

fn client() -> TestClient {
    TestClient::new(service::service(JweKey::secret([7; 32])).unwrap())
}

#[tokio::test]
async fn server_functions_read_and_write_the_session() {
    let mut ada = client();
    let refused = ada.get("/api/me").await;
    assert_eq!(refused.status, 401);
    assert_eq!((refused.header("www-authenticate"), refused.text()), (Some("Bearer"), ""));
    assert_eq!(ada.get("/api/visitor").await.text(), "null");

    assert_eq!(ada.post_json("/api/login", &json!({ "user": 7 })).await.status, 200);
    assert_eq!(ada.get("/api/me").await.text(), "7");
    assert_eq!(ada.get("/api/visitor").await.text(), "7");

    assert_eq!(ada.post("/api/logout").await.status, 200);
    assert_eq!(ada.get("/api/me").await.status, 401);
    assert!(ada.cookie("__Host-sid").is_none());
}

#[tokio::test]
async fn the_page_of_another_site_is_refused() {
    let mut ada = client().with_header("sec-fetch-site", "cross-site");
    assert_eq!(ada.post_json("/api/login", &json!({ "user": 7 })).await.status, 403);
}

#[tokio::test]
async fn an_error_in_a_function_has_its_status_with_http_error_alone() {
    let mut ada = client();
    let refused = ada.get("/api/required").await;
    assert_eq!(refused.status, 401);
    assert!(!refused.text().contains("session"), "{}", refused.text());
    let plainly = ada.get("/api/plainly").await;
    assert_eq!(plainly.status, 500);
    assert!(plainly.text().contains("there is no session"), "{}", plainly.text());
}
