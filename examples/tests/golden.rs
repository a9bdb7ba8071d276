//! The sessions of the examples keep their shape. The tests are inside of the programs, as they would be in a service;
//! here they are one binary. (`oidc-login` is tested by itself.)
#![allow(dead_code, reason = "no `main` is called")]
#![allow(unreachable_pub, reason = "the programs have no outside")]

#[path = "../api-and-browser/main.rs"]
mod api_and_browser;
#[path = "../audit-hooks/main.rs"]
mod audit_hooks;
#[path = "../counter/main.rs"]
mod counter;
#[path = "../flood/server.rs"]
mod flood;
#[path = "../jwks/main.rs"]
mod jwks;
#[path = "../key-roll/main.rs"]
mod key_roll;
#[path = "../key-roll/lookup.rs"]
mod key_roll_lookup;
#[path = "../magic-link/main.rs"]
mod magic_link;
#[path = "../nuxt-neighbour/main.rs"]
mod nuxt_neighbour;
#[path = "../refresh-token/sessions.rs"]
mod refresh_token;
#[path = "../webhook/sender.rs"]
mod webhook_sender;
