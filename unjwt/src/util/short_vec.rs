//! A list whose first value needs no allocation, since most have only one.

/// A list of which most have one value.
#[derive(Debug)]
pub(crate) struct ShortVec<T> {
    first: Option<T>,
    more: Vec<T>,
}

impl<T> ShortVec<T> {
    pub(crate) fn push(&mut self, value: T) {
        if self.first.is_none() && self.more.is_empty() {
            self.first = Some(value);
        } else {
            self.more.push(value);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(&self.more)
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none() && self.more.is_empty()
    }

    pub(crate) fn retain(&mut self, stays: impl Fn(&T) -> bool) {
        self.first.take_if(|first| !stays(first));
        self.more.retain(stays);
    }
}

impl<T> Default for ShortVec<T> {
    fn default() -> Self {
        Self { first: None, more: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn agrees_with_a_vector(steps in proptest::collection::vec((proptest::num::u8::ANY, proptest::bool::ANY, 0_u8..8), 0..24)) {
            let (mut list, mut model) = (ShortVec::default(), Vec::new());
            for (value, removes, rest) in steps {
                if removes {
                    list.retain(|value| value % 8 < rest);
                    model.retain(|value| value % 8 < rest);
                } else {
                    list.push(value);
                    model.push(value);
                }
                proptest::prop_assert_eq!(list.iter().copied().collect::<Vec<_>>(), model.clone());
                proptest::prop_assert_eq!((list.len(), list.is_empty()), (model.len(), model.is_empty()));
            }
        }
    }
}
