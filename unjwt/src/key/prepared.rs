use std::sync::{Arc, Mutex, PoisonError};

use crate::config_error::KeyError;

/// The number of different uses of one key that are remembered.
const CAPACITY: usize = 32;

/// The prepared forms of a key, by the use they were prepared for: a key that is handed out for each request
/// is prepared once.
pub(super) struct Prepared<K, M>(Mutex<Vec<(K, Arc<M>)>>);

impl<K, M> Default for Prepared<K, M> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<K: PartialEq, M> Prepared<K, M> {
    pub(super) fn get_or_try(
        &self,
        key: K,
        make: impl FnOnce() -> Result<M, KeyError>,
    ) -> Result<Arc<M>, KeyError> {
        // Held while preparing, so that concurrent requests do not each make the same.
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, material)) = entries.iter().find(|(known, _)| *known == key) {
            return Ok(Arc::clone(material));
        }
        let material = Arc::new(make()?);
        if entries.len() >= CAPACITY {
            entries.remove(0);
        }
        entries.push((key, Arc::clone(&material)));
        Ok(material)
    }
}
