//! Tests of a service: clients that are signed in, a clock to turn, and a store of logins to stop. Feature `testing`.
//!
//! ```
//! use std::time::Duration;
//!
//! use axum::{Router, routing::get};
//! use serde::{Deserialize, Serialize};
//! use unjwt::testing::TestService;
//! use unjwt::{Config, ConfigError, JweKey, Session, SessionHandle};
//!
//! #[derive(Clone, Serialize, Deserialize, Session)]
//! #[session(jwe, name = "sid", max_age = "1h")]
//! struct Sid { user: u64 }
//!
//! fn service(config: Config<Sid>) -> Result<(Router, SessionHandle<Sid>), ConfigError> {
//!     unjwt::install_returning_state(config, |sid| {
//!         (Router::new().route("/me", get(async |sid: Sid| sid.user.to_string())), sid)
//!     })
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // In a `#[tokio::test]`:
//! let service = TestService::new(Sid::config(JweKey::secret([7; 32])), service)?;
//! assert_eq!(service.client().get("/me").await.status, 401);
//!
//! let mut ada = service.log_in(Sid { user: 7 }).await?;
//! assert_eq!(ada.get("/me").await.text(), "7");
//!
//! service.clock.advance(Duration::from_secs(3600));
//! assert_eq!(ada.get("/me").await.status, 401);
//! # Ok(()) }
//! ```
//!
//! A service that makes its configurations itself is given a [`TestClock`] and a [`TestStore`] for them, and a [`TestClient`]
//! its router. A clone of a client is somebody who has copied its cookies:
//!
//! ```
//! # use axum::{Router, routing::{get, post}};
//! # use serde::{Deserialize, Serialize};
//! # use unjwt::testing::{TestClient, TestStore};
//! # use unjwt::{JweKey, Logout, Session, SessionHandle};
//! # #[derive(Clone, Serialize, Deserialize, Session)]
//! # #[session(jwe, name = "sid", max_age = "1h", revocable)]
//! # struct Sid { user: u64 }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = TestStore::new();
//! let config = Sid::config(JweKey::secret([7; 32])).store(store.clone());
//! let (router, state) = unjwt::install_returning_state(config, |sid: SessionHandle<Sid>| {
//!     let router = Router::new()
//!         .route("/me", get(async |sid: Sid| sid.user.to_string()))
//!         .route("/logout", post(async |sid: Logout<Sid>| sid.clear().await));
//!     (router, sid)
//! })?;
//! let mut ada = TestClient::new(router);
//! ada.log_in(&state, Sid { user: 7 }).await?;
//! let mut thief = ada.clone();
//!
//! store.stop();
//! assert_eq!(ada.post("/logout").await.status, 503);      // other machines learn of it when the store works again
//! assert_eq!(thief.get("/me").await.status, 401);
//! # Ok(()) }
//! ```
//!
//! Hooks run in [`log_in`](TestClient::log_in), [`log_out`](TestClient::log_out) and [`manager`](TestClient::manager) as they
//! do in a request, so a test of a hook needs no route.

mod client;
mod clock;
mod jar;
mod reply;
mod service;
mod store;

pub use client::TestClient;
pub use clock::TestClock;
pub use reply::Reply;
pub use service::TestService;
pub use store::TestStore;
