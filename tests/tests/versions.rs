//! A session whose struct changes: old payloads are migrated, and no program destroys what only another one can read.
#![cfg(feature = "axum")]

mod support;

#[path = "versions/kept.rs"]
mod kept;
#[path = "versions/migrated.rs"]
mod migrated;
#[path = "versions/newer.rs"]
mod newer;
#[path = "versions/pair.rs"]
mod pair;
#[path = "versions/programs.rs"]
mod programs;
#[path = "versions/shapes.rs"]
mod shapes;
#[path = "versions/written.rs"]
mod written;
