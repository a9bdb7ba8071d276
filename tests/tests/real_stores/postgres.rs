//! PostgreSQL that fails in each way, seen from a browser.

use std::time::Duration;

use axum::http::StatusCode;
use unjwt_store_postgres::PostgresStore;
use unjwt_store_servers::{PostgresServer, TcpProxy, postgres_url};

use crate::service::Strict;
use crate::site::Site;

const OK: StatusCode = StatusCode::OK;
const ENDED: StatusCode = StatusCode::UNAUTHORIZED;
const OUT: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// Long enough for a busy machine to connect, and short enough for a test.
async fn connect(address: &str) -> PostgresStore {
    PostgresStore::connect(address).deadline(Duration::from_secs(2)).await.unwrap()
}

/// Something that happens to a server.
type Fault = fn(&PostgresServer);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_or_killed_is_an_outage_until_it_is_back() {
    let Some(server) = PostgresServer::start() else { return };
    let (here, there) = (Site::new(connect(&server.url()).await), Site::new(connect(&server.url()).await));
    let lives = here.sign_in(1).await;
    let faults: [(Fault, Fault); 2] =
        [(PostgresServer::stop, PostgresServer::resume), (PostgresServer::kill, PostgresServer::restart)];
    for (fails, is_back) in faults {
        let mut leaves = here.sign_in(2).await;
        let copy = leaves.clone();
        assert_eq!((there.verdict(&lives).await, there.verdict(&copy).await), (OK, OK));
        fails(&server);
        assert_eq!((here.verdict(&lives).await, there.verdict(&lives).await), (OUT, OUT));
        assert_eq!(here.post(&mut Default::default(), "/login/3").await, OUT, "nobody can sign in");
        // A logout meanwhile: refused here at once, and written once the server answers.
        assert_eq!(here.post(&mut leaves, "/logout").await, OUT, "tells that others do not know");
        assert!(leaves.cookies.is_empty());
        assert_eq!(here.verdict(&copy).await, ENDED);
        is_back(&server);
        here.until(&lives, OK).await;
        there.until(&copy, ENDED).await;
        there.until(&lives, OK).await;
        assert_eq!(here.verdict(&copy).await, ENDED);
    }
}

/// A table that is gone is not taken for one in which nobody has ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_empty_is_told_what_ended_once_it_has_a_table() {
    let Some(server) = PostgresServer::start() else { return };
    let here = Site::new(connect(&server.url()).await);
    let (lives, mut leaves, by_user) = (here.sign_in(1).await, here.sign_in(2).await, here.sign_in(3).await);
    let ended = leaves.clone();
    assert_eq!(here.post(&mut leaves, "/logout").await, OK);
    here.logins.logins().end_by(Strict::by_user(&3)).await.unwrap();
    server.restart_empty();
    here.until(&lives, OUT).await;
    assert_eq!((here.verdict(&ended).await, here.verdict(&by_user).await), (ENDED, ENDED), "it remembers");
    assert_eq!(here.verdict(&lives).await, OUT);

    // The next process that starts creates the table.
    let there = Site::new(connect(&server.url()).await);
    here.until(&lives, OK).await;
    there.until(&ended, ENDED).await;
    there.until(&by_user, ENDED).await;
    assert_eq!((here.verdict(&ended).await, here.verdict(&by_user).await), (ENDED, ENDED));
    there.until(&lives, OK).await;
}

/// The standby that takes over has not seen the last writes, which the primary had confirmed.
#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_lost_writes_brings_nobody_back_while_a_process_remembers() {
    let Some(primary) = PostgresServer::start() else { return };
    // Creates the table before the copy is made.
    drop(connect(&primary.url()).await);
    let standby = primary.standby();
    let (first, second) = (primary.port(), standby.port());
    let both = format!("postgres://postgres@127.0.0.1:{first},127.0.0.1:{second}/postgres?sslmode=disable");
    let here = Site::new(connect(&both).await);
    let (lives, mut leaves, by_user) = (here.sign_in(1).await, here.sign_in(2).await, here.sign_in(3).await);
    let ended = leaves.clone();
    standby.kill();
    assert_eq!(here.post(&mut leaves, "/logout").await, OK);
    here.logins.logins().end_by(Strict::by_user(&3)).await.unwrap();
    primary.kill();
    here.until(&lives, OUT).await;
    assert_eq!((here.verdict(&ended).await, here.verdict(&by_user).await), (ENDED, ENDED));

    standby.restart();
    assert_eq!(here.verdict(&lives).await, OUT, "a standby may not know the last writes");
    standby.promote();
    here.until(&lives, OK).await;
    assert_eq!((here.verdict(&ended).await, here.verdict(&by_user).await), (ENDED, ENDED));
    let there = Site::new(connect(&standby.url()).await);
    there.until(&ended, ENDED).await;
    there.until(&by_user, ENDED).await;
    there.until(&lives, OK).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_delays_cuts_and_holds_signs_nobody_out() {
    let Some(server) = PostgresServer::start() else { return };
    let proxy = TcpProxy::start(server.port());
    let here = Site::new(connect(&postgres_url(proxy.port())).await);
    let there = Site::new(connect(&server.url()).await);
    let mut leaves = here.sign_in(1).await;
    let copy = leaves.clone();
    proxy.delay(Duration::from_millis(50));
    here.until(&copy, OK).await;
    proxy.delay(Duration::ZERO);
    for fault in [TcpProxy::hold, TcpProxy::hold_replies, TcpProxy::refuse] {
        fault(&proxy);
        here.until(&copy, OUT).await;
        proxy.release();
        here.until(&copy, OK).await;
    }
    for fault in [TcpProxy::swallow, TcpProxy::cut] {
        fault(&proxy);
        here.until(&copy, OK).await;
    }
    // The end is written, and the answer does not come: the caller is told that it is not certain.
    proxy.hold_replies();
    assert_eq!(here.post(&mut leaves, "/logout").await, OUT);
    assert!(leaves.cookies.is_empty());
    assert_eq!(here.verdict(&copy).await, ENDED);
    there.until(&copy, ENDED).await;
    proxy.release();
    assert_eq!(here.verdict(&copy).await, ENDED);
}
