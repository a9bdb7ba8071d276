//! The servers of the HTTP comparison: `server NAME [REDIS]`, with one of the names of [`SERVERS`] and the address of a
//! Redis for the one that keeps its sessions there. Serves on a free port of 127.0.0.1, which it writes to standard output,
//! on one thread, as Node has one.
//!
//! Each route answers with the same few bytes; `/login/<route>` begins the session that `/<route>` reads.

mod by_hand;
mod guarded;
mod jars;
mod nothing;
mod sealed;
mod sessions;
mod tower;

use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use unjwt_benches::routes::{ANSWER as SUB, SERVERS, TOWER_SESSIONS_REDIS};

async fn hello() -> &'static str {
    SUB
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let routes = match (name.as_str(), arguments.next()) {
        ("unjwt", None) => sessions::routes(),
        ("axum-extra", None) => jars::routes(),
        ("tower-sessions", None) => tower::memory::routes(),
        (TOWER_SESSIONS_REDIS, Some(redis)) => tower::redis::routes(&redis).await,
        ("seshcookie", None) => sealed::routes(),
        ("session-guard", None) => guarded::routes(),
        ("jsonwebtoken", None) => by_hand::routes(),
        _ => {
            eprintln!("usage: server {} [REDIS]", SERVERS.join("|"));
            return ExitCode::FAILURE;
        }
    };
    // Outside all session layers: what is compared with.
    let router = Router::new().route("/hello", get(hello)).route("/cookie", get(hello)).merge(routes);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address").port());
    if name == "session-guard" {
        // It compares the addresses of a session's requests.
        axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await
    } else {
        axum::serve(listener, router).await
    }
    .expect("a server");
    ExitCode::SUCCESS
}
