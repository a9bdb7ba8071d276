//! Logs, errors and `Debug` output contain no token, key or claim.

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
