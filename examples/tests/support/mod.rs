//! What the tests of all examples share: the programs as processes, and a client with cookies.
#![allow(dead_code, reason = "each of the test binaries uses what it needs")]

pub mod client;
pub mod server;
