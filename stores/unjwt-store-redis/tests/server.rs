//! One server that works.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is the test's"
)]

mod common;

use std::time::Duration;

use common::{create, key, later, load, present, swap};
use tokio::time::sleep;
use unjwt_store::{Entry, MAX_KEYS, MAX_VALUE, Store as _, UnixTime, Version};
use unjwt_store_redis::{ConnectError, RedisStore};
use unjwt_store_servers::{Program, RedisServer};

/// Makes a test for each program.
macro_rules! for_each_program {
    ($($name:ident($server:ident, $store:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn check($server: RedisServer, $store: RedisStore) $body

            #[tokio::test]
            async fn in_redis() {
                let Some(server) = RedisServer::start() else { return };
                let store = RedisStore::connect(server.url()).await.unwrap();
                check(server, store).await;
            }

            #[tokio::test]
            async fn in_valkey() {
                let Some(server) = RedisServer::start_with(Program::Valkey, &[]) else { return };
                let store = RedisStore::connect(server.url()).await.unwrap();
                check(server, store).await;
            }
        }
    )*};
}

for_each_program! {
    a_record_is_swapped_by_its_version(_server, store) {
        let first = create(&store, key(1), b"one").await;
        assert!(!swap(&store, key(1), None, b"two").await.unwrap());
        assert!(!swap(&store, key(1), Some(Version::new(0)), b"two").await.unwrap());
        assert!(swap(&store, key(1), Some(first.version), b"two").await.unwrap());
        assert!(!swap(&store, key(1), Some(first.version), b"three").await.unwrap());
        let second = present(&store, key(1)).await;
        assert_eq!(second.value, b"two");
        assert_ne!(second.version, first.version);
        assert!(!swap(&store, key(2), Some(second.version), b"x").await.unwrap());
        assert_eq!(load(&store, key(2)).await.unwrap(), None);
    }

    the_same_value_has_another_version_after_it_has_expired(server, store) {
        let first = create(&store, key(1), b"same").await;
        assert_eq!(server.command(&["DEL", &format!("unjwt:{}", key(1))]), "1");
        assert!(!swap(&store, key(1), Some(first.version), b"same").await.unwrap());
        let second = create(&store, key(1), b"same").await;
        assert_ne!(second.version, first.version);
        assert!(!swap(&store, key(1), Some(first.version), b"other").await.unwrap());
    }

    records_expire_at_their_end_by_the_clock_of_the_server(server, store) {
        let end = later();
        assert!(store.swap(&key(1), None, b"x", end).await.unwrap());
        let name = format!("unjwt:{}", key(1));
        assert_eq!(server.command(&["EXPIRETIME", &name]), end.as_secs().to_string());
        let version = present(&store, key(1)).await.version;
        let soon = UnixTime::now().plus(Duration::from_secs(1));
        assert!(store.swap(&key(1), Some(version), b"y", soon).await.unwrap());
        sleep(Duration::from_millis(2100)).await;
        assert_eq!(load(&store, key(1)).await.unwrap(), None);
    }

    ends_that_have_passed_or_never_come_are_no_errors(_server, store) {
        for (number, end) in [0, 1, UnixTime::now().as_secs() - 1].into_iter().enumerate() {
            let key = key(number as u32);
            assert!(store.swap(&key, None, b"x", UnixTime::from_secs(end)).await.unwrap());
            assert_eq!(load(&store, key).await.unwrap(), None, "{end}");
        }
        for (number, end) in [u64::MAX, u64::MAX / 1000, 253_402_300_800].into_iter().enumerate() {
            let key = key(100 + number as u32);
            assert!(store.swap(&key, None, b"x", UnixTime::from_secs(end)).await.unwrap());
            assert!(load(&store, key).await.unwrap().is_some(), "{end}");
        }
    }

    a_script_that_the_server_has_forgotten_is_sent_again(server, store) {
        let first = create(&store, key(1), b"one").await;
        assert_eq!(server.command(&["SCRIPT", "FLUSH"]), "OK");
        assert!(swap(&store, key(1), Some(first.version), b"two").await.unwrap());
        assert_eq!(present(&store, key(1)).await.value, b"two");
    }

    values_of_any_bytes_and_every_length_are_kept(_server, store) {
        let all: Vec<u8> = (0..MAX_VALUE).map(|index| (index % 256) as u8).collect();
        for (number, value) in [&b""[..], b"\0", b"\r\n$-1\r\n", &all].into_iter().enumerate() {
            create(&store, key(number as u32), value).await;
        }
        assert!(swap(&store, key(9), None, &[0; MAX_VALUE + 1]).await.is_err());
    }

    many_records_come_in_the_order_of_their_keys(_server, store) {
        for number in 0..50 {
            create(&store, key(number), &number.to_be_bytes()).await;
        }
        let numbers: Vec<u32> = (0..MAX_KEYS as u32).map(|index| index * 7 % 80).collect();
        let keys: Vec<_> = numbers.iter().map(|number| key(*number)).collect();
        let entries = store.load(&keys).await.unwrap();
        for (number, entry) in numbers.iter().zip(entries) {
            let value = entry.map(|entry: Entry| entry.value);
            assert_eq!(value, (*number < 50).then(|| number.to_be_bytes().to_vec()));
        }
        assert_eq!(store.load(&[]).await.unwrap(), Vec::new());
        assert!(store.load(&[key(1); MAX_KEYS + 1]).await.is_err());
    }

    of_many_swaps_one_succeeds(_server, store) {
        let version = create(&store, key(1), b"0").await.version;
        let tasks: Vec<_> = (0..200u32).map(|number| {
            let store = store.clone();
            tokio::spawn(async move { swap(&store, key(1), Some(version), &number.to_be_bytes()).await.unwrap() })
        }).collect();
        let mut succeeded = 0;
        for task in tasks {
            succeeded += u32::from(task.await.unwrap());
        }
        assert_eq!(succeeded, 1);
    }

    what_is_no_record_is_an_outage(server, store) {
        let name = |number| format!("unjwt:{}", key(number));
        server.command(&["SET", &name(1), "somebody else's value"]);
        server.command(&["RPUSH", &name(2), "x"]);
        server.command(&["SET", &name(3), "x"]);
        server.command::<&[u8]>(&[b"SET", name(4).as_bytes(), &[&b"\x01version1"[..], &[0; 5000]].concat()]);
        server.command::<&[u8]>(&[b"SET", name(5).as_bytes(), b"\x01short"]);
        for number in 1..=5 {
            let outage = load(&store, key(number)).await.unwrap_err().to_string();
            assert!(outage.contains("did not write") || outage.contains("WRONGTYPE"), "{outage}");
            assert!(store.load(&[key(9), key(number)]).await.is_err());
        }
        for number in [1, 2, 3, 5] {
            let outage = swap(&store, key(number), None, b"x").await.unwrap_err().to_string();
            assert!(outage.contains("did not write") || outage.contains("WRONGTYPE"), "{outage}");
        }
        assert_eq!(server.command(&["GET", &name(1)]), "somebody else's value");
    }

    prefixes_and_databases_keep_stores_apart(server, store) {
        create(&store, key(1), b"one").await;
        let shop = RedisStore::connect(server.url()).prefix("shop:").await.unwrap();
        assert_eq!(load(&shop, key(1)).await.unwrap(), None);
        create(&shop, key(1), b"shop").await;
        let other = RedisStore::connect(format!("{}/5", server.url())).await.unwrap();
        assert_eq!(load(&other, key(1)).await.unwrap(), None);
        let again = RedisStore::connect(server.url()).await.unwrap();
        assert_eq!(present(&again, key(1)).await.value, b"one");
        assert!(server.command(&["KEYS", "*"]).lines().all(|key| ["unjwt:", "shop:"].iter().any(|p| key.starts_with(p))));
    }

    a_user_needs_few_rights(server, store) {
        drop(store);
        let rights = ["+getrange", "+evalsha", "+eval", "+set", "+publish", "+subscribe", "+ping", "+role"];
        let user = [&["ACL", "SETUSER", "app", "on", ">secret", "~unjwt:*", "&unjwt:*"], &rights[..]].concat();
        assert_eq!(server.command(&user), "OK");
        let url = server.url().replace("redis://", "redis://app:secret@");
        let store = RedisStore::connect(&url).await.unwrap();
        create(&store, key(1), b"one").await;
        // A new user of Redis may not publish, which the swap does not need, nor ask for the role.
        assert_eq!(server.command(&["ACL", "SETUSER", "app", "resetchannels", "-role", "-publish"]), "OK");
        let store = RedisStore::connect(&url).await.unwrap();
        create(&store, key(2), b"two").await;
        let error = RedisStore::connect(&url).prefix("other:").await.unwrap_err();
        assert!(error.to_string().contains("NOPERM"), "{error}");
    }

    a_full_server_is_an_outage(server, store) {
        create(&store, key(1), b"one").await;
        assert_eq!(server.command(&["CONFIG", "SET", "maxmemory", "1"]), "OK");
        let outage = swap(&store, key(2), None, b"x").await.unwrap_err().to_string();
        assert!(outage.contains("OOM"), "{outage}");
        assert_eq!(present(&store, key(1)).await.value, b"one");
    }
}

