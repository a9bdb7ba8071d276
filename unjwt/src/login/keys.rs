//! The keys of the records: what a store learns of users is a hash.

use unjwt_store::Key;

use super::id::LoginId;
use crate::crypto::sha256;
use crate::util::base64;

/// The kinds of records, the first byte of a key. Those from 16 on are for services.
const LOGIN: u8 = 1;
const GROUP: u8 = 2;
const EVERYONE: u8 = 3;
const UNBOUND: u8 = 4;

/// Returns the key of a login's record. The identifier is random, or a hash already.
pub(crate) fn of_login(id: &LoginId) -> Key {
    of_id(LOGIN, id)
}

/// Returns the login whose record has this key, if it is that of a login.
pub(crate) fn login_of(key: &Key) -> Option<LoginId> {
    id_of(LOGIN, key)
}

fn of_id(kind: u8, id: &LoginId) -> Key {
    let mut bytes = [0; Key::LEN];
    for (to, from) in bytes.iter_mut().zip([kind].iter().chain(id.as_bytes())) {
        *to = *from;
    }
    Key::from_bytes(bytes)
}

fn id_of(kind: u8, key: &Key) -> Option<LoginId> {
    let [own, rest @ ..] = key.as_bytes();
    rest.first_chunk().copied().map(LoginId::from_bytes).filter(|_| *own == kind)
}

/// Returns the text of a group's key in a token.
pub(crate) fn to_text(key: &Key) -> String {
    base64::encode(key.as_bytes())
}

/// Returns the key of a group that a text in a token names.
pub(crate) fn of_text(text: &str) -> Option<Key> {
    let mut bytes = [0; Key::LEN];
    let decoded = base64::decode_slice(text, &mut bytes).ok()?;
    (decoded.len() == Key::LEN && bytes.first() == Some(&GROUP)).then(|| Key::from_bytes(bytes))
}

/// Returns the key of the record of all logins of a session whose field has this value, as JSON.
pub(crate) fn of_group(session: &str, field: &str, value: &[u8]) -> Key {
    hashed(GROUP, &[session.as_bytes(), field.as_bytes(), value])
}

/// Returns the key of the record of the tokens of one login that are bound to no device.
pub(crate) fn of_unbound(id: &LoginId) -> Key {
    of_id(UNBOUND, id)
}

/// Returns the login whose unbound tokens' record has this key, if it is that of such tokens.
pub(crate) fn unbound_of(key: &Key) -> Option<LoginId> {
    id_of(UNBOUND, key)
}

/// Returns the key of the record of all logins of a session.
pub(crate) fn of_everyone(session: &str) -> Key {
    hashed(EVERYONE, &[session.as_bytes()])
}

fn hashed(kind: u8, parts: &[&[u8]]) -> Key {
    let digest = sha256(&joined(parts.iter().copied()));
    let mut bytes = [kind; Key::LEN];
    for (to, from) in bytes.iter_mut().skip(1).zip(digest) {
        *to = from;
    }
    Key::from_bytes(bytes)
}

/// Joins the parts so that no other parts are joined to the same bytes: each after its length.
pub(super) fn joined<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = b"unjwt".to_vec();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_kinds_sessions_fields_and_values_apart() {
        let id = LoginId::random();
        let keys = [
            of_login(&id),
            of_everyone("sid"),
            of_everyone("si"),
            of_group("sid", "user", b"7"),
            of_group("sid", "user", b"\"7\""),
            of_group("sid", "tenant", b"7"),
            of_group("si", "duser", b"7"),
            of_unbound(&id),
            of_unbound(&LoginId::random()),
        ];
        let distinct: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(keys.map(|key| login_of(&key)).iter().flatten().collect::<Vec<_>>(), [&id]);
        assert_eq!(keys.iter().filter_map(unbound_of).collect::<Vec<_>>()[0], id);
    }
}
