//! Keys that change while the program runs.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use crate::clock::NumericDate;
use crate::config_error::KeyError;
use crate::error::Error;

/// The keys of one moment: the one that writes and reads, and others that only read.
pub(crate) type KeySet<K> = (K, Vec<K>);

/// A check that new keys must pass before they replace the old ones.
pub(crate) type KeyCheck<K> = Arc<dyn Fn(&KeySet<K>) -> Result<(), KeyError> + Send + Sync>;

/// The number of a state of changing keys: equal numbers stand for equal keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Grows with every new set of keys.
    pub(crate) version: u64,
    /// The number of keys that have changed their part since, by the time alone.
    pub(crate) phase: usize,
}

/// A source of keys that change while the program runs.
pub trait ChangingKeys<K>: fmt::Debug + Send + Sync {
    /// Returns the edition of the keys at this time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) if the keys are too old to be trusted.
    fn edition(&self, now: NumericDate) -> Result<Edition, Error>;

    /// Returns the keys at this time.
    ///
    /// # Errors
    ///
    /// Fails if no key can write at this time.
    fn keys(&self, now: NumericDate) -> Result<KeySet<K>, KeyError>;

    /// Returns the issuer whose keys these are, if the source states one.
    fn issuer(&self) -> Option<&str> {
        None
    }

    /// Adds a check that new keys must pass, for as long as the caller keeps it.
    fn add_check(&self, check: &KeyCheck<K>);

    /// Checks that the keys outlive the tokens that they make; `lifetime` is in seconds.
    ///
    /// # Errors
    ///
    /// The reason, with the key's `kid`.
    fn check_lifetimes(&self, _lifetime: Option<u64>, _now: NumericDate) -> Result<(), KeyError> {
        Ok(())
    }

    /// Returns whether [`find`](Self::find) might find a key with this `kid`.
    fn may_find(&self, _kid: &str) -> bool {
        false
    }

    /// Reloads the keys because a token names one that is unknown.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded) if too many wait for that.
    fn find<'a>(&'a self, _kid: &'a str) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Tries to get keys again that are too old, unless that was tried lately.
    fn revive(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

/// Returns the keys of this moment by the system's clock, with others that are also read.
pub(crate) fn keys_now<K: Clone>(changing: &dyn ChangingKeys<K>, also: &[K]) -> Result<KeySet<K>, KeyError> {
    let now = SystemTime::now().into();
    changing.edition(now).map_err(|error| KeyError::new(error.to_string()))?;
    let (own, mut others) = changing.keys(now)?;
    others.extend_from_slice(also);
    Ok((own, others))
}
