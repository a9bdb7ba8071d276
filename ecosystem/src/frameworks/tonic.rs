//! Sessions in a gRPC service of tonic's.

/// The code that `tonic-prost-build` makes of a `.proto` file.
mod account {
    #[derive(Clone, Copy, PartialEq, prost::Message)]
    pub(super) struct User {
        #[prost(uint64, tag = "1")]
        pub(super) id: u64,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Token {
        #[prost(string, tag = "1")]
        pub(super) token: String,
    }

    #[derive(Clone, Copy, PartialEq, prost::Message)]
    pub(super) struct Empty {}

    include!(concat!(env!("OUT_DIR"), "/shop.Account.rs"));
}

mod service {
    use std::sync::Arc;

    use http::request::Parts;
    use serde::{Deserialize, Serialize};
    use tonic::body::Body;
    use tonic::transport::Server;
    use tonic::transport::server::TcpIncoming;
    use tonic::{Code, Extensions, Request, Response, Status};
    use tonic_web::GrpcWebLayer;
    use tower::BoxError;
    use tower::util::MapRequestLayer;
    use unjwt::{JweKey, Session, SessionHandle};
    use unjwt_store::Store;

    use super::account::account_server::{Account, AccountServer};
    use super::account::{Empty, Token, User};

    // page: begin session
    /// Native clients send the token in the metadata `authorization`, and pages the cookie, with grpc-web.
    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-sid", max_age = "1h", header = "authorization", revocable)]
    pub struct Sid {
        user: u64,
    }

    /// Keeps the head of a request for its method, which sees no more of it than the metadata.
    fn keep_head(request: http::Request<Body>) -> http::Request<Body> {
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(Arc::new(parts.clone()));
        http::Request::from_parts(parts, body)
    }

    fn head(extensions: &Extensions) -> Result<&Parts, Status> {
        let head = extensions.get::<Arc<Parts>>();
        head.map(Arc::as_ref).ok_or_else(|| Status::internal("no head"))
    }

    /// The client learns no more than with HTTP: nothing but the code.
    fn status(error: unjwt::Error) -> Status {
        let code = match error.status().as_u16() {
            401 => Code::Unauthenticated,
            403 => Code::PermissionDenied,
            409 | 413 => Code::ResourceExhausted, // too many logins, or too much data
            503 => Code::Unavailable,
            _ => Code::Internal,
        };
        Status::new(code, "")
    }
    // page: end

    // page: begin server
    struct Accounts {
        sid: SessionHandle<Sid>,
    }

    #[tonic::async_trait]
    impl Account for Accounts {
        async fn who_am_i(&self, request: Request<Empty>) -> Result<Response<User>, Status> {
            let sid = self.sid.manager_of(head(request.extensions())?).await.map_err(status)?;
            Ok(Response::new(User { id: sid.require().map_err(status)?.data.user }))
        }

        async fn log_in(&self, request: Request<User>) -> Result<Response<Token>, Status> {
            let sid = self.sid.manager_of(head(request.extensions())?).await.map_err(status)?;
            let begun = sid.replace(Sid { user: request.get_ref().id }).await.map_err(status)?;
            Ok(Response::new(Token { token: begun.token.as_str().to_owned() }))
        }

        async fn log_out(&self, request: Request<Empty>) -> Result<Response<Empty>, Status> {
            let sid = self.sid.logout_of(head(request.extensions())?).await.map_err(status)?;
            sid.clear().await.map_err(status)?;
            Ok(Response::new(Empty {}))
        }
    }

    pub async fn serve(incoming: TcpIncoming, store: impl Store) -> Result<(), BoxError> {
        let config = Sid::config(JweKey::secret([7; 32])).store(store);
        let (sessions, sid) = unjwt::layer(config, |sid| sid)?;
        let server = Server::builder().accept_http1(true).layer(GrpcWebLayer::new()); // for pages
        let mut server = server.layer(sessions).layer(MapRequestLayer::new(keep_head));
        let server = server.add_service(AccountServer::new(Accounts { sid }));
        Ok(server.serve_with_incoming(incoming).await?)
    }
    // page: end
}

use account::account_client::AccountClient;
use account::{Empty, User};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server, Uri};
use tonic::{Code, IntoRequest as _, Request, Status};
use tonic_web::GrpcWebClientLayer;
use tower::Layer as _;
use unjwt::testing::TestStore;

fn bound() -> (TcpIncoming, Uri) {
    let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let uri = format!("http://{}", incoming.local_addr().unwrap()).parse().unwrap();
    (incoming, uri)
}

fn started(store: &TestStore) -> Uri {
    let (incoming, uri) = bound();
    let store = store.clone();
    tokio::spawn(async move { service::serve(incoming, store).await.unwrap() });
    uri
}

async fn native(uri: &Uri) -> AccountClient<Channel> {
    AccountClient::new(Channel::builder(uri.clone()).connect().await.unwrap())
}

fn with(name: &'static str, value: &str) -> Request<Empty> {
    let mut request = Empty {}.into_request();
    request.metadata_mut().insert(name, value.parse().unwrap());
    request
}

