use serde::de::{Deserialize, Deserializer};
use serde::{Deserialize as DeriveDeserialize, Serialize};

use super::jwk::Jwk;
use super::passed_over::PassedOver;
use crate::util::json::Json;
use crate::util::strict_json::Checked;

/// The characters of a `kid` that are kept of a member that is not a JWK: more than are shown of any.
const MOST_KID: usize = 65;

/// A JWK Set (RFC 7517 §5): `{"keys": [..]}`.
///
/// A member of a set that is not a JWK, such as a number or one without `kty`, is left out when the set is read, as the
/// RFC asks. The reason is kept: a session of [`JwsKey::verify_only`](crate::JwsKey::verify_only) logs it when it is
/// built, beside those for the JWKs that it cannot use, and names all of them if no key is left. Where the set is our
/// own, as in [`JwsKey::from_pair`](crate::JwsKey::from_pair), what was left out is refused.
///
/// # Security
///
/// `Serialize` writes private members too: publish [`JwkSet::public`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    /// By place.
    #[serde(skip)]
    left_out: Vec<LeftOut>,
}

/// A member that is not a JWK.
#[derive(Clone, Debug)]
struct LeftOut {
    /// Its place among all members, from 1.
    place: usize,
    kid: Option<Box<str>>,
    reason: &'static str,
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

    /// The number of members, those that are not JWKs included.
    pub(super) fn len(&self) -> usize {
        self.keys.len() + self.left_out.len()
    }

    /// The keys with their places among all members, from 1.
    pub(super) fn placed(&self) -> impl Iterator<Item = (usize, &Jwk)> {
        let mut left_out = self.left_out.iter().map(|member| member.place).peekable();
        let places = (1..).filter(move |place| left_out.next_if_eq(place).is_none());
        places.zip(&self.keys)
    }

    /// The members that are not JWKs.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = PassedOver> {
        let unreadable =
            |member: &LeftOut| PassedOver::unreadable(member.kid.as_deref(), member.place, member.reason);
        self.left_out.iter().map(unreadable)
    }

    /// Leaves out the symmetric keys of a set that is public.
    pub(super) fn without_secrets(self) -> Self {
        const REASON: &str = "is symmetric, and published: whoever reads the set could sign with it";
        let places: Vec<_> = self.placed().map(|(place, _)| place).collect();
        let mut set = Self { keys: Vec::new(), left_out: self.left_out };
        for (jwk, place) in self.keys.into_iter().zip(places) {
            if jwk.kty() == "oct" {
                let kid = jwk.kid().map(|kid| kid.chars().take(MOST_KID).collect());
                set.left_out.push(LeftOut { place, kid, reason: REASON });
            } else {
                set.keys.push(jwk);
            }
        }
        set.left_out.sort_by_key(|member| member.place);
        set
    }

    /// Returns whether all members are symmetric keys.
    pub(super) fn holds_secrets_only(&self) -> bool {
        self.left_out.is_empty() && !self.keys.is_empty() && self.keys.iter().all(|jwk| jwk.kty() == "oct")
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(DeriveDeserialize)]
        struct Raw {
            keys: Vec<Checked>,
        }

        let raw = Raw::deserialize(deserializer)?;
        let mut set = Self::default();
        for (index, member) in raw.keys.into_iter().enumerate() {
            let kid = match &member.value {
                Json::Object(members) => members.text("kid").map(|kid| kid.chars().take(MOST_KID).collect()),
                _ => None,
            };
            match Jwk::from_checked(member) {
                Ok(jwk) => set.keys.push(jwk),
                Err(reason) => set.left_out.push(LeftOut { place: index + 1, kid, reason }),
            }
        }
        Ok(set)
    }
}

impl From<Jwk> for JwkSet {
    fn from(key: Jwk) -> Self {
        Self::from_iter([key])
    }
}

impl From<Vec<Jwk>> for JwkSet {
    fn from(keys: Vec<Jwk>) -> Self {
        Self { keys, left_out: Vec::new() }
    }
}

impl<const N: usize> From<[Jwk; N]> for JwkSet {
    fn from(keys: [Jwk; N]) -> Self {
        Self::from_iter(keys)
    }
}

impl FromIterator<Jwk> for JwkSet {
    fn from_iter<I: IntoIterator<Item = Jwk>>(keys: I) -> Self {
        Self::from(keys.into_iter().collect::<Vec<_>>())
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
    fn leaves_out_what_is_no_jwk_and_keeps_the_reason() {
        let json = r#"{"keys":[1,{"kty":"XYZ","kid":"a"},{"kid":"b"},{"kty":"oct","k":"","k":""},{"kty":"EC"}],"x":1}"#;
        let set: JwkSet = serde_json::from_str(json).unwrap();
        let kinds: Vec<_> = set.keys().iter().map(Jwk::kty).collect();
        assert_eq!(kinds, ["XYZ", "EC"]);
        let places: Vec<_> = set.placed().map(|(place, jwk)| (place, jwk.kty())).collect();
        assert_eq!((set.len(), places), (5, vec![(2, "XYZ"), (5, "EC")]));
        let reasons: Vec<_> = set.unreadable().map(|member| member.into_error().0).collect();
        assert_eq!(
            reasons,
            [
                "key 1 of the set: a JWK must be a JSON object",
                "key 3 of the set, `b`: a JWK must have a string `kty` that is not empty",
                "key 4 of the set: a JWK must have each member only once",
            ]
        );
        assert_eq!(
            serde_json::to_string(&set).unwrap(),
            r#"{"keys":[{"kty":"XYZ","kid":"a"},{"kty":"EC"}]}"#
        );
        assert!(serde_json::from_str::<JwkSet>(r#"{"keys":{}}"#).is_err());
        assert!(serde_json::from_str::<JwkSet>(r#"{"keys":[],"keys":[]}"#).is_err());
    }
}
