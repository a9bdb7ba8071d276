//! How much of a session fits through proxies and clients with their own settings, and with those of the page
//! `unjwt::deployment`.
#![cfg(feature = "axum")]

mod support;

#[path = "proxies/aiohttp.rs"]
mod aiohttp;
#[path = "proxies/curl.rs"]
mod curl;
#[path = "proxies/haproxy.rs"]
mod haproxy;
#[path = "proxies/nginx.rs"]
mod nginx;
#[path = "proxies/proxy.rs"]
mod proxy;
#[path = "proxies/service.rs"]
mod service;
