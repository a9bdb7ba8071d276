//! Services that come to unjwt from somewhere else: each module has the service before and after, and a test in which the
//! visitors of the one are those of the other.
//!
//! The pages of the library's documentation show parts of them; a test there compares both.
#![cfg(test)]

mod jsonwebtoken_by_hand;
mod private_cookie_jar;
mod tower_sessions_memory;
