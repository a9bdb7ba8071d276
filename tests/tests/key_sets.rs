//! Sets of public keys as strangers publish them: what is passed over, why, and that the good keys work beside it.

#[path = "key_sets/grid.rs"]
mod grid;
#[path = "key_sets/ground.rs"]
mod ground;
#[path = "key_sets/kids.rs"]
mod kids;
#[path = "key_sets/published.rs"]
mod published;
#[path = "key_sets/rows.rs"]
mod rows;
