//! A session whose struct changes: old payloads are migrated, and no program destroys what only another one can read.
#![cfg(feature = "axum")]

mod support;

#[path = "versions/asked.rs"]
mod asked;
#[path = "versions/entered.rs"]
mod entered;
#[path = "versions/hooked.rs"]
mod hooked;
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
#[path = "versions/races.rs"]
mod races;
#[path = "versions/revocable.rs"]
mod revocable;
#[path = "versions/shapes.rs"]
mod shapes;
#[path = "versions/written.rs"]
mod written;
