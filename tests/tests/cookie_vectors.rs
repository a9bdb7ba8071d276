//! Cookies as browsers and other servers write, store and send them, including those of this crate.

mod interop;
mod support;

#[path = "cookie_vectors/agent.rs"]
mod agent;
#[path = "cookie_vectors/browser.rs"]
mod browser;
#[path = "cookie_vectors/date.rs"]
mod date;
#[path = "cookie_vectors/files.rs"]
mod files;
#[path = "cookie_vectors/reader.rs"]
mod reader;
#[path = "cookie_vectors/sessions.rs"]
mod sessions;
#[path = "cookie_vectors/set_cookie.rs"]
mod set_cookie;
#[path = "cookie_vectors/writer.rs"]
mod writer;
