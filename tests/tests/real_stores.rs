//! Revocable sessions over real servers: several processes, and servers that stop, die, forget and hang.
#![cfg(feature = "axum")]

mod support;

#[path = "real_stores/cluster.rs"]
mod cluster;
#[path = "real_stores/outage.rs"]
mod outage;
#[path = "real_stores/postgres.rs"]
mod postgres;
#[path = "real_stores/processes.rs"]
mod processes;
#[path = "real_stores/service.rs"]
mod service;
#[path = "real_stores/site.rs"]
mod site;
