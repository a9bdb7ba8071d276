//! Everything written can be read back: a write whose token the session would refuse fails with the reason.

mod support;

#[path = "readable/asymmetries.rs"]
mod asymmetries;
#[path = "readable/proofs.rs"]
mod proofs;
#[path = "readable/reasons.rs"]
mod reasons;
