//! Sessions in an OpenAPI document, with `aide` and with `utoipa`.
#![cfg(feature = "axum")]

use aide::OperationInput;
use aide::axum::ApiRouter;
use aide::axum::routing::{get, get_with, post};
use aide::generate::GenContext;
use aide::openapi::{OpenApi, Operation, ReferenceOr, Response, StatusCode};
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use unjwt::testing::TestClient;
use unjwt::{
    Current, Error, Fresh, HasSession, JweKey, JwsKey, Logout, RequireBound, Session, SessionHandle,
    SessionManager, SessionRejection, SessionState,
};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-sid", max_age = "7D", absolute = "30D", header = false)]
struct Sid {
    user: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "api", max_age = "1h", header = "authorization")]
struct Api {
    client: String,
}

#[derive(Clone, SessionState)]
struct App {
    sid: SessionHandle<Sid>,
    api: SessionHandle<Api>,
}

async fn required(sid: Sid) -> String {
    sid.user
}

async fn optional(sid: Option<Sid>) -> String {
    sid.map(|sid| sid.user).unwrap_or_default()
}

async fn current(sid: Current<Sid>) -> String {
    sid.data.user.clone()
}

async fn fresh(sid: Fresh<Sid, 300>) -> String {
    sid.data.user.clone()
}

async fn managed(sid: SessionManager<Sid>) -> String {
    format!("{:?}", sid.status())
}

async fn leaves(_: Logout<Sid>) -> String {
    String::new()
}

async fn both(sid: Sid, api: Api) -> String {
    sid.user + &api.client
}

async fn nobody() -> String {
    String::new()
}

async fn fails(sid: SessionManager<Sid>) -> Result<String, Error> {
    Ok(sid.require()?.data.user.clone())
}

async fn refuses(sid: Result<Sid, SessionRejection>) -> Result<String, SessionRejection> {
    sid.map(|sid| sid.user)
}

/// A user with a permission, whose absence is described.
struct Clerk;

impl<S: HasSession<Sid>> FromRequestParts<S> for Clerk {
    type Rejection = axum::response::Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        use axum::response::IntoResponse as _;
        let sid = Sid::from_request_parts(parts, state).await.map_err(|none| none.into_response())?;
        if sid.user == "clerk" { Ok(Self) } else { Err(axum::http::StatusCode::FORBIDDEN.into_response()) }
    }
}

impl OperationInput for Clerk {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        Sid::operation_input(context, operation);
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        let forbidden = Response { description: "For clerks.".to_owned(), ..Response::default() };
        let responses = &mut operation.responses.get_or_insert_default().responses;
        responses.insert(StatusCode::Code(403), ReferenceOr::Item(forbidden));
        Sid::inferred_early_responses(context, operation)
    }
}

async fn clerks(_: Clerk, api: SessionManager<Api>) -> Result<String, Error> {
    Ok(format!("{:?}", api.status()))
}

async fn clerks_last(_: SessionManager<Api>, _: Clerk) -> String {
    String::new()
}

/// A service and its document, with the sessions' schemes among the components.
fn service() -> (Router, Value, App) {
    let mut document = OpenApi::default();
    let configs = (Sid::config(JweKey::secret([7; 32])), Api::config(JwsKey::secret([8; 32])));
    let (router, app) = unjwt::install_returning_state(configs, |(sid, api)| {
        let router = ApiRouter::new()
            .api_route("/required", get(required))
            .api_route("/optional", get(optional))
            .api_route("/current", get(current))
            .api_route("/fresh", get(fresh))
            .api_route("/managed", get(managed))
            .api_route("/leaves", post(leaves))
            .api_route("/both", get(both))
            .api_route("/nobody", get(nobody))
            .api_route("/fails", post(fails))
            .api_route("/refuses", get(refuses))
            .api_route("/clerks", get(clerks))
            .api_route("/clerks-last", get(clerks_last))
            .api_route("/outage", get_with(optional, |operation| operation.response::<503, Error>()))
            .finish_api_with(&mut document, |mut api| {
                let components = api.inner_mut().components.get_or_insert_default();
                for scheme in Sid::security_schemes().into_iter().chain(Api::security_schemes()) {
                    let item = ReferenceOr::Item(scheme.to().unwrap());
                    components.security_schemes.insert(scheme.name().to_owned(), item);
                }
                api
            });
        (router, App { sid, api })
    })
    .unwrap();
    (router, serde_json::to_value(&document).unwrap(), app)
}