#[tokio::test]
async fn a_wrong_password_is_an_error_that_does_not_show_it() {
    let Some(server) = RedisServer::start() else { return };
    server.command(&["CONFIG", "SET", "requirepass", "rightpass"]);
    for (url, says) in [
        (server.url().replace("redis://", "redis://:hunter2@"), "refuses the user name or the password"),
        (
            server.url().replace("redis://", "redis://someone:hunter2@"),
            "refuses the user name or the password",
        ),
        (server.url(), "asks for a password"),
    ] {
        let error = RedisStore::connect(url).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    let store = RedisStore::connect(server.url().replace("redis://", "redis://:rightpass@")).await.unwrap();
    assert!(!format!("{store:?}").contains("rightpass"));
    create(&store, key(1), b"one").await;
}

#[tokio::test]
async fn what_cannot_be_connected_says_why() {
    let closed = format!("redis://127.0.0.1:{}", unjwt_store_servers::free_port());
    for connect in [
        RedisStore::connect(&closed),
        RedisStore::cluster([closed.clone()]),
        RedisStore::sentinel([closed.clone()], "main"),
    ] {
        let error = connect.await.unwrap_err();
        assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains("127.0.0.1:"), "{error}");
    }
    for connect in [
        RedisStore::connect("localhost"),
        RedisStore::cluster([""; 0]),
        RedisStore::sentinel([""; 0], "main"),
        RedisStore::connect(&closed).deadline(Duration::ZERO),
        RedisStore::connect(&closed).concurrency_limit(0),
        RedisStore::connect(&closed).prefix("x".repeat(257)),
    ] {
        let error = connect.await.unwrap_err();
        assert!(matches!(error, ConnectError::Setting(_)), "{error:?}");
    }
    let Some(server) = RedisServer::start() else { return };
    let error = RedisStore::cluster([server.url()]).await.unwrap_err().to_string();
    assert!(error.contains("RedisStore::connect"), "{error}");
    let error = RedisStore::sentinel([server.url()], "main").await.unwrap_err().to_string();
    assert!(error.contains("no Sentinel") || error.contains("ERR"), "{error}");
    let Some(replica) = RedisServer::start_replica_of(&server, Program::Redis) else { return };
    let error = RedisStore::connect(replica.url()).await.unwrap_err().to_string();
    assert!(error.contains("it is a replica"), "{error}");
}

#[test]
fn outside_of_a_runtime_there_is_an_error_instead_of_a_panic() {
    use std::future::IntoFuture as _;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    let mut connecting = pin!(RedisStore::connect("redis://127.0.0.1").into_future());
    let Poll::Ready(Err(error)) = connecting.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it waits");
    };
    assert!(error.to_string().contains("runtime"), "{error}");
}
