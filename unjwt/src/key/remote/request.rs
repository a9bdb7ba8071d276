//! The request for a key set.

use std::time::Duration;

use super::discovery;
use super::fetch::{self, Fetch};
use super::schedule::Times;
use crate::key::JwkSet;

/// The most keys of a set.
const MOST_KEYS: usize = 100;

/// The place of a key set.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Jwks(String),
    Issuer(String),
}

impl Place {
    pub(super) fn address(&self) -> &str {
        match self {
            Self::Jwks(address) | Self::Issuer(address) => address,
        }
    }
}

/// A key set that was fetched.
pub(super) struct Fetched {
    pub(super) set: JwkSet,
    pub(super) max_age: Option<Duration>,
}

/// A request for a key set.
pub(super) struct Request {
    pub(super) place: Place,
    pub(super) fetch: Fetch,
    pub(super) times: Times,
    pub(super) http_on_loopback: bool,
}

impl Request {
    /// Fetches the set, and an issuer's metadata before, since its keys may have moved. The error is for the log.
    pub(super) async fn run(&self) -> Result<Fetched, String> {
        let timeout = self.times.timeout;
        let address = match &self.place {
            Place::Jwks(address) => address.clone(),
            Place::Issuer(issuer) => {
                let metadata = fetch::get(&self.fetch, &discovery::address_of(issuer), timeout).await?;
                discovery::jwks_uri(issuer, &metadata.body, self.http_on_loopback)
                    .map_err(|reason| format!("{issuer}: {reason}"))?
            }
        };
        let response = fetch::get(&self.fetch, &address, timeout).await?;
        let set: JwkSet = serde_json::from_slice(&response.body).map_err(|_| {
            format!("{address}: the answer is not a JWK Set, a JSON object with an array `keys`")
        })?;
        let set = set.without_secrets();
        match set.keys().len() {
            0 => Err(format!("{address}: the set has no public key")),
            1..=MOST_KEYS => Ok(Fetched { set, max_age: response.max_age }),
            more => Err(format!("{address}: the set has {more} keys, which is more than {MOST_KEYS}")),
        }
    }
}
