//! One server that fails in each way, seen from the session.

use std::time::Duration;

use tokio::time::sleep;
use unjwt::ErrorKind;
use unjwt_store_servers::{Program, RedisServer, TcpProxy};

use crate::service::{Strict, connect, process, until, verdict};

const OUT: Result<(), ErrorKind> = Err(ErrorKind::Unavailable);
const ENDED: Result<(), ErrorKind> = Err(ErrorKind::Ended);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_is_an_outage_until_it_goes_on() {
    let Some(server) = RedisServer::start() else { return };
    let process = process(connect(server.url()).await);
    let (one, two) =
        (process.sign(&Strict { user: 1 }).await.unwrap(), process.sign(&Strict { user: 2 }).await.unwrap());
    server.stop();
    assert_eq!(verdict(&process, &one).await, OUT);
    // A logout meanwhile: refused here at once, and written once the server answers.
    assert_eq!(process.logins().end(two.login_id()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(verdict(&process, &two).await, ENDED);
    server.resume();
    until(&process, &one, Ok(())).await;
    let elsewhere = crate::service::process(connect(server.url()).await);
    until(&elsewhere, &two, ENDED).await;
    assert_eq!(verdict(&elsewhere, &one).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_empty_is_told_what_ended() {
    let Some(mut server) = RedisServer::start() else { return };
    let process = process(connect(server.url()).await);
    let (ended, by_user) =
        (process.sign(&Strict { user: 1 }).await.unwrap(), process.sign(&Strict { user: 2 }).await.unwrap());
    process.logins().end(ended.login_id()).await.unwrap();
    process.logins().end_by(Strict::by_user(&2)).await.unwrap();
    server.kill();
    assert_eq!(verdict(&process, &ended).await, ENDED, "it remembers");
    server.restart();
    let elsewhere = crate::service::process(connect(server.url()).await);
    until(&process, &by_user, ENDED).await;
    until(&elsewhere, &by_user, ENDED).await;
    until(&elsewhere, &ended, ENDED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_delays_cuts_and_holds_is_survived() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = TcpProxy::start(server.port());
    let process = process(connect(proxy.url()).await);
    let one = process.sign(&Strict { user: 1 }).await.unwrap();
    proxy.delay(Duration::from_millis(50));
    until(&process, &one, Ok(())).await;
    for fault in [TcpProxy::hold, TcpProxy::hold_replies, TcpProxy::refuse] {
        fault(&proxy);
        until(&process, &one, OUT).await;
        proxy.release();
        until(&process, &one, Ok(())).await;
    }
    for fault in [TcpProxy::swallow, TcpProxy::cut] {
        fault(&proxy);
        until(&process, &one, Ok(())).await;
    }
    process.logins().end(one.login_id()).await.unwrap();
    assert_eq!(verdict(&process, &one).await, ENDED);
}

/// The primary is lost with what it had confirmed and not replicated yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_fail_over_that_loses_writes_brings_nobody_back_while_a_process_remembers() {
    let Some(mut primary) = RedisServer::start() else { return };
    let Some(replica) = RedisServer::start_replica_of(&primary, Program::Redis) else { return };
    let proxy = TcpProxy::start(primary.port());
    let process = process(connect(proxy.url()).await);
    let (ended, lives) =
        (process.sign(&Strict { user: 1 }).await.unwrap(), process.sign(&Strict { user: 2 }).await.unwrap());
    replica.command(&["REPLICAOF", "NO", "ONE"]);
    process.logins().end(ended.login_id()).await.unwrap();
    process.logins().end_by(Strict::by_user(&1)).await.unwrap();
    primary.kill();
    proxy.turn_to(replica.port());
    proxy.cut();
    until(&process, &lives, Ok(())).await;
    assert_eq!(verdict(&process, &ended).await, ENDED);
    let elsewhere = crate::service::process(connect(replica.url()).await);
    until(&elsewhere, &ended, ENDED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_seen_elsewhere_at_once_where_the_store_tells_of_it() {
    use crate::service::{Watched, key};
    let Some(server) = RedisServer::start() else { return };
    let make = |store| Watched::config(key()).store(store).build().unwrap();
    let (here, there) = (make(connect(server.url()).await), make(connect(server.url()).await));
    let one = here.sign(&Watched { user: 1 }).await.unwrap();
    let two = here.sign(&Watched { user: 2 }).await.unwrap();
    for login in [&one, &two] {
        assert_eq!(verdict(&there, login).await, Ok(()), "checked, for an hour");
    }
    // The subscription takes its time.
    sleep(Duration::from_millis(500)).await;
    here.logins().end(one.login_id()).await.unwrap();
    here.logins().end_by(Watched::by_user(&2)).await.unwrap();
    until(&there, &one, ENDED).await;
    until(&there, &two, ENDED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_shared_by_two_processes_and_survives_both() {
    use unjwt_store_sqlite::SqliteStore;
    let folder = tempfile::tempdir().unwrap();
    let open = || SqliteStore::open(folder.path().join("logins.db")).unwrap();
    let (here, there) = (process(open()), process(open()));
    let (one, two) =
        (here.sign(&Strict { user: 1 }).await.unwrap(), there.sign(&Strict { user: 1 }).await.unwrap());
    here.logins().end(one.login_id()).await.unwrap();
    assert_eq!((verdict(&there, &one).await, verdict(&here, &two).await), (ENDED, Ok(())));
    assert_eq!(there.logins().list(Strict::by_user(&1)).await.unwrap().len(), 1);
    drop((here, there));
    let again = process(open());
    assert_eq!((verdict(&again, &one).await, verdict(&again, &two).await), (ENDED, Ok(())));
    again.logins().end_by(Strict::by_user(&1)).await.unwrap();
    assert_eq!(verdict(&process(open()), &two).await, ENDED);
}
