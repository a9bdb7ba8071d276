//! The stores of this crate pass the suite.

use std::sync::Arc;

use unjwt_store::{AnyStore, MemoryStore};

mod memory {
    use super::*;

    unjwt_store::conformance!(MemoryStore::volatile, another = MemoryStore::clone);
}

mod any {
    use super::*;

    unjwt_store::conformance!(
        || AnyStore::new(MemoryStore::volatile()),
        another = |store: &AnyStore| store.clone()
    );
}

mod shared {
    use super::*;

    unjwt_store::conformance!(|| Arc::new(MemoryStore::volatile()));
}

mod skipped {
    use super::*;

    unjwt_store::conformance!(|| None::<MemoryStore>);
}
