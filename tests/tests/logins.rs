//! Logins that end: what every way into a session says of them.
#![cfg(feature = "axum")]

mod support;

#[path = "logins/absolute.rs"]
mod absolute;
#[path = "logins/claims.rs"]
mod claims;
#[path = "logins/ending.rs"]
mod ending;
#[path = "logins/fresh.rs"]
mod fresh;
#[path = "logins/late.rs"]
mod late;
#[path = "logins/limit.rs"]
mod limit;
#[path = "logins/outage.rs"]
mod outage;
#[path = "logins/service.rs"]
mod service;
#[path = "logins/ways.rs"]
mod ways;
