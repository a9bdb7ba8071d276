//! Sessions in a service of actix-web's.

mod service {
    use std::fmt;
    use std::future::Future;
    use std::pin::Pin;

    use actix_web::body::MessageBody;
    use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
    use actix_web::error::ErrorInternalServerError;
    use actix_web::http::StatusCode;
    use actix_web::http::header as actix;
    use actix_web::middleware::Next;
    use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, ResponseError, web};
    use http::{HeaderMap, HeaderName, HeaderValue, Method};
    use serde::{Deserialize, Serialize};
    use unjwt::{RequestContext, Session, SessionManager, Tokens};

    #[derive(Clone, Serialize, Deserialize, Session)]
    #[session(jwe, name = "__Host-sid", max_age = "7D", renew_after = "1D", header = false)]
    pub struct Sid {
        pub user: u64,
    }

    // page: begin middleware
    /// Gives each request its sessions, and the response their cookies: `App::new().wrap(from_fn(sessions))`.
    pub async fn sessions<B: MessageBody>(
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<B>, actix_web::Error> {
        let mut context = RequestContext::new(&to_http(request.headers()));
        let method = Method::from_bytes(request.method().as_str().as_bytes());
        if let (Ok(method), Ok(uri)) = (method, request.uri().to_string().parse()) {
            context = context.request_line(&method, &uri);
        }
        request.extensions_mut().insert(context.clone());
        let mut response = next.call(request).await?;
        let mut headers = to_http(response.headers());
        context.renew(&headers).await;
        context.finish(&mut headers);
        *response.headers_mut() = from_http(&headers);
        Ok(response)
    }

    fn to_http(headers: &actix::HeaderMap) -> HeaderMap {
        let lines = headers.iter().filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
            Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
        });
        lines.collect()
    }
    // page: end

    fn from_http(headers: &HeaderMap) -> actix::HeaderMap {
        let lines = headers.iter().filter_map(|(name, value)| {
            let name = actix::HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
            Some((name, actix::HeaderValue::from_bytes(value.as_bytes()).ok()?))
        });
        lines.collect()
    }

    // page: begin extractor
    /// An argument of handlers.
    pub struct Visitor(SessionManager<Sid>);

    impl FromRequest for Visitor {
        type Error = actix_web::Error;
        type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

        fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
            let context = request.extensions().get::<RequestContext>().cloned();
            let sid = request.app_data::<web::Data<Tokens<Sid>>>().cloned();
            Box::pin(async move {
                let parts = context.zip(sid);
                let (context, sid) = parts.ok_or_else(|| ErrorInternalServerError("no sessions here"))?;
                Ok(Self(sid.manager(&context).await.map_err(Refused)?))
            })
        }
    }

    pub async fn me(Visitor(sid): Visitor) -> Result<String, Refused> {
        Ok(sid.require()?.data.user.to_string())
    }

    /// An error of a session as actix-web answers it.
    #[derive(Debug)]
    pub struct Refused(unjwt::Error);

    impl ResponseError for Refused {
        fn error_response(&self) -> HttpResponse {
            let answer = self.0.to_response();
            let status = StatusCode::from_u16(answer.status().as_u16());
            let mut response = HttpResponse::new(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
            *response.headers_mut() = from_http(answer.headers());
            response
        }
    }
    // page: end

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

    pub async fn log_in(Visitor(sid): Visitor) -> Result<&'static str, Refused> {
        sid.replace(Sid { user: 7 }).await?;
        Ok("")
    }

    /// Ends the session and fails all the same: whoever is signed out stays so.
    pub async fn log_out(
        request: HttpRequest,
        sid: web::Data<Tokens<Sid>>,
    ) -> Result<&'static str, actix_web::Error> {
        let context = request.extensions().get::<RequestContext>().cloned().expect("sessions");
        sid.logout(&context).await.map_err(Refused)?.clear().await.map_err(Refused)?;
        Err(ErrorInternalServerError("the farewell is out"))
    }
}

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use unjwt::JweKey;
use unjwt::testing::TestClock;

use service::{Sid, log_in, log_out, me, sessions};

async fn service(
    clock: TestClock,
) -> impl Service<actix_http::Request, Response = ServiceResponse<impl MessageBody>, Error = actix_web::Error>
{
    let sid = Sid::config(JweKey::secret([7; 32])).clock(clock.source()).build().unwrap();
    let app = App::new()
        .app_data(web::Data::new(sid))
        .wrap(from_fn(sessions))
        .route("/me", web::get().to(me))
        .route("/me", web::post().to(me))
        .route("/login", web::post().to(log_in))
        .route("/logout", web::post().to(log_out));
    init_service(app).await
}

fn lines<B>(response: &ServiceResponse<B>, name: &str) -> Vec<String> {
    response.headers().get_all(name).map(|line| line.to_str().unwrap().to_owned()).collect()
}

fn pair(line: &str) -> &str {
    line.split(';').next().unwrap()
}

#[actix_web::test]
async fn a_session_begins_is_read_and_ends() {
    let service = service(TestClock::new()).await;
    let refused = call_service(&service, TestRequest::get().uri("/me").to_request()).await;
    assert_eq!(refused.status(), 401);
    assert_eq!(lines(&refused, "www-authenticate"), ["Bearer"]);

    let begun = call_service(&service, TestRequest::post().uri("/login").to_request()).await;
    let cookies = lines(&begun, "set-cookie");
    assert!(cookies[0].starts_with("__Host-sid=") && cookies[0].contains("HttpOnly"), "{cookies:?}");
    assert_eq!(lines(&begun, "cache-control"), ["private, no-store"]);

    // Each cookie in a field of its own, as over HTTP/2.
    let request = TestRequest::get().uri("/me").append_header(("cookie", "theme=dark"));
    let request = request.append_header(("cookie", pair(&cookies[0])));
    let me = call_service(&service, request.to_request()).await;
    assert_eq!(lines(&me, "vary"), ["cookie"]);
    assert_eq!(read_body(me).await, "7");

    let request = TestRequest::post().uri("/logout").append_header(("cookie", pair(&cookies[0])));
    let ended = call_service(&service, request.to_request()).await;
    assert_eq!(ended.status(), 500);
    assert!(lines(&ended, "set-cookie")[0].starts_with("__Host-sid=;"), "beside an error too");
}

#[actix_web::test]
async fn a_session_that_is_due_is_renewed_by_the_response() {
    let clock = TestClock::new();
    let service = service(clock.clone()).await;
    let begun = call_service(&service, TestRequest::post().uri("/login").to_request()).await;
    let cookies = lines(&begun, "set-cookie");
    let me = || TestRequest::get().uri("/me").append_header(("cookie", pair(&cookies[0]))).to_request();
    assert!(lines(&call_service(&service, me()).await, "set-cookie").is_empty());
    clock.advance(Duration::from_secs(2 * 24 * 3_600));
    assert_eq!(lines(&call_service(&service, me()).await, "set-cookie").len(), 1);
}

#[actix_web::test]
async fn the_page_of_another_site_is_refused_and_its_link_is_not() {
    let service = service(TestClock::new()).await;
    let begun = call_service(&service, TestRequest::post().uri("/login").to_request()).await;
    let cookies = lines(&begun, "set-cookie");
    for (method, status) in [(Method::POST, 403), (Method::GET, 200)] {
        let request =
            TestRequest::with_uri("/me").method(method).append_header(("cookie", pair(&cookies[0])));
        let request = request.append_header(("sec-fetch-site", "cross-site"));
        assert_eq!(call_service(&service, request.to_request()).await.status(), status);
    }
}
