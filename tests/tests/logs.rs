//! Nothing that is logged, shown as an error or debugged holds a token, a key or a claim.

mod support;

#[allow(dead_code, reason = "its other user takes the rest")]
#[path = "weaknesses/craft.rs"]
mod craft;
#[path = "logs/heard.rs"]
mod heard;
#[path = "logs/life.rs"]
mod life;
#[path = "logs/said.rs"]
mod said;
#[path = "logs/secrets.rs"]
mod secrets;
