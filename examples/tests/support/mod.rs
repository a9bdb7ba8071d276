//! The common parts of all example tests: the programs as processes, and a client with cookies.
#![allow(dead_code, reason = "each of the test binaries uses what it needs")]

pub mod client;
pub mod oidc_login;
pub mod server;
pub mod tools;
