//! A bounded map that forgets the least recently used values.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::mem;

/// The share of a map's limit that a value takes.
pub(crate) trait Weight {
    fn weight(&self) -> usize;
}

/// Two generations: what is used moves to the young one, and when that has half of the limit, the old one is
/// dropped and the young one takes its place. So each operation is one of a hash map, and what was used
/// lately stays.
pub(crate) struct LruCache<K, V, S = RandomState> {
    young: HashMap<K, V, S>,
    old: HashMap<K, V, S>,
    young_weight: usize,
    half: usize,
    /// The number of values in the old generation when it was the young one.
    grown_old: usize,
}

/// The values that a map has given up, for their owner to drop.
pub(crate) struct Displaced<K, V, S> {
    #[allow(dead_code)] // Dropped with this value.
    values: [Option<V>; 2],
    generation: Option<(HashMap<K, V, S>, usize)>,
}

impl<K, V, S> Default for Displaced<K, V, S> {
    fn default() -> Self {
        Self { values: [None, None], generation: None }
    }
}

impl<K, V, S> Displaced<K, V, S> {
    /// Returns the number of values of a dropped generation, which were not used again since it had grown old, and the number
    /// that it had then.
    pub(crate) fn unused(&self) -> Option<(usize, usize)> {
        self.generation.as_ref().map(|(unused, of)| (unused.len(), *of))
    }
}

impl<K: Eq + Hash, V: Weight, S: BuildHasher + Default> LruCache<K, V, S> {
    /// The values together never weigh more than `limit`.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            young: HashMap::default(),
            old: HashMap::default(),
            young_weight: 0,
            half: limit / 2,
            grown_old: 0,
        }
    }

    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.get_mut(key).map(|value| &*value)
    }

    /// The value may change, but not its weight.
    pub(crate) fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        drop(self.promote(key));
        self.young.get_mut(key)
    }

    /// Returns the value, without counting it as used.
    pub(crate) fn peek<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Counts the value as used, and returns what that displaces.
    #[must_use = "values may take long to drop, so not under a lock"]
    pub(crate) fn promote<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Displaced<K, V, S>
    where
        K: Borrow<Q>,
    {
        if !self.old.is_empty()
            && !self.young.contains_key(key)
            && let Some((owned, value)) = self.old.remove_entry(key)
        {
            return self.replace(owned, value);
        }
        Displaced::default()
    }

    /// A value that weighs more than half of the limit is not kept.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        drop(self.replace(key, value));
    }

    /// Does the same as [`insert`](Self::insert), and returns what that displaces.
    #[must_use = "values may take long to drop, so not under a lock"]
    pub(crate) fn replace(&mut self, key: K, value: V) -> Displaced<K, V, S> {
        let mut displaced = Displaced { values: [self.remove(&key), None], generation: None };
        let weight = value.weight();
        if weight > self.half {
            displaced.values[1] = Some(value);
            return displaced;
        }
        if self.young_weight + weight > self.half {
            let grown_old = mem::replace(&mut self.grown_old, self.young.len());
            let dropped = mem::replace(&mut self.old, mem::take(&mut self.young));
            displaced.generation = Some((dropped, grown_old));
            self.young_weight = 0;
        }
        self.young_weight += weight;
        self.young.insert(key, value);
        displaced
    }

    pub(crate) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    pub(crate) fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let young = self.young.remove(key).inspect(|value| self.young_weight -= value.weight());
        // A key is in one of the two.
        self.old.remove(key).or(young)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weight for usize {
        fn weight(&self) -> usize {
            *self
        }
    }

    fn total(map: &LruCache<u32, usize>) -> usize {
        map.young.values().chain(map.old.values()).sum()
    }

    #[test]
    fn never_weighs_more_than_its_limit() {
        let mut map: LruCache<_, _> = LruCache::new(100);
        for key in 0..10_000_u32 {
            map.insert(key % 700, (key as usize * 7) % 60);
            map.get(&(key % 13));
            assert!(total(&map) <= 100);
            assert_eq!(map.young.values().sum::<usize>(), map.young_weight);
        }
    }

    #[test]
    fn keeps_what_is_used() {
        let mut map: LruCache<_, _> = LruCache::new(100);
        map.insert(0, 1);
        for key in 1..10_000_u32 {
            map.insert(key, 1);
            assert!(map.get(&0).is_some(), "{key}");
        }
        assert!(map.get(&1).is_none());
        assert!(map.get(&9_999).is_some());
    }

    #[test]
    fn a_dropped_generation_says_how_much_of_it_was_used() {
        let mut map: LruCache<_, _> = LruCache::new(20);
        let mut dropped = |key| map.replace(key, 1).unused();
        assert!((0..10).all(|key| dropped(key).is_none()));
        assert_eq!(dropped(10), Some((0, 0)), "nothing had grown old");
        for used in [3, 7] {
            assert!(map.promote(&used).unused().is_none());
        }
        assert!((11..18).all(|key| map.replace(key, 1).unused().is_none()));
        assert_eq!(map.replace(18, 1).unused(), Some((8, 10)));
    }

    #[test]
    fn a_value_is_replaced_and_removed() {
        let mut map: LruCache<_, _> = LruCache::new(100);
        map.insert(1, 10);
        map.insert(1, 20);
        assert_eq!((map.get(&1).copied(), total(&map)), (Some(20), 20));
        map.remove(&1);
        assert_eq!((map.get(&1).copied(), total(&map), map.young_weight), (None, 0, 0));
        map.insert(2, 51);
        assert!(map.get(&2).is_none());
    }
}
