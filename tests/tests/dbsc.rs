//! Device-bound sessions, by a client that plays the browser of the draft (W3C Device Bound Session Credentials): also what a
//! browser cannot be made to do.
#![cfg(feature = "axum")]

#[path = "dbsc/answers.rs"]
mod answers;
#[path = "dbsc/attack.rs"]
mod attack;
#[path = "dbsc/browser.rs"]
mod browser;
#[path = "dbsc/deployments.rs"]
mod deployments;
#[path = "dbsc/life.rs"]
mod life;
#[path = "dbsc/model.rs"]
mod model;
#[path = "dbsc/proofs.rs"]
mod proofs;
#[path = "dbsc/races.rs"]
mod races;
#[path = "dbsc/served.rs"]
mod served;
#[path = "dbsc/service.rs"]
mod service;
#[path = "dbsc/thief.rs"]
mod thief;
