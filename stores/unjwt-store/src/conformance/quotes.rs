//! The sentences of [`Store`](crate::Store) that the rules test.

macro_rules! quotes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $text;)*

        #[cfg(test)]
        const ALL: &[&str] = &[$($name),*];
    };
}

quotes! {
    ORDER = "Returns the records of these keys, in the order of the keys";
    EACH_KEY = "The result has one element for each key, also if a key occurs twice";
    BATCH = "There are at most [`MAX_KEYS`](crate::MAX_KEYS) keys, or none";
    ABSENT = "A record that has expired, or never existed, is `None`";
    OWN_WRITES = "The result contains every swap that this store, or a clone of it, has returned `true` for";
    COMPARES = "Writes the record if its present version is `was`, or if it is absent or expired and `was` is `None`";
    UNCHANGED = "if it was not, the record and its end are as before";
    ONE_STEP = "of several swaps with the same `was`, one succeeds";
    ONE_VALUE = "A version stands for one value of one key";
    ANEW = "even if the record has expired in between and was written anew";
    DROPPED = "If the future is dropped, the record is as before or entirely as `value`, now or soon";
    ANY_BYTES = "`value` has at most [`MAX_VALUE`](crate::MAX_VALUE) bytes of any kind and may be empty";
    EXPIRES = "The record expires at `until`";
    REPLACES = "which replaces the earlier end, be it earlier or later";
    PASSED = "If `until` has passed, the record is absent at once";
    KEY = "the first is the kind of record and the others are a SHA-256 hash";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quote_is_in_the_documentation() {
        let sources = [include_str!("../store.rs"), include_str!("../entry.rs")].concat();
        let lines = sources.lines().filter_map(|line| line.trim().strip_prefix("///"));
        let text = lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        for quote in ALL {
            assert!(text.contains(quote), "`Store` does not say: {quote}");
        }
    }
}
