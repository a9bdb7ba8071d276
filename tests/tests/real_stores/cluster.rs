//! A cluster of three primaries of which one fails, seen from a browser.

use std::time::Duration;

use axum::http::StatusCode;
use unjwt_store_redis::RedisStore;
use unjwt_store_servers::{Program, RedisCluster, RedisServer};

use crate::service::Strict;
use crate::site::Site;
use crate::support::Browser;

const OK: StatusCode = StatusCode::OK;
const ENDED: StatusCode = StatusCode::UNAUTHORIZED;
const OUT: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// So many that chance leaves no node without a record of a login of either kind.
const LOGINS: u64 = 40;

async fn connect(cluster: &RedisCluster) -> RedisStore {
    RedisStore::cluster(cluster.urls()).deadline(Duration::from_millis(500)).await.unwrap()
}

fn records(node: &RedisServer) -> u64 {
    node.command(&["DBSIZE"]).parse().unwrap()
}

/// Returns a process, and the number of a primary without the record that every check reads: that of everyone.
async fn begin(cluster: &RedisCluster) -> (Site, usize) {
    let here = Site::new(connect(cluster).await);
    here.logins.logins().end_everyone().await.unwrap();
    let others = (0..3).find(|node| records(&cluster.nodes[*node]) == 0);
    (here, others.expect("the record of everyone is on one node"))
}

async fn sign_in(here: &Site, users: std::ops::Range<u64>) -> Vec<Browser> {
    let mut browsers = Vec::new();
    for user in users {
        browsers.push(here.sign_in(user).await);
    }
    browsers
}

/// Returns the verdict on each.
async fn verdicts(site: &Site, browsers: &[Browser]) -> Vec<StatusCode> {
    let mut said = Vec::new();
    for browser in browsers {
        said.push(site.verdict(browser).await);
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_takes_only_its_own_logins_away_until_its_replica_takes_over() {
    let Some(mut cluster) = RedisCluster::start_with_replicas(Program::Redis) else { return };
    let (here, dies) = begin(&cluster).await;
    let there = Site::new(connect(&cluster).await);
    let (live, ended) = (sign_in(&here, 0..LOGINS).await, sign_in(&here, LOGINS..2 * LOGINS).await);
    for browser in &ended {
        assert_eq!(here.post(&mut browser.clone(), "/logout").await, OK);
    }
    // What is confirmed and not replicated yet would be lost, which is the next test.
    let all = records(&cluster.nodes[dies]).to_string();
    cluster.nodes[dies + 3].wait_until(&["DBSIZE"], &all);
    cluster.nodes[dies].kill();

    let said = verdicts(&there, &live).await;
    assert!(said.iter().all(|said| [OK, OUT].contains(said)), "{said:?}");
    assert!(said.contains(&OK), "the other nodes answer");
    assert!(said.contains(&OUT), "the node had none of them");
    let said = verdicts(&there, &ended).await;
    assert!(said.iter().all(|said| [ENDED, OUT].contains(said)), "{said:?}");
    assert!(verdicts(&here, &ended).await.iter().all(|said| *said == ENDED), "it remembers");

    for browser in &live {
        here.until(browser, OK).await;
        there.until(browser, OK).await;
    }
    for browser in &ended {
        there.until(browser, ENDED).await;
        assert_eq!(here.verdict(browser).await, ENDED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_takes_over_without_the_writes_brings_nobody_back_while_a_process_remembers() {
    let Some(mut cluster) = RedisCluster::start_with_replicas(Program::Redis) else { return };
    let (here, dies) = begin(&cluster).await;
    let live = sign_in(&here, 0..LOGINS).await;
    let (ended, by_user) =
        (sign_in(&here, LOGINS..2 * LOGINS).await, sign_in(&here, 2 * LOGINS..3 * LOGINS).await);
    let replica = dies + 3;
    cluster.nodes[replica].kill();
    let before = records(&cluster.nodes[dies]);
    for (browser, user) in ended.iter().zip(2 * LOGINS..) {
        assert_eq!(here.post(&mut browser.clone(), "/logout").await, OK);
        here.logins.logins().end_by(Strict::by_user(&user)).await.unwrap();
    }
    assert!(records(&cluster.nodes[dies]) > before, "the node has some of the ends");
    cluster.nodes[dies].kill();
    let said = verdicts(&here, &ended).await;
    assert!(said.iter().all(|said| *said == ENDED), "{said:?}");

    // It kept nothing but its place in the cluster, and is told to take over as it is.
    cluster.nodes[replica].restart();
    assert_eq!(records(&cluster.nodes[replica]), 0);
    cluster.nodes[replica].wait_until(&["CLUSTER", "FAILOVER", "TAKEOVER"], "OK");
    for browser in &live {
        here.until(browser, OK).await;
    }
    let there = Site::new(connect(&cluster).await);
    for browser in ended.iter().chain(&by_user) {
        assert_eq!(here.verdict(browser).await, ENDED);
        there.until(browser, ENDED).await;
    }
    for browser in &live {
        there.until(browser, OK).await;
    }
}
