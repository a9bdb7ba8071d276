//! A service with a clock and a store of its own.

use std::fmt;

use axum::Router;

use super::client::TestClient;
use super::clock::TestClock;
use super::store::TestStore;
use crate::error::Error;
use crate::request::hooks::Session;
use crate::session::group::SessionConfigs;
use crate::session::handle::HasSession;
use crate::session::{ProvidesState, Writable};

/// A service under test, whose sessions have a clock to turn and, if they are `revocable`, a store to stop.
///
/// ```
/// # use axum::{Router, routing::get};
/// # use serde::{Deserialize, Serialize};
/// # use unjwt::{Config, ConfigError, JweKey, Session, SessionHandle};
/// use unjwt::testing::TestService;
///
/// #[derive(Clone, Serialize, Deserialize, Session)]
/// #[session(jwe, name = "sid", max_age = "1h", revocable)]
/// struct Sid { user: u64 }
///
/// fn service(config: Config<Sid>) -> Result<(Router, SessionHandle<Sid>), ConfigError> {
///     unjwt::install_returning_state(config, |sid| {
///         (Router::new().route("/me", get(async |sid: Sid| sid.user.to_string())), sid)
///     })
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = TestService::new(Sid::config(JweKey::secret([7; 32])), service)?;
/// let mut ada = service.log_in(Sid { user: 7 }).await?;
/// assert_eq!(ada.get("/me").await.text(), "7");
/// # Ok(()) }
/// ```
#[non_exhaustive]
pub struct TestService<S> {
    /// The service's router.
    pub router: Router,
    /// The router's state, as the service returned it.
    pub state: S,
    /// The clock of the sessions, of their store, and of the clients made here.
    pub clock: TestClock,
    /// The store of the logins of `revocable` sessions; otherwise it stays empty.
    pub store: TestStore,
}

impl<S> TestService<S> {
    /// Gives the configurations a clock and a store, and starts the service with them, which returns its router and the
    /// state, as [`install_returning_state`](crate::install_returning_state) does.
    ///
    /// # Errors
    ///
    /// Those of the service.
    pub fn new<C: SessionConfigs, E>(
        configs: C,
        service: impl FnOnce(C::WithStore) -> Result<(Router, S), E>,
    ) -> Result<Self, E> {
        let clock = TestClock::new();
        let store = TestStore::with_clock(&clock);
        let (router, state) = service(configs.clock(clock.source()).store(store.clone()))?;
        Ok(Self { router, state, clock, store })
    }

    /// Returns a client without cookies.
    pub fn client(&self) -> TestClient {
        TestClient::new(self.router.clone()).with_clock(&self.clock)
    }

    /// Returns a new client that is signed in with this data: each call is another browser, with a login
    /// of its own. [`TestClient::log_in`] signs in a client that there is already.
    ///
    /// # Errors
    ///
    /// As [`TestClient::log_in`].
    pub async fn log_in<T>(&self, data: T) -> Result<TestClient, Error>
    where
        T: Session + Writable,
        S: HasSession<T> + ProvidesState<T::State> + Clone + 'static,
    {
        let mut client = self.client();
        client.log_in(&self.state, data).await?;
        Ok(client)
    }
}

/// Omits the router and the state.
impl<S> fmt::Debug for TestService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestService")
            .field("clock", &self.clock)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
