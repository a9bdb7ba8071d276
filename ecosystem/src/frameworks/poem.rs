//! Sessions in a service of poem's.

mod service {
    use std::fmt;
    use std::sync::Arc;

    use poem::error::ResponseError;
    use poem::http::StatusCode;
    use poem::web::Data;
    use poem::{
        Endpoint, EndpointExt as _, FromRequest, Request, RequestBody, Response, Route, get, handler, post,
    };
    use serde::{Deserialize, Serialize};
    use unjwt::{RequestContext, Session, SessionManager, Tokens};

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-sid", max_age = "7D", renew_after = "1D", header = false)]
    pub struct Sid {
        pub user: u64,
    }

    // page: begin
    /// Gives each request its sessions, and the response their cookies, beside an error too.
    async fn sessions<E: Endpoint>(next: Arc<E>, mut request: Request) -> poem::Result<Response> {
        let context = RequestContext::new(request.headers()).request_line(request.method(), request.uri());
        request.extensions_mut().insert(context.clone());
        let mut response = next.get_response(request).await;
        context.renew(response.headers()).await;
        context.finish(response.headers_mut());
        Ok(response)
    }

    struct Visitor(SessionManager<Sid>);

    impl<'a> FromRequest<'a> for Visitor {
        async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
            let context = request.extensions().get::<RequestContext>();
            let (Some(context), Some(sid)) = (context, request.data::<Tokens<Sid>>()) else {
                return Err(StatusCode::INTERNAL_SERVER_ERROR.into());
            };
            Ok(Self(sid.manager(context).await.map_err(Refused)?))
        }
    }

    #[handler]
    async fn me(Visitor(sid): Visitor) -> Result<String, Refused> {
        Ok(sid.require()?.data.user.to_string())
    }

    /// An error of a session as poem answers it: 401, 403 or 503, with the headers that belong to it.
    #[derive(Debug)]
    struct Refused(unjwt::Error);

    impl ResponseError for Refused {
        fn status(&self) -> StatusCode {
            self.0.status()
        }

        fn as_response(&self) -> Response {
            let (parts, ()) = self.0.to_response().into_parts();
            let mut response = Response::from(parts.status);
            *response.headers_mut() = parts.headers;
            response
        }
    }
    // page: end

    pub fn service(sid: Tokens<Sid>) -> impl Endpoint {
        let routes =
            Route::new().at("/me", get(me).post(me)).at("/login", post(log_in)).at("/logout", post(log_out));
        routes.data(sid).around(sessions)
    }

    #[handler]
    async fn log_in(Visitor(sid): Visitor) -> Result<(), Refused> {
        sid.replace(Sid { user: 7 }).await?;
        Ok(())
    }

    impl From<unjwt::Error> for Refused {
        fn from(error: unjwt::Error) -> Self {
            Self(error)
        }
    }

    impl fmt::Display for Refused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }

    impl std::error::Error for Refused {}

    /// Ends the session and fails all the same: whoever is signed out stays so.
    #[handler]
    async fn log_out(
        Data(context): Data<&RequestContext>,
        Data(sid): Data<&Tokens<Sid>>,
    ) -> poem::Result<()> {
        sid.logout(context).await.map_err(Refused)?.clear().await.map_err(Refused)?;
        Err(StatusCode::INTERNAL_SERVER_ERROR.into())
    }
}

use std::time::Duration;

use poem::Endpoint;
use poem::http::{Method, StatusCode};
use poem::test::{TestClient, TestResponse};
use unjwt::JweKey;
use unjwt::testing::TestClock;

use service::{Sid, service};

fn client(clock: TestClock) -> TestClient<impl Endpoint> {
    let sid = Sid::config(JweKey::secret([7; 32])).clock(clock.source()).build().unwrap();
    TestClient::new(service(sid))
}

fn lines(response: &TestResponse, name: &str) -> Vec<String> {
    let lines = response.0.headers().get_all(name);
    lines.iter().map(|line| line.to_str().unwrap().to_owned()).collect()
}

fn pair(line: &str) -> &str {
    line.split(';').next().unwrap()
}

#[tokio::test]
async fn a_session_begins_is_read_and_ends() {
    let client = client(TestClock::new());
    let refused = client.get("/me").send().await;
    refused.assert_status(StatusCode::UNAUTHORIZED);
    assert_eq!(lines(&refused, "www-authenticate"), ["Bearer"]);

    let begun = client.post("/login").send().await;
    begun.assert_status_is_ok();
    let cookies = lines(&begun, "set-cookie");
    assert!(cookies[0].starts_with("__Host-sid=") && cookies[0].contains("HttpOnly"), "{cookies:?}");
    assert_eq!(lines(&begun, "cache-control"), ["private, no-store"]);

    // Each cookie in a field of its own, as over HTTP/2.
    let me =
        client.get("/me").header("cookie", "theme=dark").header("cookie", pair(&cookies[0])).send().await;
    assert_eq!(lines(&me, "vary"), ["cookie"]);
    me.assert_text("7").await;

    let ended = client.post("/logout").header("cookie", pair(&cookies[0])).send().await;
    ended.assert_status(StatusCode::INTERNAL_SERVER_ERROR);
    assert!(lines(&ended, "set-cookie")[0].starts_with("__Host-sid=;"), "beside an error too");
}

#[tokio::test]
async fn a_session_that_is_due_is_renewed_by_the_response() {
    let clock = TestClock::new();
    let client = client(clock.clone());
    let cookies = lines(&client.post("/login").send().await, "set-cookie");
    let me = || client.get("/me").header("cookie", pair(&cookies[0])).send();
    assert!(lines(&me().await, "set-cookie").is_empty());
    clock.advance(Duration::from_secs(2 * 24 * 3_600));
    assert_eq!(lines(&me().await, "set-cookie").len(), 1);
}

#[tokio::test]
async fn the_page_of_another_site_is_refused_and_its_link_is_not() {
    let client = client(TestClock::new());
    let cookies = lines(&client.post("/login").send().await, "set-cookie");
    for (method, status) in [(Method::POST, StatusCode::FORBIDDEN), (Method::GET, StatusCode::OK)] {
        let request = client.request(method, "/me").header("cookie", pair(&cookies[0]));
        request.header("sec-fetch-site", "cross-site").send().await.assert_status(status);
    }
}
