//! Requests to an axum router.

use axum::Router;
use axum::body::Body;
use http::header::{CACHE_CONTROL, COOKIE, VARY};
use http::{HeaderMap, Request, Response, StatusCode};
use tower::ServiceExt;

use super::{Browser, SetCookie, set_cookies};

impl Browser {
    pub async fn get(&mut self, router: &Router, path: &str) -> Reply {
        self.send(router, Request::get(path)).await
    }

    pub async fn post(&mut self, router: &Router, path: &str) -> Reply {
        self.send(router, Request::post(path)).await
    }

    pub async fn send(&mut self, router: &Router, mut request: http::request::Builder) -> Reply {
        if let Some(cookies) = self.header() {
            request = request.header(COOKIE, cookies);
        }
        let reply = reply(router, request).await;
        self.take(&reply.headers);
        reply
    }
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    pub fn set_cookies(&self) -> Vec<SetCookie> {
        set_cookies(&self.headers)
    }

    pub fn header(&self, name: http::HeaderName) -> String {
        let values: Vec<&str> =
            self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        values.join(", ")
    }

    pub fn cache_control(&self) -> String {
        self.header(CACHE_CONTROL)
    }

    pub fn vary(&self) -> String {
        self.header(VARY)
    }
}

pub async fn reply(router: &Router, request: http::request::Builder) -> Reply {
    let response: Response<Body> =
        router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Reply { status: head.status, headers: head.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}
