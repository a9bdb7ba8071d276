//! A store of somebody else, as the documentation shows it, passes the suite.

// `pub`, as in the crate of a store.
#[allow(unreachable_pub)]
mod store {
    include!("third_party/store.rs");
}

use store::MapStore;

mod one_handle {
    use super::*;

    unjwt_store::conformance!(|| MapStore::default());
}

mod two_handles {
    use super::*;

    unjwt_store::conformance!(async || open().await, another = |store: &MapStore| store.clone());

    async fn open() -> Option<MapStore> {
        tokio::task::yield_now().await;
        Some(MapStore::default())
    }
}

const SOURCE: &str = include_str!("third_party/store.rs");

#[test]
fn a_store_takes_less_than_sixty_lines() {
    let lines = SOURCE.lines().count();
    assert!(lines < 60, "{lines} lines");
}

#[test]
fn the_documentation_shows_this_store() {
    let readme = include_str!("../README.md");
    assert!(readme.contains(&format!("```rust\n{SOURCE}```")), "README.md shows another store");
}
