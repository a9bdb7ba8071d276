//! The choice of those of a session's keys that may have made a token.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The most keys that are tried for one token.
pub(super) const MAX_TRIED: usize = 16;

/// The keys of one `JwsKey` or `JweKey`, validated.
pub(crate) trait Material {
    type Reader;

    fn readers(&self) -> &[Self::Reader];
    fn kid_of(reader: &Self::Reader) -> Option<&str>;
}

/// The session's own keys first, then those that it also reads; found by `kid` without a look at the others.
pub(super) struct Keyring<M> {
    own: Arc<M>,
    also: Vec<Arc<M>>,
    /// The position of each reader.
    positions: Vec<(usize, usize)>,
    /// For each `kid`, indices into `positions`.
    named: BTreeMap<Box<str>, Vec<usize>>,
    /// The readers without a `kid`: they may have made any token.
    nameless: Vec<usize>,
    all: Vec<usize>,
}

impl<M: Material> Keyring<M> {
    pub(super) fn new(own: Arc<M>, also: Vec<Arc<M>>) -> Self {
        let materials = || std::iter::once(&own).chain(&also);
        let positions: Vec<_> = materials()
            .enumerate()
            .flat_map(|(at, material)| (0..material.readers().len()).map(move |index| (at, index)))
            .collect();
        let kids: Vec<Option<&str>> =
            materials().flat_map(|material| material.readers().iter().map(M::kid_of)).collect();
        let mut nameless = Vec::new();
        let mut named: BTreeMap<Box<str>, Vec<usize>> = BTreeMap::new();
        for (index, kid) in kids.into_iter().enumerate() {
            match kid {
                Some(kid) => named.entry(kid.into()).or_default().push(index),
                None => nameless.push(index),
            }
        }
        let all = (0..positions.len()).collect();
        Self { own, also, positions, named, nameless, all }
    }

    pub(super) fn names(&self, kid: &str) -> bool {
        self.named.contains_key(kid)
    }

    pub(super) fn own(&self) -> &Arc<M> {
        &self.own
    }

    /// The keys that a token with this `kid` may be from. What names none may be anyone's, and a lone key
    /// needs no name to be found: its owner may have renamed it. The first key, which is the one that writes,
    /// is never among those for which there is no room.
    pub(super) fn candidates(&self, kid: Option<&str>) -> impl Iterator<Item = &M::Reader> + Clone {
        self.candidates_that(kid, |_| true)
    }

    /// Does the same among the keys that fit. One that does not fit takes nobody's room.
    pub(super) fn candidates_that(
        &self,
        kid: Option<&str>,
        fits: impl Fn(&M::Reader) -> bool + Clone,
    ) -> impl Iterator<Item = &M::Reader> + Clone {
        let (own, named, others): (&[usize], &[usize], &[usize]) = match kid {
            Some(kid) if self.all.len() > 1 => {
                let named = self.named.get(kid).map_or(&[][..], Vec::as_slice);
                match self.nameless.split_first() {
                    Some((0, nameless)) => (&[0], named, nameless),
                    _ => (&[], named, &self.nameless),
                }
            }
            _ => (&self.all, &[], &[]),
        };
        let readers = own.iter().chain(named).chain(others).filter_map(|index| self.reader(*index));
        readers.filter(move |reader| fits(reader)).take(MAX_TRIED)
    }

    /// All of them.
    pub(super) fn readers(&self) -> impl Iterator<Item = &M::Reader> {
        std::iter::once(&self.own).chain(&self.also).flat_map(|material| material.readers())
    }

    fn reader(&self, index: usize) -> Option<&M::Reader> {
        let (at, index) = *self.positions.get(index)?;
        let material = match at.checked_sub(1) {
            None => &self.own,
            Some(at) => self.also.get(at)?,
        };
        material.readers().get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Keys(Vec<(Option<&'static str>, u32)>);

    impl Material for Keys {
        type Reader = (Option<&'static str>, u32);

        fn readers(&self) -> &[Self::Reader] {
            &self.0
        }

        fn kid_of(reader: &Self::Reader) -> Option<&str> {
            reader.0
        }
    }

    fn ring(own: &[(Option<&'static str>, u32)], also: &[(Option<&'static str>, u32)]) -> Keyring<Keys> {
        Keyring::new(
            Arc::new(Keys(own.to_vec())),
            also.iter().map(|&key| Arc::new(Keys(vec![key]))).collect(),
        )
    }

    fn found(ring: &Keyring<Keys>, kid: Option<&str>) -> Vec<u32> {
        ring.candidates(kid).map(|(_, number)| *number).collect()
    }

    #[test]
    fn finds_by_name_and_what_has_none() {
        let ring = ring(&[(Some("a"), 1), (None, 2), (Some("b"), 3)], &[(Some("a"), 4), (None, 5)]);
        assert_eq!(found(&ring, Some("a")), [1, 4, 2, 5]);
        assert_eq!(found(&ring, Some("b")), [3, 2, 5]);
        assert_eq!(found(&ring, Some("c")), [2, 5]);
        assert_eq!(found(&ring, None), [1, 2, 3, 4, 5]);
        assert_eq!(ring.readers().count(), 5);
    }

    #[test]
    fn the_first_key_is_always_among_those_that_are_tried() {
        let many: Vec<_> = (1..100).map(|number| (Some("a"), number)).collect();
        assert_eq!(found(&ring(&[(None, 0)], &many), Some("a"))[..2], [0, 1]);
        assert_eq!(found(&ring(&[(Some("a"), 0)], &many), Some("a"))[..2], [0, 1]);
        assert_eq!(found(&ring(&[(Some("b"), 0)], &many), None)[..2], [0, 1]);
        assert_eq!(found(&ring(&[(Some("b"), 0)], &many), Some("a"))[..2], [1, 2]);
    }

    #[test]
    fn a_lone_key_needs_no_name() {
        let ring = ring(&[(Some("a"), 1)], &[]);
        assert_eq!(found(&ring, Some("b")), [1]);
        assert_eq!(found(&ring, None), [1]);
    }

    #[test]
    fn a_key_that_does_not_fit_takes_nobodys_room() {
        let mut keys: Vec<_> = (0..100).map(|number| (None, number)).collect();
        keys.push((None, 1000));
        let ring = ring(&keys, &[]);
        let fitting = ring.candidates_that(None, |(_, number)| *number >= 99);
        assert_eq!(fitting.map(|(_, number)| *number).collect::<Vec<_>>(), [99, 1000]);
    }

    #[test]
    fn a_token_without_a_name_is_not_tried_with_all_keys_of_a_large_set() {
        let keys: Vec<_> = (0..1000).map(|number| (Some("k"), number)).collect();
        assert_eq!(found(&ring(&keys, &[]), None).len(), MAX_TRIED);
    }
}
