//! Why a session is refused, as its developer is told.

mod support;

#[path = "readable/reasons.rs"]
mod reasons;
