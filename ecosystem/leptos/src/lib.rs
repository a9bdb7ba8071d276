//! Sessions in the server functions and pages of Leptos.
#![cfg(test)]

mod service {
    use std::sync::Arc;

    use axum::Router;
    use axum::extract::{FromRequestParts, Request, State};
    use axum::response::IntoResponse;
    use axum::routing::{get, post};
    use leptos::prelude::*;
    use leptos_axum::{ResponseOptions, ResponseParts};
    use serde::{Deserialize, Serialize};
    use unjwt::{
        ConfigError, JweKey, Logout, Session, SessionHandle, SessionManager, SessionRejection, SessionState,
    };

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-sid", max_age = "7D", header = false)]
    struct Sid {
        user: u64,
    }

    #[derive(SessionState)]
    struct App {
        sid: SessionHandle<Sid>,
    }

    // page: begin session
    /// Any extractor of a session, in a server function.
    async fn session<E>() -> Result<E, ServerFnError>
    where
        E: FromRequestParts<Arc<App>, Rejection = SessionRejection>,
    {
        let app = expect_context::<Arc<App>>();
        let extracted: Result<E, SessionRejection> = leptos_axum::extract_with_state(&app).await?;
        extracted.map_err(refused)
    }

    /// Answers 401, 403 or 503 instead of the 500 of a `ServerFnError`, with the headers that belong to it.
    fn refused(error: impl IntoResponse) -> ServerFnError {
        let (answer, _) = error.into_response().into_parts();
        let parts = ResponseParts { status: Some(answer.status), headers: answer.headers };
        expect_context::<ResponseOptions>().overwrite(parts);
        ServerFnError::ServerError(answer.status.to_string())
    }

    #[server(endpoint = "me")]
    async fn me() -> Result<u64, ServerFnError> {
        Ok(session::<Sid>().await?.user)
    }

    #[server(endpoint = "log_in")]
    async fn log_in(user: u64) -> Result<(), ServerFnError> {
        let sid: SessionManager<Sid> = session().await?;
        sid.replace(Sid { user }).await.map_err(refused)?;
        Ok(())
    }
    // page: end

    // page: begin router
    async fn functions(State(app): State<Arc<App>>, request: Request) -> impl IntoResponse {
        leptos_axum::handle_server_fns_with_context(move || provide_context(Arc::clone(&app)), request).await
    }

    pub fn service(key: JweKey) -> Result<Router, ConfigError> {
        unjwt::install(Sid::config(key), |sid| {
            let router = Router::new().route("/api/{*function}", post(functions)).route("/", get(page));
            (router, Arc::new(App { sid }))
        })
    }
    // page: end

    #[server(endpoint = "log_out")]
    async fn log_out() -> Result<(), ServerFnError> {
        session::<Logout<Sid>>().await?.clear().await.map_err(refused)
    }

    /// Without `Result`, for the test that says why not.
    #[server(endpoint = "extracted")]
    async fn extracted() -> Result<u64, ServerFnError> {
        let app = expect_context::<Arc<App>>();
        let sid: Sid = leptos_axum::extract_with_state(&app).await?;
        Ok(sid.user)
    }

    /// Without `refused`, for the same test.
    #[server(endpoint = "required")]
    async fn required() -> Result<u64, ServerFnError> {
        let sid: SessionManager<Sid> = session().await?;
        Ok(sid.require()?.data.user)
    }

    /// A page that waits for its session: any, one that it needs, or one that it begins.
    #[component]
    fn Page() -> impl IntoView {
        let asks = expect_context::<String>();
        let user = Resource::new_blocking(
            move || asks.clone(),
            |asks| async move {
                match asks.as_str() {
                    "needs" => me().await.map(Some),
                    "begins" => log_in(8).await.map(|()| Some(8)),
                    _ => session::<Option<Sid>>().await.map(|sid| sid.map(|sid| sid.user)),
                }
            },
        );
        let name = move || {
            Suspend::new(async move {
                match user.await {
                    Ok(Some(user)) => format!("user {user}"),
                    Ok(None) => "a visitor".to_owned(),
                    Err(_) => "nobody".to_owned(),
                }
            })
        };
        view! { <p><Suspense>{name}</Suspense></p> }
    }

    async fn page(State(app): State<Arc<App>>, request: Request) -> impl IntoResponse {
        let asks = request.uri().query().unwrap_or_default().to_owned();
        let context = move || {
            provide_context(Arc::clone(&app));
            provide_context(asks.clone());
        };
        leptos_axum::render_app_to_stream_with_context(context, Page)(request).await
    }
}

use axum::body::Body;
use axum::http::Request;
use unjwt::JweKey;
use unjwt::testing::{Reply, TestClient};

fn client() -> TestClient {
    // As `generate_route_list` does for the pages of an application.
    let _ = any_spawner::Executor::init_tokio();
    TestClient::new(service::service(JweKey::secret([7; 32])).unwrap())
}

/// A call as a page sends it: a form, or the program in the page with the same body.
async fn call(client: &mut TestClient, function: &str, arguments: &'static str) -> Reply {
    let request =
        Request::post(format!("/api/{function}")).header("content-type", "application/x-www-form-urlencoded");
    client.send(request.body(Body::from(arguments)).unwrap()).await
}

#[tokio::test]
async fn server_functions_read_and_write_the_session() {
    let mut ada = client();
    let refused = call(&mut ada, "me", "").await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    assert_eq!(refused.text(), "ServerError|401 Unauthorized");

    assert_eq!(call(&mut ada, "log_in", "user=7").await.status, 200);
    assert_eq!(call(&mut ada, "me", "").await.text(), "7");

    assert_eq!(call(&mut ada, "log_out", "").await.status, 200);
    assert_eq!(call(&mut ada, "me", "").await.status, 401);
    assert!(ada.cookie("__Host-sid").is_none());
}

#[tokio::test]
async fn the_page_of_another_site_is_refused() {
    let mut ada = client();
    call(&mut ada, "log_in", "user=7").await;
    let mut ada = ada.with_header("sec-fetch-site", "cross-site");
    assert_eq!(call(&mut ada, "me", "").await.status, 403);
    assert_eq!(call(&mut ada, "log_in", "user=8").await.status, 403);
}

#[tokio::test]
async fn a_page_is_rendered_with_the_session_and_without() {
    let mut ada = client();
    let page = ada.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("a visitor"), "{}", page.text());
    call(&mut ada, "log_in", "user=7").await;
    assert!(ada.get("/").await.text().contains("user 7"));
    assert!(ada.get("/?begins").await.text().contains("user 8"));
    assert!(ada.get("/").await.text().contains("user 8"), "the head of the page waits for the write");

    let refused = client().get("/?needs").await;
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("nobody"), "{}", refused.text());
}

/// The page warns of it: 500, and the reason, which is for the developer.
#[tokio::test]
async fn an_error_that_leptos_converts_is_a_500_with_the_reason() {
    let mut eve = client();
    eve.plant_cookie("__Host-sid", "eyJhbGciOiJkaXIifQ..a.b.c");
    let extracted = call(&mut eve, "extracted", "").await;
    assert_eq!(extracted.status, 500);
    assert!(extracted.text().contains("ERR_JWE_INVALID"), "{}", extracted.text());
    let required = call(&mut eve, "required", "").await;
    assert_eq!(required.status, 500);
    assert!(required.text().contains("there is no session"), "{}", required.text());

    let refused = call(&mut eve, "me", "").await;
    assert_eq!((refused.status.as_u16(), refused.text()), (401, "ServerError|401 Unauthorized"));
}
