//! The groups of a login: the values of the fields in `by(..)`.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use unjwt_store::Key;

use super::epochs::MAX_GROUPS;
use super::keys;
use crate::error::{Error, ErrorKind};
use crate::util::short_bytes::ShortBytes;

/// All logins of a session whose field has one value, such as those of one user.
///
/// For each field in `revocable(by(..))`, the derive makes a function of the struct: `RefreshToken::by_user(&user)`.
pub struct LoginGroup<T> {
    key: Result<Key, Error>,
    index: usize,
    session: PhantomData<fn() -> T>,
}

impl<T> LoginGroup<T> {
    pub(crate) fn of(
        session: &str,
        fields: &[&'static str],
        index: usize,
        value: &(impl Serialize + ?Sized),
    ) -> Self {
        let field = fields.get(index).copied().unwrap_or_default();
        let mut groups = Groups::default();
        groups.add(value);
        let key = groups
            .check(fields.get(index..).unwrap_or_default())
            .and_then(|()| groups.values().next().flatten().ok_or(NO_VALUE))
            .map(|value| keys::of_group(session, field, value));
        Self { key, index, session: PhantomData }
    }

    /// Returns the key of the group's record.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unserializable`] for a value that no login has: `None`, or one that is not a single value.
    pub(crate) fn key(&self) -> Result<Key, Error> {
        self.key.clone()
    }

    /// The place of the field in `by(..)`.
    pub(crate) fn index(&self) -> usize {
        self.index
    }
}

const NO_VALUE: Error =
    Error::new(ErrorKind::Unserializable, "a login whose field is `None` belongs to no group of it");

impl<T> Clone for LoginGroup<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), index: self.index, session: PhantomData }
    }
}

/// Omits the value.
impl<T> fmt::Debug for LoginGroup<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginGroup").field("index", &self.index).finish_non_exhaustive()
    }
}

/// The values of a session's fields in `by(..)`, each as JSON, in their order.
#[derive(Debug, Default)]
pub struct Groups {
    json: ShortBytes,
    /// The end of each value; that of a value which is not a single one is [`WRONG`].
    ends: [usize; MAX_GROUPS],
    len: usize,
}

const WRONG: usize = usize::MAX;

impl Groups {
    /// Adds the value of the next field.
    pub fn add(&mut self, value: &(impl Serialize + ?Sized)) {
        let start = self.json.len();
        let is_single = serde_json::to_writer(&mut self.json, value).is_ok()
            && self.json.get(start).is_some_and(|first| !matches!(first, b'[' | b'{'));
        if !is_single {
            self.json.truncate(start);
        }
        let end_of_value = self.json.len();
        self.json.push(b'\n');
        if let Some(end) = self.ends.get_mut(self.len) {
            *end = if is_single { end_of_value } else { WRONG };
            self.len += 1;
        }
    }

    /// Checks that every value is a single one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unserializable`], with the name of the field.
    pub(crate) fn check(&self, fields: &[&'static str]) -> Result<(), Error> {
        match self.ends.iter().take(self.len).position(|end| *end == WRONG) {
            None => Ok(()),
            Some(index) => {
                let field = fields.get(index).copied().unwrap_or_default();
                Err(Error::explained(
                    ErrorKind::Unserializable,
                    format!("`{field}` in `by(..)` is not a single value, such as a number or a string"),
                ))
            }
        }
    }

    /// Returns the values; `None` for a login that is not in that group.
    pub(crate) fn values(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut start = 0;
        self.ends.iter().take(self.len).map(move |end| {
            let value = self.json.get(start..*end)?;
            start = *end + 1;
            (value != b"null").then_some(value)
        })
    }

    /// Returns all values as bytes that no other values become: JSON contains no line break.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_apart() {
        let mut groups = Groups::default();
        groups.add(&7);
        groups.add("7");
        groups.add(&None::<u8>);
        groups.add(&Some('x'));
        assert!(groups.check(&[]).is_ok());
        let values: Vec<_> = groups.values().collect();
        assert_eq!(values, [Some(&b"7"[..]), Some(b"\"7\""), None, Some(b"\"x\"")]);
    }

    #[test]
    fn several_values_are_no_group() {
        for group in [
            LoginGroup::<()>::of("sid", &["user"], 0, &[1, 2]),
            LoginGroup::of("sid", &["user"], 0, &std::collections::BTreeMap::from([(1, 2)])),
        ] {
            let error = group.key().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unserializable);
            assert!(error.to_string().contains("`user` in `by(..)` is not a single value"), "{error}");
        }
        assert_eq!(LoginGroup::<()>::of("sid", &["user"], 0, &None::<u8>).key(), Err(NO_VALUE));
    }

    #[test]
    fn a_group_is_the_same_from_either_side() {
        let mut groups = Groups::default();
        groups.add(&1);
        groups.add(&"ada".to_owned());
        let key = keys::of_group("sid", "name", groups.values().nth(1).flatten().unwrap());
        assert_eq!(LoginGroup::<()>::of("sid", &["user", "name"], 1, "ada").key(), Ok(key));
    }
}
