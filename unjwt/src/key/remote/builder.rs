use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use super::address;
use super::fetch::Fetch;
use super::keys::RemoteKeys;
use super::request::{Place, Request};
use super::schedule::Times;
use crate::config_error::ConfigError;

/// A key set that is to be fetched, once it is awaited. Created by [`RemoteKeys::discover_with`] and the like.
#[must_use = "keys are fetched by `.await`"]
pub struct RemoteKeysBuilder(Request);

impl RemoteKeysBuilder {
    pub(super) fn new(place: Place, fetch: Fetch) -> Self {
        Self(Request { place, fetch, times: Times::default(), http_on_loopback: false })
    }

    /// Sets the time after an attempt within which no token causes another one, 30 seconds by default. The fetch at the start
    /// does not count.
    ///
    /// A key that the provider uses without having published it before is accepted after that time at the latest.
    pub fn cooldown(mut self, cooldown: Duration) -> Self {
        self.0.times.cooldown = cooldown;
        self
    }

    /// Sets the time after which a fetch counts as failed, 5 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.times.timeout = timeout;
        self
    }

    /// Sets the time for which keys are used if they cannot be fetched again, 24 hours by default. After that, sessions
    /// answer 503.
    pub fn stale_for(mut self, stale_for: Duration) -> Self {
        self.0.times.stale_for = stale_for;
        self
    }

    /// Allows `http` for 127.0.0.0/8, `[::1]` and `localhost`, for a provider that runs on this machine in development and
    /// in tests.
    pub fn allow_http_on_loopback(mut self) -> Self {
        self.0.http_on_loopback = true;
        self
    }
}

impl IntoFuture for RemoteKeysBuilder {
    type Output = Result<RemoteKeys, ConfigError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self(request) = self;
        Box::pin(async move {
            address::check(request.place.address(), request.http_on_loopback)?;
            RemoteKeys::fetch(request).await
        })
    }
}

impl fmt::Debug for RemoteKeysBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeysBuilder")
            .field("place", &self.0.place)
            .field("times", &self.0.times)
            .finish_non_exhaustive()
    }
}
