//! The servers and the proxy do what the tests of stores take for granted.
#![allow(clippy::unwrap_used, reason = "a failure is the test's")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use unjwt_store_servers::{RedisServer, TcpProxy};

/// Sends `PING` over a connection and returns whether the answer comes.
fn answers(stream: &mut TcpStream) -> bool {
    let mut answer = [0; 7];
    let sent = stream.write_all(b"PING\r\n").and_then(|()| stream.read_exact(&mut answer));
    match sent {
        Ok(()) => {
            assert_eq!(&answer, b"+PONG\r\n");
            true
        }
        Err(error) => {
            let expected = [ErrorKind::WouldBlock, ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset];
            assert!(expected.contains(&error.kind()) || error.kind() == ErrorKind::BrokenPipe, "{error}");
            false
        }
    }
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream
}

#[test]
fn a_server_stops_goes_on_and_forgets() {
    let Some(mut server) = RedisServer::start() else { return };
    let mut stream = connect(server.port());
    assert!(answers(&mut stream));
    server.stop();
    assert!(!answers(&mut stream));
    server.resume();
    server.wait_until(&["SET", "key", "value"], "OK");
    server.restart();
    assert_eq!(server.command(&["GET", "key"]), "(nil)");
    let port = server.port();
    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn a_server_that_is_stopped_ends_too() {
    let Some(server) = RedisServer::start() else { return };
    server.stop();
    let port = server.port();
    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn a_proxy_holds_swallows_cuts_and_turns() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = TcpProxy::start(server.port());
    let mut stream = connect(proxy.port());
    assert!(answers(&mut stream));
    proxy.hold();
    assert!(!answers(&mut stream) && !answers(&mut connect(proxy.port())));
    proxy.release();
    assert!(answers(&mut connect(proxy.port())));
    let mut stream = connect(proxy.port());
    assert!(answers(&mut stream));
    proxy.swallow();
    assert!(!answers(&mut stream) && answers(&mut connect(proxy.port())));
    let mut stream = connect(proxy.port());
    assert!(answers(&mut stream));
    proxy.cut();
    assert!(!answers(&mut stream) && answers(&mut connect(proxy.port())));
    proxy.refuse();
    assert!(!answers(&mut connect(proxy.port())));
    proxy.release();
    assert!(answers(&mut connect(proxy.port())));
    let Some(other) = RedisServer::start() else { return };
    other.command(&["SET", "key", "value"]);
    proxy.turn_to(other.port());
    let mut stream = connect(proxy.port());
    stream.write_all(b"EXISTS key\r\n").unwrap();
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b":1\r\n");
}

#[test]
fn a_proxy_holds_from_one_request_on() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = TcpProxy::start(server.port());
    let mut stream = connect(proxy.port());
    proxy.hold_from(b"INCR");
    assert!(answers(&mut stream));
    stream.write_all(b"INCR key\r\n").unwrap();
    proxy.wait_until_held();
    assert!(!answers(&mut connect(proxy.port())));
    assert_eq!(server.command(&["EXISTS", "key"]), "0");
    proxy.release();
    server.wait_until(&["GET", "key"], "1");
    proxy.hold_replies_from(b"incr");
    let mut stream = connect(proxy.port());
    assert!(answers(&mut stream));
    stream.write_all(b"INCR key\r\n").unwrap();
    proxy.wait_until_held();
    server.wait_until(&["GET", "key"], "2");
    assert!(!answers(&mut connect(proxy.port())));
}
