//! A server, or a network, that does not answer: every call ends, as an outage, and the store works again by itself.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is the test's")]

mod support;

use std::future::IntoFuture;
use std::time::Duration;

use support::{
    PostgresServer, connect_directly, create, later, load, patiently, random_key, shared, until_it_answers,
    version,
};
use unjwt_store::{Key, Store};
use unjwt_store_postgres::PostgresStore;
use unjwt_store_servers::{TcpProxy, postgres_url as url};

/// Long enough for a busy machine to connect, and short enough for a test.
const DEADLINE: Duration = Duration::from_secs(2);

async fn open(address: &str) -> PostgresStore {
    PostgresStore::connect(address).table(support::fresh_table()).deadline(DEADLINE).await.unwrap()
}

/// Both calls end as outages, of which many wait at the same time.
async fn is_out(store: &PostgresStore, key: &Key) {
    let was = Some(unjwt_store::Version::new(1));
    let calls: Vec<_> = (0..20)
        .map(|number| {
            let (store, key) = (store.clone(), *key);
            tokio::spawn(async move {
                match number % 2 {
                    0 => store.load(&[key]).await.map(drop),
                    _ => store.swap(&key, was, b"never", later()).await.map(drop),
                }
            })
        })
        .collect();
    for call in calls {
        patiently(call).await.unwrap().unwrap_err();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_is_an_outage_until_it_goes_on() {
    let Some(server) = PostgresServer::start() else { return };
    let (store, key) = (open(&server.url()).await, random_key());
    assert!(create(&store, &key, b"before").await.unwrap());
    server.stop();
    is_out(&store, &key).await;
    server.resume();
    assert_eq!(until_it_answers(&store, &key).await.unwrap().value, b"before");
    let was = version(&store, &key).await;
    assert!(patiently(store.swap(&key, Some(was), b"after", later())).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_swap_survives_a_crash_of_a_server_that_does_not_wait_for_its_disk() {
    let settings = ["synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=0"];
    let Some(server) = PostgresServer::start_with(&settings) else { return };
    let (store, key) = (open(&server.url()).await, random_key());
    assert!(create(&store, &key, b"first").await.unwrap());
    let was = version(&store, &key).await;
    assert!(patiently(store.swap(&key, Some(was), b"second", later())).await.unwrap());
    // What the same server forgets without being asked to wait.
    let client = connect_directly(&server).await;
    client.batch_execute("CREATE TABLE forgotten (n int)").await.unwrap();
    let created = random_key();
    assert!(create(&store, &created, b"created").await.unwrap());
    client.batch_execute("INSERT INTO forgotten VALUES (1)").await.unwrap();
    server.kill();
    is_out(&store, &key).await;
    server.restart();
    assert_eq!(until_it_answers(&store, &key).await.unwrap().value, b"second");
    assert_eq!(load(&store, &created).await.unwrap().unwrap().value, b"created");
    let client = connect_directly(&server).await;
    let forgotten = client.query_one("SELECT count(*) FROM forgotten", &[]).await.unwrap();
    assert_eq!(
        forgotten.get::<_, i64>(0),
        0,
        "this server waits for its disk, so that the test shows nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_swallows_bytes_is_an_outage() {
    let Some(server) = shared() else { return };
    let proxy = TcpProxy::start(server.port());
    let (store, key) = (open(&url(proxy.port())).await, random_key());
    assert!(create(&store, &key, b"value").await.unwrap());
    proxy.hold();
    is_out(&store, &key).await;
    proxy.release();
    assert_eq!(until_it_answers(&store, &key).await.unwrap().value, b"value");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_whose_answer_is_lost_is_an_outage_and_not_a_lie() {
    let Some(server) = shared() else { return };
    let proxy = TcpProxy::start(server.port());
    let (store, key) = (open(&url(proxy.port())).await, random_key());
    assert!(create(&store, &key, b"before").await.unwrap());
    let was = version(&store, &key).await;
    proxy.hold_replies();
    let lost = patiently(store.swap(&key, Some(was), b"after", later())).await;
    assert!(lost.is_err(), "it was written, and nobody was told");
    proxy.cut();
    proxy.release();
    assert_eq!(until_it_answers(&store, &key).await.unwrap().value, b"after");
    assert!(!patiently(store.swap(&key, Some(was), b"again", later())).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_survives_a_connection_that_was_cut() {
    let Some(server) = shared() else { return };
    let proxy = TcpProxy::start(server.port());
    let (store, key) = (open(&url(proxy.port())).await, random_key());
    assert!(create(&store, &key, b"value").await.unwrap());
    for _ in 0..10 {
        proxy.cut();
        assert_eq!(load(&store, &key).await.unwrap().unwrap().value, b"value");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_network_is_no_outage() {
    let Some(server) = shared() else { return };
    let proxy = TcpProxy::start(server.port());
    let store = PostgresStore::connect(&url(proxy.port())).table("slow").deadline(Duration::from_secs(30));
    let (store, key) = (store.await.unwrap(), random_key());
    proxy.delay(Duration::from_millis(100));
    assert!(create(&store, &key, b"value").await.unwrap());
    assert_eq!(load(&store, &key).await.unwrap().unwrap().value, b"value");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_others_hold_is_an_outage_and_uses_up_no_connections() {
    let Some(server) = PostgresServer::start() else { return };
    let store = PostgresStore::connect(&server.url()).deadline(Duration::from_millis(500)).connections(2);
    let (store, key) = (store.await.unwrap(), random_key());
    assert!(create(&store, &key, b"before").await.unwrap());
    let other = connect_directly(&server).await;
    other.batch_execute("BEGIN; LOCK TABLE unjwt_logins").await.unwrap();
    for _ in 0..3 {
        is_out(&store, &key).await;
    }
    // Those that gave up were cancelled, so that no more of them wait than the store may have.
    let mut waiting = i64::MAX;
    for _ in 0..200 {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        waiting = connect_directly(&server).await.query_one(sql, &[]).await.unwrap().get(0);
        if waiting == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(waiting, 0);
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(until_it_answers(&store, &key).await.unwrap().value, b"before");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_calls_wait_than_the_queue_has_places() {
    let Some(server) = shared() else { return };
    let proxy = TcpProxy::start(server.port());
    let store = PostgresStore::connect(&url(proxy.port())).table("queued").deadline(Duration::from_secs(5));
    let (store, key) = (store.connections(1).await.unwrap(), random_key());
    proxy.hold();
    let call = || {
        let store = store.clone();
        tokio::spawn(async move { store.load(&[key]).await.unwrap_err().to_string() })
    };
    let calls: Vec<_> = (0..2000).map(|_| call()).collect();
    let mut refused = 0;
    for call in calls {
        let message = patiently(call).await.unwrap();
        refused += usize::from(message.contains("already wait"));
    }
    assert!((900..2000).contains(&refused), "{refused} of 2000");
    proxy.release();
    assert_eq!(until_it_answers(&store, &key).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_refused_and_its_promotion_noticed() {
    let Some(primary) = PostgresServer::start() else { return };
    let store = PostgresStore::connect(&primary.url()).await.unwrap();
    let key = random_key();
    assert!(create(&store, &key, b"value").await.unwrap());
    let standby = primary.standby();
    let error = patiently(PostgresStore::connect(&standby.url()).into_future()).await.unwrap_err();
    assert!(error.to_string().contains("standby"), "{error}");

    // Both servers in one address, the standby first.
    let (first, second) = (standby.port(), primary.port());
    let both = format!("postgres://postgres@127.0.0.1:{first},127.0.0.1:{second}/postgres?sslmode=disable");
    let store = PostgresStore::connect(&both).deadline(DEADLINE).await.unwrap();
    assert_eq!(load(&store, &key).await.unwrap().unwrap().value, b"value");
    // What was acknowledged may be lost with the primary of an asynchronous standby, so this waits for it.
    let caught_up = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()";
    let client = connect_directly(&primary).await;
    while client.query_one(caught_up, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    primary.kill();
    is_out(&store, &key).await;
    standby.promote();
    assert_eq!(until_it_answers(&store, &key).await.unwrap().value, b"value");
    let was = version(&store, &key).await;
    assert!(patiently(store.swap(&key, Some(was), b"moved", later())).await.unwrap());
}
