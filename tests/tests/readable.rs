//! What was written can be read: a write whose token its own session would refuse fails, and says why.

mod support;

#[path = "readable/asymmetries.rs"]
mod asymmetries;
#[path = "readable/proofs.rs"]
mod proofs;
#[path = "readable/reasons.rs"]
mod reasons;
