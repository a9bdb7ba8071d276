use serde::de::{Deserialize, Deserializer};
use serde::{Deserialize as DeriveDeserialize, Serialize};

use super::jwk::Jwk;
use crate::util::strict_json::Checked;

/// A JWK Set (RFC 7517 §5): `{"keys": [..]}`.
///
/// Entries of a set that are not JWKs are left out when the set is read, as the RFC asks; a JWK of a kind for
/// which the session has no use is passed over when the session is built. A set with no key left is then
/// refused.
///
/// # Security
///
/// `Serialize` writes private members too: publish [`JwkSet::public`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

impl JwkSet {
    /// The keys, in the set's order.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The set of the public halves, to be served at a `jwks_uri`.
    #[must_use]
    pub fn public(&self) -> Self {
        self.keys.iter().filter_map(Jwk::public).collect()
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(DeriveDeserialize)]
        struct Raw {
            keys: Vec<Checked>,
        }

        let raw = Raw::deserialize(deserializer)?;
        Ok(raw.keys.into_iter().filter_map(|key| Jwk::from_checked(key).ok()).collect())
    }
}

impl From<Jwk> for JwkSet {
    fn from(key: Jwk) -> Self {
        Self { keys: vec![key] }
    }
}

impl From<Vec<Jwk>> for JwkSet {
    fn from(keys: Vec<Jwk>) -> Self {
        Self { keys }
    }
}

impl<const N: usize> From<[Jwk; N]> for JwkSet {
    fn from(keys: [Jwk; N]) -> Self {
        Self { keys: keys.into() }
    }
}

impl FromIterator<Jwk> for JwkSet {
    fn from_iter<I: IntoIterator<Item = Jwk>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect() }
    }
}

impl Extend<Jwk> for JwkSet {
    fn extend<I: IntoIterator<Item = Jwk>>(&mut self, keys: I) {
        self.keys.extend(keys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_what_is_no_jwk() {
        let json = r#"{"keys":[1,{"kty":"XYZ","kid":"a"},{"kid":"b"},{"kty":"oct","k":"","k":""},{"kty":"EC"}],"x":1}"#;
        let set: JwkSet = serde_json::from_str(json).unwrap();
        let kinds: Vec<_> = set.keys().iter().map(Jwk::kty).collect();
        assert_eq!(kinds, ["XYZ", "EC"]);
        assert!(serde_json::from_str::<JwkSet>(r#"{"keys":{}}"#).is_err());
        assert!(serde_json::from_str::<JwkSet>(r#"{"keys":[],"keys":[]}"#).is_err());
    }
}
