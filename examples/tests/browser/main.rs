//! The sessions in a real browser: headless Chromium, driven through WebDriver.
#![cfg(unix)] // process groups, and Ctrl-C
#![allow(unreachable_pub, reason = "a test has no outside: `pub` says what its other modules use")]

#[path = "../support/mod.rs"]
mod support;

mod browser;
mod driver;
mod example;
mod legible;
mod site;

mod chunks;
mod cross_site;
mod device_bound;
mod devices;
mod logout;
mod oidc_login;
mod origins;
mod renewal;
mod same_site;
mod shop;
