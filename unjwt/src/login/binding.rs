//! Everything that a check of a login depends on but the login itself.

use std::ops::Deref;

use super::Login;
use super::epochs::Epochs;
use super::group::Groups;
use crate::crypto::sha256;
use crate::util::short_bytes::ShortBytes;

/// The groups and the epochs that a token names, as bytes: another token of the login may name others, of which a
/// check says nothing.
pub(crate) enum Binding<'g> {
    /// Of most logins, which began under no epoch.
    Groups(&'g [u8]),
    Own(ShortBytes),
}

/// The maximum number of bytes, so that what is remembered of a login is bounded.
const LONGEST: usize = 160;

impl<'g> Binding<'g> {
    pub(crate) fn new(login: &Login, groups: &'g Groups) -> Self {
        let values = groups.as_bytes();
        let has_epochs = login.epochs != Epochs::default();
        let parts = u8::from(has_epochs)
            | u8::from(login.generation.is_some()) << 1
            | u8::from(login.keys.is_some()) << 2
            | u8::from(login.is_bound) << 3;
        if parts == 0 && values.len() <= LONGEST {
            return Self::Groups(values);
        }
        let mut own = ShortBytes::default();
        // No JSON begins with this byte either; it tells which parts follow the values, of which all tokens of a session
        // have as many, each with its end.
        own.push(parts);
        own.extend(values);
        if has_epochs {
            login.epochs.iter().for_each(|epoch| own.extend(&epoch.to_be_bytes()));
        }
        if let Some(generation) = login.generation {
            own.extend(&generation.to_be_bytes());
        }
        for key in login.keys.iter().flat_map(|keys| keys.iter()) {
            own.extend(key.as_bytes());
        }
        if own.len() > LONGEST {
            let digest = sha256(&own);
            own.truncate(0);
            // No JSON begins with this byte, and epochs alone are more than a digest.
            own.push(0);
            own.extend(&digest);
        }
        Self::Own(own)
    }
}

impl Deref for Binding<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Groups(values) => values,
            Self::Own(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::login::id::LoginId;

    fn binding(epochs: &[u64], values: &[&str]) -> Box<[u8]> {
        let mut login = Login {
            id: LoginId::from_bytes([1; 16]),
            epochs: Epochs::default(),
            generation: None,
            keys: None,
            is_bound: false,
        };
        epochs.iter().enumerate().for_each(|(index, epoch)| login.epochs.set(index, *epoch));
        let mut groups = Groups::default();
        values.iter().for_each(|value| groups.add(value));
        (*Binding::new(&login, &groups)).into()
    }

    #[test]
    fn other_groups_and_other_epochs_are_told_apart() {
        let long = "x".repeat(LONGEST);
        let longer = "x".repeat(LONGEST + 1);
        let epochs: [&[u64]; 5] = [&[], &[1], &[0, 1], &[0, 0, 0, 0, 1], &[u64::MAX; 5]];
        for values in [
            &[&[][..]][..],
            &[&["a"], &["b"], &[""], &[&long], &[&longer]],
            &[&["a", "b"], &["b", "a"], &[&long, "a"]],
        ] {
            let all = values.iter().flat_map(|values| epochs.map(|epochs| binding(epochs, values)));
            let all: Vec<_> = all.collect();
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
            assert!(all.iter().all(|bytes| bytes.len() <= LONGEST));
        }
        assert_eq!(binding(&[7], &["a"]), binding(&[7], &["a"]));
        let none = Login {
            id: LoginId::from_bytes([1; 16]),
            epochs: Epochs::default(),
            generation: None,
            keys: None,
            is_bound: false,
        };
        let (groups, key) = (Groups::default(), unjwt_store::Key::from_bytes([2; unjwt_store::Key::LEN]));
        let of = |login: &Login| Box::<[u8]>::from(&*Binding::new(login, &groups));
        let others = [
            of(&none),
            of(&Login { generation: Some(0), ..none.clone() }),
            of(&Login { is_bound: true, ..none.clone() }),
            of(&Login { is_bound: true, generation: Some(0), ..none.clone() }),
            of(&Login { generation: Some(1), ..none.clone() }),
            of(&Login { keys: Some([].into()), ..none.clone() }),
            of(&Login { keys: Some([key].into()), ..none.clone() }),
            of(&Login { keys: Some([key; 4].into()), ..none.clone() }),
            of(&Login { keys: Some([key; 4].into()), generation: Some(1), ..none.clone() }),
        ];
        assert_eq!(others.iter().collect::<HashSet<_>>().len(), others.len());
        assert!(others.iter().all(|bytes| bytes.len() <= LONGEST));
        assert_eq!(binding(&[7], &[&long]), binding(&[7], &[&long]));
    }
}
