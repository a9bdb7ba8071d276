//! One cookie, two runtimes: sessions shared with npm `unjwt` and h3, which run in a Node process beside a
//! service of ours. One client with one jar of cookies visits both.

mod support;

#[path = "../../examples/tests/support/client.rs"]
#[allow(dead_code, reason = "the examples use the rest")]
mod client;

#[path = "neighbour/algorithms.rs"]
mod algorithms;
#[path = "neighbour/apart.rs"]
mod apart;
#[path = "neighbour/cookies.rs"]
mod cookies;
#[path = "neighbour/data.rs"]
mod data;
#[path = "neighbour/headers.rs"]
mod headers;
#[path = "neighbour/keys.rs"]
mod keys;
#[path = "neighbour/logins.rs"]
mod logins;
#[path = "neighbour/logins_of_npm.rs"]
mod logins_of_npm;
#[path = "neighbour/logins_service.rs"]
mod logins_service;
#[path = "neighbour/moved.rs"]
mod moved;
#[path = "neighbour/node.rs"]
mod node;
#[path = "neighbour/pair.rs"]
mod pair;
#[path = "neighbour/rotation.rs"]
mod rotation;
#[path = "neighbour/service.rs"]
mod service;
#[path = "neighbour/setup.rs"]
mod setup;
#[path = "neighbour/time.rs"]
mod time;
#[path = "neighbour/versions.rs"]
mod versions;
