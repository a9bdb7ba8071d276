//! What the compiler says; see `README.md` beside this crate.
