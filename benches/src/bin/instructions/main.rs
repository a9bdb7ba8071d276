//! The instructions of one request, counted by valgrind: `instructions OUTPUT.json [--smoke]`. The server of the HTTP
//! comparison answers over a connection in memory, so that what is counted is the whole service without the kernel, and the
//! same in each run.
//!
//! `instructions --serve ROUTE REQUESTS` is what runs within valgrind.

mod callgrind;
#[path = "../server/nothing.rs"]
mod nothing;
mod served;
#[path = "../server/sessions.rs"]
mod sessions;

use std::process::ExitCode;

use serde_json::{Map, Value};
use unjwt_benches::routes::ANSWER as SUB;

/// The routes that are counted. A password takes valgrind minutes, and is read as `/dir` is once it is remembered.
const ROUTES: [&str; 10] =
    ["hello", "cookie", "layer", "unasked", "anonymous", "hs256", "dir", "revocable", "chunked", "update"];

async fn hello() -> &'static str {
    SUB
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["--serve", route, requests] => requests
            .parse()
            .map_err(|_| format!("`{requests}` is not a number of requests"))
            .and_then(|requests| served::run(route, requests)),
        [output] => count(output, 1_000),
        [output, "--smoke"] => count(output, 10),
        _ => Err("usage: instructions OUTPUT.json [--smoke]".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn count(output: &str, requests: u32) -> Result<(), String> {
    let mut all = Map::new();
    for route in ROUTES {
        let counted = callgrind::count(route, requests)?;
        eprintln!("/{route}: {:.0} instructions", counted.total());
        let value = serde_json::to_value(&counted).map_err(|error| error.to_string())?;
        all.insert(route.to_owned(), value);
    }
    std::fs::write(output, Value::from(all).to_string()).map_err(|error| format!("{output}: {error}"))
}
