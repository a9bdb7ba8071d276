//! The servers of the HTTP comparison: `server unjwt|axum-extra|tower-sessions`. Serves on a free port of 127.0.0.1, which
//! it writes to standard output, on one thread, as Node has one.
//!
//! Each route answers with the same few bytes; `/login/<route>` begins the session that `/<route>` reads.

mod jars;
mod memory_store;
mod nothing;
mod sessions;

use std::process::ExitCode;

use axum::Router;
use axum::routing::get;

/// What every route answers with: a session's `sub`, or this.
const SUB: &str = "a3f81c52";

async fn hello() -> &'static str {
    SUB
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let routes = match name.as_str() {
        "unjwt" => sessions::routes(),
        "axum-extra" => jars::routes(),
        "tower-sessions" => memory_store::routes(),
        _ => {
            eprintln!("usage: server unjwt|axum-extra|tower-sessions");
            return ExitCode::FAILURE;
        }
    };
    // Outside all session layers: what is compared with.
    let layered = Router::new().route("/layer", get(hello)).layer(nothing::Nothing);
    let router =
        Router::new().route("/hello", get(hello)).route("/cookie", get(hello)).merge(layered).merge(routes);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address").port());
    axum::serve(listener, router).await.expect("a server");
    ExitCode::SUCCESS
}
