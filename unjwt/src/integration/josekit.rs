//! Conversions from and to the keys of josekit.

use crate::{ConfigError, Jwk};

/// Converts the key, including private members.
///
/// # Errors
///
/// As [`Jwk::from_json`].
impl TryFrom<&josekit::jwk::Jwk> for Jwk {
    type Error = ConfigError;

    fn try_from(jwk: &josekit::jwk::Jwk) -> Result<Self, ConfigError> {
        Self::from_json(&jwk.to_string())
    }
}

/// Converts the key, including private members, which josekit does not wipe from memory.
///
/// # Errors
///
/// [`ConfigError::Key`] if josekit does not accept the key.
impl TryFrom<&Jwk> for josekit::jwk::Jwk {
    type Error = ConfigError;

    fn try_from(jwk: &Jwk) -> Result<Self, ConfigError> {
        let json = zeroize::Zeroizing::new(jwk.to_json());
        Self::from_bytes(json.as_bytes()).map_err(|_| ConfigError::Key {
            session: "Jwk".to_owned(),
            reason: "josekit does not take this key".to_owned(),
        })
    }
}
