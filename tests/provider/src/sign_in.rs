//! The steps of a browser at the provider, without a browser.

use std::collections::BTreeMap;

use ureq::http::{Request, header};
use url::Url;

use crate::Provider;

impl Provider {
    /// Follows a request for authorization as a new browser does, and signs in as this user. Returns the address of
    /// the client to which the provider redirects, with `code`, `state` and `iss`, or with `error`.
    #[must_use]
    pub fn sign_in(&self, authorization: &str, user: &str) -> String {
        let mut cookies = BTreeMap::new();
        let mut url = Url::parse(authorization).unwrap();
        // The request, its login form, and the request resumed.
        for _ in 0..4 {
            if url.origin() != Url::parse(self.url()).unwrap().origin() {
                return url.into();
            }
            let sends_form = url.path().starts_with("/login/");
            let form = if sends_form { format!("user={user}&password=x") } else { String::new() };
            let request = Request::builder()
                .method(if sends_form { "POST" } else { "GET" })
                .uri(url.as_str())
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::COOKIE, cookie_line(&cookies))
                .body(form)
                .unwrap();
            let mut answer = self.agent.run(request).unwrap();
            for cookie in answer.headers().get_all(header::SET_COOKIE) {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(to) = answer.headers().get(header::LOCATION).cloned() else {
                panic!("no redirect from {url}: {}", answer.body_mut().read_to_string().unwrap());
            };
            url = url.join(to.to_str().unwrap()).unwrap();
        }
        panic!("the provider redirects without end, at last to {url}")
    }
}

fn cookie_line(cookies: &BTreeMap<String, String>) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}
