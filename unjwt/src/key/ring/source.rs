//! The places from which a ring is loaded.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::keys::{RingKeys, ring_error};
use super::live::KeyRing;
use crate::config_error::ConfigError;

/// The longest text of a ring that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;
/// The time between two looks at the source, unless set otherwise.
const RELOAD: Duration = Duration::from_secs(30);

/// The time after which a load counts as failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The failure of a closure that loads keys.
pub type LoadError = Box<dyn std::error::Error + Send + Sync>;

pub(super) type Loading = Pin<Box<dyn Future<Output = Result<RingKeys, ConfigError>> + Send>>;

/// A source of a ring's keys.
pub(super) type Source = Arc<dyn Fn() -> Loading + Send + Sync>;

/// A ring that is to be loaded, once it is awaited. Created by [`KeyRing::from_file`] and [`KeyRing::from_source`].
#[must_use = "keys are loaded by `.await`"]
pub struct KeyRingBuilder {
    source: Source,
    every: Duration,
}

impl KeyRingBuilder {
    pub(super) fn new(source: Source) -> Self {
        Self { source, every: RELOAD }
    }

    /// Sets the time between two looks at the source, 30 seconds by default.
    ///
    /// A key must be in the source of all processes for longer than that before it activates.
    pub fn reload_every(mut self, every: Duration) -> Self {
        self.every = every.max(Duration::from_millis(10));
        self
    }
}

impl IntoFuture for KeyRingBuilder {
    type Output = Result<KeyRing, ConfigError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let keys = load(&self.source).await?;
            Ok(KeyRing::watching(keys, self.source, self.every))
        })
    }
}

impl fmt::Debug for KeyRingBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRingBuilder").field("every", &self.every).finish_non_exhaustive()
    }
}

/// Reads the whole file each time: its time of change says too little, since Kubernetes swaps a symbolic link and some
/// file systems count in seconds.
pub(super) fn file(path: PathBuf) -> Source {
    Arc::new(move || {
        let path = path.clone();
        Box::pin(async move {
            let shown = path.display().to_string();
            let failed = |reason: String| ring_error(format!("the file `{shown}`: {reason}"));
            let read = tokio::task::spawn_blocking(move || read(&path)).await;
            let text =
                read.map_err(|_| failed("the reading was interrupted".to_owned()))?.map_err(&failed)?;
            RingKeys::from_json(&text).map_err(|error| failed(reason_of(&error)))
        })
    })
}

fn read(path: &std::path::Path) -> Result<Zeroizing<String>, String> {
    use std::io::Read as _;

    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    if length > LONGEST {
        return Err(format!("it has more than {LONGEST} bytes, so it is not a key ring"));
    }
    // A buffer that grows would leave keys behind.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(length).unwrap_or(0) + 1));
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(text)
}

/// Loads the keys, within a bounded time.
pub(super) async fn load(source: &Source) -> Result<RingKeys, ConfigError> {
    match tokio::time::timeout(PATIENCE, source()).await {
        Ok(loaded) => loaded,
        Err(_) => Err(ring_error(format!("the keys could not be loaded within {PATIENCE:?}"))),
    }
}

/// The reason alone, where the message names the source.
pub(super) fn reason_of(error: &ConfigError) -> String {
    match error {
        ConfigError::KeySource { reason, .. } => reason.clone(),
        other => other.to_string(),
    }
}
