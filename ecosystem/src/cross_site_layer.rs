//! Beside tower-http's layer against cross-site requests.

// page: begin
use axum::Router;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use tower_http::csrf::CsrfLayer;
use unjwt::{JweKey, Session, SessionHandle, SessionManager};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "__Host-sid", max_age = "7D")]
struct Sid {
    user: u64,
}

/// The origins of the deployment, as browsers write them: no path, no final slash, no port that is the scheme's own.
struct Origins {
    /// Where browsers see this service, whatever a proxy puts into `Host`.
    own: String,
    /// Pages of other origins that may send what changes something.
    trusted: Vec<String>,
}

fn service(key: JweKey, origins: &Origins) -> Result<Router, Box<dyn std::error::Error>> {
    let mut sessions = Sid::config(key).public_origin(&origins.own);
    let mut layer = CsrfLayer::new().add_trusted_origin(&origins.own)?;
    for origin in &origins.trusted {
        sessions = sessions.trust_origin(origin);
        layer = layer.add_trusted_origin(origin)?;
    }
    let router = unjwt::install(sessions, |sid: SessionHandle<Sid>| (routes(), sid))?;
    // Outermost: it covers the routes without a session too, and what it refuses reads nothing.
    Ok(router.route("/import", post(import)).layer(layer))
}
// page: end

fn routes() -> Router<SessionHandle<Sid>> {
    Router::new()
        .route("/rename", post(async |sid: Sid| sid.user.to_string()))
        .route("/login", post(log_in))
        .route("/socket", axum::routing::any(async |sid: Sid| sid.user.to_string()))
}

async fn log_in(session: SessionManager<Sid>) -> Result<(), unjwt::Error> {
    session.replace(Sid { user: 7 }).await.map(drop)
}

/// Guarded by the network that it is in, and by no session.
async fn import() -> &'static str {
    "imported"
}

use axum::http::{Method, Request};
use tower::Service as _;
use tower_http::csrf::ProtectionErrorKind;
use unjwt::testing::{Reply, TestClient};

const OWN: &str = "https://shop.example";
const TRUSTED: &str = "https://admin.example";
const EVIL: &str = "https://evil.example";

fn shop() -> Router {
    let origins = Origins { own: OWN.to_owned(), trusted: vec![TRUSTED.to_owned()] };
    service(JweKey::secret([7; 32]), &origins).unwrap()
}

/// The same sessions without the layer.
fn alone() -> Router {
    let sessions = Sid::config(JweKey::secret([7; 32])).public_origin(OWN).trust_origin(TRUSTED);
    unjwt::install(sessions, |sid| (routes(), sid)).unwrap().route("/import", post(import))
}

async fn signed_in(router: Router) -> TestClient {
    let mut ada = TestClient::new(router);
    assert_eq!(ada.post("/login").await.status, 200);
    ada
}

/// A request that a proxy passes on with a host of its own.
async fn send(client: &mut TestClient, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::builder().method(method).uri(path).header("host", "10.0.0.7:8080");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request.body(axum::body::Body::empty()).unwrap()).await
}

#[tokio::test]
async fn both_trust_the_same_pages() {
    let mut ada = signed_in(shop()).await;
    for (origin, site, status) in [
        (OWN, Some("same-origin"), 200),
        (OWN, None, 200),
        (TRUSTED, Some("cross-site"), 200),
        (TRUSTED, None, 200),
        (EVIL, Some("cross-site"), 403),
        (EVIL, None, 403),
        ("https://evil.shop.example", Some("same-site"), 403),
        ("https://10.0.0.7:8080.evil.example", None, 403),
        ("null", Some("cross-site"), 403),
    ] {
        let headers: Vec<_> =
            [("origin", origin)].into_iter().chain(site.map(|site| ("sec-fetch-site", site))).collect();
        for path in ["/rename", "/login", "/import"] {
            let reply = send(&mut ada, Method::POST, path, &headers).await;
            assert_eq!(reply.status, status, "{origin} {site:?} {path}");
        }
    }
}

#[tokio::test]
async fn the_layer_covers_what_has_no_session() {
    let from_elsewhere = [("origin", EVIL), ("sec-fetch-site", "cross-site")];
    let mut ada = signed_in(alone()).await;
    assert_eq!(send(&mut ada, Method::POST, "/rename", &from_elsewhere).await.status, 403);
    assert_eq!(send(&mut ada, Method::POST, "/import", &from_elsewhere).await.status, 200);

    // Also a session's token in a header, which no page of another site has.
    let mut api = TestClient::new(alone());
    let cookie = ada.cookie("__Host-sid").unwrap().to_owned();
    let token = [from_elsewhere[0], from_elsewhere[1], ("x-__host-sid-session", cookie.as_str())];
    assert_eq!(send(&mut api, Method::POST, "/rename", &token).await.status, 200);
    api.move_to(shop());
    assert_eq!(send(&mut api, Method::POST, "/rename", &token).await.status, 403);
}

#[tokio::test]
async fn the_sessions_cover_the_handshake_of_a_web_socket_and_what_stands_twice() {
    let mut ada = signed_in(shop()).await;
    let handshake = [("origin", EVIL), ("sec-fetch-site", "cross-site"), ("upgrade", "websocket")];
    assert_eq!(send(&mut ada, Method::GET, "/socket", &handshake).await.status, 403);
    assert_eq!(send(&mut ada, Method::GET, "/socket", &[("origin", OWN), handshake[2]]).await.status, 200);

    let twice = [("origin", TRUSTED), ("origin", EVIL), ("sec-fetch-site", "cross-site")];
    assert_eq!(send(&mut ada, Method::POST, "/rename", &twice).await.status, 403);
    assert_eq!(
        send(&mut ada, Method::POST, "/import", &twice).await.status,
        200,
        "the layer reads the first"
    );
}

#[tokio::test]
async fn what_the_layer_refuses_touches_no_session() {
    let request = Request::post("/login").header("origin", EVIL).header("sec-fetch-site", "cross-site");
    let response = shop().call(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
    let reason = response.extensions().get::<tower_http::csrf::ProtectionError>().unwrap();
    assert_eq!(reason.kind(), ProtectionErrorKind::CrossOriginRequest);
    assert!(!response.headers().contains_key("set-cookie"));
}

#[tokio::test]
async fn an_origin_in_another_notation_is_refused_at_startup_or_with_each_request() {
    let with = |trusted: &str| {
        let origins = Origins { own: OWN.to_owned(), trusted: vec![trusted.to_owned()] };
        service(JweKey::secret([7; 32]), &origins)
    };
    for wrong in ["https://admin.example/", "admin.example"] {
        assert!(Sid::config(JweKey::secret([7; 32])).trust_origin(wrong).build().is_err(), "{wrong}");
        assert!(CsrfLayer::new().add_trusted_origin(wrong).is_err(), "{wrong}");
        assert!(with(wrong).is_err(), "{wrong}");
    }
    // The sessions take the port for what it is; the layer compares bytes.
    let mut ada = signed_in(with("https://admin.example:443").unwrap()).await;
    let headers = [("origin", TRUSTED), ("sec-fetch-site", "cross-site")];
    let refused = send(&mut ada, Method::POST, "/rename", &headers).await;
    assert_eq!((refused.status.as_u16(), refused.header("vary")), (403, None), "by the layer");
}
