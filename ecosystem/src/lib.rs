//! Services beside other libraries: those that come to unjwt from somewhere else, where a module has the service before and
//! after, and a test in which the visitors of the one are those of the other; those that use another library beside it; and in
//! `frameworks` sessions in frameworks that are not axum.
//!
//! The pages of the library's documentation show parts of them; a test there compares both.
#![cfg(test)]

mod axum_login_backend;
mod axum_test_server;
mod cross_site_layer;
mod frameworks;
mod jsonwebtoken_by_hand;
mod passkeys;
mod private_cookie_jar;
mod tower_sessions_memory;
mod web_socket;
