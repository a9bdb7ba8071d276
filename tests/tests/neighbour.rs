//! One cookie, two runtimes: sessions shared with npm `unjwt` and h3, which run in a Node process beside a service of
//! ours. One client with one jar of cookies visits both.

mod support;

#[path = "../../examples/tests/support/client.rs"]
#[allow(dead_code, reason = "the examples use the rest")]
mod client;

#[path = "neighbour/algorithms.rs"]
mod algorithms;
#[path = "neighbour/keys.rs"]
mod keys;
#[path = "neighbour/node.rs"]
mod node;
#[path = "neighbour/pair.rs"]
mod pair;
#[path = "neighbour/service.rs"]
mod service;