#[test]
fn what_a_handler_needs_stands_in_its_operation() {
    let (_, document, _) = service();
    let sid = json!({ "Sid": [] });
    for (path, method, security, statuses) in [
        ("/required", "get", json!([sid]), &["401", "403", "503"][..]),
        ("/current", "get", json!([sid]), &["401", "403", "503"]),
        ("/fresh", "get", json!([sid]), &["401", "403", "503"]),
        ("/optional", "get", json!([{}, sid]), &[]),
        ("/managed", "get", json!([{}, sid]), &["403", "503"]),
        ("/leaves", "post", json!([{}, sid]), &["403", "503"]),
        (
            "/both",
            "get",
            json!([{ "Sid": [], "ApiCookie": [] }, { "Sid": [], "ApiHeader": [] }]),
            &["401", "403", "503"],
        ),
        ("/fails", "post", json!([{}, sid]), &["403", "503", "default"]),
        ("/refuses", "get", json!([sid]), &["401", "403", "503", "default"]),
        ("/outage", "get", json!([{}, sid]), &["503"]),
    ] {
        let operation = &document["paths"][path][method];
        assert_eq!(operation["security"], security, "{path}");
        let responses = operation["responses"].as_object().unwrap();
        let mut early: Vec<_> = responses.keys().filter(|status| *status != "200").collect();
        early.sort();
        assert_eq!(early, statuses, "{path}");
    }
    assert_eq!(document["paths"]["/nobody"]["get"].get("security"), None);
    let schemes = json!({
        "Sid": { "type": "apiKey", "in": "cookie", "name": "__Host-sid" },
        "ApiCookie": { "type": "apiKey", "in": "cookie", "name": "api" },
        "ApiHeader": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
    });
    assert_eq!(document["components"]["securitySchemes"], schemes);
}

/// Neither a session before the extractor or behind it, nor an error that the handler returns, hides its response.
#[test]
fn a_permission_s_own_response_is_kept() {
    let (_, document, _) = service();
    for path in ["/clerks", "/clerks-last"] {
        let responses = &document["paths"][path]["get"]["responses"];
        assert_eq!(responses["403"]["description"], "For clerks.", "{path}");
        assert!(responses["401"].is_object() && responses["503"].is_object(), "{path}: {responses}");
    }
    let responses = &document["paths"]["/clerks"]["get"]["responses"];
    assert!(responses["default"].get("content").is_none(), "no body");
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-bound", max_age = "10m", login = Sid, bind = "dbsc", csrf = "off")]
struct Bound {}

impl From<&Sid> for Bound {
    fn from(_: &Sid) -> Self {
        Self {}
    }
}

#[test]
fn a_session_that_has_to_be_bound_is_one_that_may_be_refused() {
    let mut operation = Operation::default();
    let responses = aide::generate::in_context(|context| {
        RequireBound::<Bound>::operation_input(context, &mut operation);
        RequireBound::<Bound>::inferred_early_responses(context, &mut operation)
    });
    let statuses: Vec<_> = responses.iter().filter_map(|(status, _)| *status).collect();
    assert_eq!(statuses, [401, 503, 403]);
    assert!(responses[2].1.description.contains("not bound"));
    assert_eq!(operation.security.len(), 2, "by the cookie or by the header");
}

#[tokio::test]
async fn the_documented_handlers_answer() {
    let (router, document, app) = service();
    let mut client = TestClient::new(router);
    for (path, methods) in document["paths"].as_object().unwrap() {
        let is_required = methods["get"]["responses"].get("401").is_some();
        if methods.get("get").is_some() {
            assert_eq!(client.get(path).await.status == 401, is_required, "{path}");
        }
    }
    client.log_in(&app, Sid { user: "ada".to_owned() }).await.unwrap();
    client.log_in(&app, Api { client: "robot".to_owned() }).await.unwrap();
    assert_eq!(client.get("/both").await.text(), "adarobot");
}

#[test]
fn utoipa_reads_the_schemes() {
    use utoipa::openapi::security::SecurityScheme;
    let mut components = utoipa::openapi::Components::new();
    for scheme in Api::security_schemes() {
        components.add_security_scheme(scheme.name(), scheme.to::<SecurityScheme>().unwrap());
    }
    let written = serde_json::to_value(&components).unwrap();
    assert_eq!(written["securitySchemes"]["ApiHeader"]["scheme"], "bearer");
    assert_eq!(written["securitySchemes"]["ApiCookie"]["in"], "cookie");
    assert!(Api::security_schemes()[0].to::<u8>().is_err());
}
