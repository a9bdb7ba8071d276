//! Ports of loopback.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener};

/// Returns a port of 127.0.0.1 that nobody listens on at the moment.
///
/// It lies below the ports that systems give to outgoing connections, so that it is still free when a server that was
/// killed takes it again.
pub fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 10_000;
    for _ in 0..1000 {
        let random = RandomState::new().build_hasher().finish();
        let port = FIRST + (random % u64::from(COUNT)) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port of 127.0.0.1 between {FIRST} and {} is free", FIRST + COUNT)
}
