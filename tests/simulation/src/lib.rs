//! A discrete-event simulation of rotation with reuse detection: the product's own decision function against browsers,
//! thieves, machines whose clocks differ, and a store that forgets.

pub mod census;
pub mod invariants;
pub mod plan;
pub mod prng;
pub mod queue;
pub mod report;
pub mod rules;
pub mod run;
pub mod store;
pub mod tables;
pub mod world;
