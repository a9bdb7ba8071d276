//! A pair of sessions without hooks: an access session that is made from its login, renewed with it, and gone with it.
#![cfg(feature = "axum")]

mod support;

#[path = "pair/claims.rs"]
mod claims;
#[path = "pair/ending.rs"]
mod ending;
#[path = "pair/guards.rs"]
mod guards;
#[path = "pair/known.rs"]
mod known;
#[path = "pair/late.rs"]
mod late;
#[path = "pair/outage.rs"]
mod outage;
#[path = "pair/renewal.rs"]
mod renewal;
#[path = "pair/reuse.rs"]
mod reuse;
#[path = "pair/service.rs"]
mod service;
#[path = "pair/sliding.rs"]
mod sliding;
#[path = "pair/step.rs"]
mod step;
#[path = "pair/written.rs"]
mod written;