fn refused<T>(answer: Result<T, Status>, code: Code) {
    let status = answer.err().expect("a refusal");
    assert_eq!((status.code(), status.message()), (code, ""));
}

#[tokio::test]
async fn a_native_client_sends_its_token_as_metadata() {
    let mut client = native(&started(&TestStore::new())).await;
    refused(client.who_am_i(Empty {}).await, Code::Unauthenticated);
    refused(client.who_am_i(with("authorization", "Bearer a.b.c.d.e")).await, Code::Unauthenticated);

    let token = client.log_in(User { id: 7 }).await.unwrap().into_inner().token;
    let bearer = format!("Bearer {token}");
    assert_eq!(client.who_am_i(with("authorization", &bearer)).await.unwrap().into_inner().id, 7);

    client.log_out(with("authorization", &bearer)).await.unwrap();
    refused(client.who_am_i(with("authorization", &bearer)).await, Code::Unauthenticated);
}

#[tokio::test]
async fn an_outage_of_the_store_is_unavailable() {
    let store = TestStore::new();
    let mut client = native(&started(&store)).await;
    store.stop();
    refused(client.log_in(User { id: 7 }).await, Code::Unavailable);
    store.start();
    let token = client.log_in(User { id: 7 }).await.unwrap().into_inner().token;

    // Another process, which has not seen this login.
    let mut client = native(&started(&store)).await;
    store.stop();
    let bearer = format!("Bearer {token}");
    refused(client.who_am_i(with("authorization", &bearer)).await, Code::Unavailable);
    // The client hears that copies of the token may work elsewhere for now, and the cookie of a page goes.
    let ended = client.log_out(with("cookie", &format!("__Host-sid={token}"))).await.unwrap_err();
    assert_eq!(ended.code(), Code::Unavailable);
    assert!(ended.metadata().get("set-cookie").unwrap().to_str().unwrap().starts_with("__Host-sid=;"));
    refused(client.who_am_i(with("authorization", &bearer)).await, Code::Unauthenticated);
    store.start();
    refused(client.who_am_i(with("authorization", &bearer)).await, Code::Unauthenticated);
}

#[tokio::test]
async fn a_page_sends_the_cookie_with_grpc_web() {
    let store = TestStore::new();
    let uri = started(&store);
    let http1 = Client::builder(TokioExecutor::new()).build_http();
    let mut page = AccountClient::with_origin(GrpcWebClientLayer::new().layer(http1), uri.clone());

    refused(page.who_am_i(Empty {}).await, Code::Unauthenticated);
    let begun = page.log_in(User { id: 7 }).await.unwrap();
    let line = begun.metadata().get("set-cookie").unwrap().to_str().unwrap();
    assert!(line.starts_with("__Host-sid=") && line.contains("HttpOnly"));
    let cookie = line.split(';').next().unwrap().to_owned();
    assert_eq!(page.who_am_i(with("cookie", &cookie)).await.unwrap().into_inner().id, 7);

    // The page of another site, which the browser says.
    let mut request = with("cookie", &cookie);
    request.metadata_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    refused(page.who_am_i(request).await, Code::PermissionDenied);
    // One that a browser without that header names by its origin.
    let mut request = with("cookie", &cookie);
    request.metadata_mut().insert("origin", "https://elsewhere.example".parse().unwrap());
    refused(page.who_am_i(request).await, Code::PermissionDenied);
    let mut request = with("cookie", &cookie);
    request.metadata_mut().insert("origin", uri.to_string().trim_end_matches('/').parse().unwrap());
    assert_eq!(page.who_am_i(request).await.unwrap().into_inner().id, 7);

    let http1 = Client::builder(TokioExecutor::new()).build_http();
    let mut elsewhere = AccountClient::with_origin(GrpcWebClientLayer::new().layer(http1), started(&store));
    store.stop();
    refused(elsewhere.who_am_i(with("cookie", &cookie)).await, Code::Unavailable);
    store.start();

    let ended = page.log_out(with("cookie", &cookie)).await.unwrap();
    assert!(ended.metadata().get("set-cookie").unwrap().to_str().unwrap().starts_with("__Host-sid=;"));
    refused(page.who_am_i(with("cookie", &cookie)).await, Code::Unauthenticated);
}

/// A gRPC client, before a service that answers as one of HTTP.
#[tokio::test]
async fn a_bare_401_is_unauthenticated_and_a_409_is_unknown() {
    for (status, code) in
        [(401, Code::Unauthenticated), (403, Code::PermissionDenied), (503, Code::Unavailable)]
            .into_iter()
            .chain([(409, Code::Unknown), (413, Code::Unknown), (500, Code::Unknown)])
    {
        let (incoming, uri) = bound();
        let status = axum::http::StatusCode::from_u16(status).unwrap();
        let routes = Routes::from(axum::Router::new().fallback(move || async move { status }));
        tokio::spawn(Server::builder().add_routes(routes).serve_with_incoming(incoming));
        let answer = native(&uri).await.who_am_i(Empty {}).await.expect_err("a refusal");
        assert_eq!(answer.code(), code, "{status}");
        assert!(answer.message().contains(status.as_str()), "{}", answer.message());
    }
}
