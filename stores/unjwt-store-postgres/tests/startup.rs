//! The table, the rights, and what is said about them at startup.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is the test's")]

mod support;

use std::error::Error;
use std::future::IntoFuture;

use support::{connect_directly, create, fresh_table, load, patiently, random_key, shared};
use unjwt_store_postgres::{Connect, ConnectError, PostgresStore};

async fn refusal(settings: Connect) -> ConnectError {
    patiently(settings.into_future()).await.unwrap_err()
}

/// The SQL at the end of a message.
fn advised(error: &ConnectError) -> String {
    error.to_string().split_once('\n').unwrap_or_else(|| panic!("{error}: no SQL")).1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_machines_that_start_at_once_create_one_table() {
    let Some(server) = shared() else { return };
    let table = fresh_table();
    let machines: Vec<_> = (0..40)
        .map(|_| tokio::spawn(PostgresStore::connect(&server.url()).table(&table).into_future()))
        .collect();
    let key = random_key();
    let mut created = 0;
    for machine in machines {
        let store = patiently(machine).await.unwrap().unwrap();
        created += u32::from(create(&store, &key, b"value").await.unwrap());
    }
    assert_eq!(created, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_with_too_few_rights_is_told_the_sql() {
    let Some(server) = shared() else { return };
    let owner = connect_directly(server).await;
    owner
        .batch_execute("CREATE ROLE app LOGIN; CREATE SCHEMA auth; GRANT USAGE ON SCHEMA auth TO app")
        .await
        .unwrap();
    let address = server.url().replace("postgres:secret@", "app@");
    let connect = || PostgresStore::connect(&address).table("auth.logins");

    let error = refusal(connect()).await;
    assert!(error.to_string().contains("may not create it"), "{error}");
    owner.batch_execute(&advised(&error)).await.unwrap();

    for _ in ["no right", "one right"] {
        let error = refusal(connect()).await;
        assert!(error.to_string().contains("lacks rights"), "{error}");
        owner.batch_execute("GRANT SELECT ON auth.logins TO app").await.unwrap();
    }
    owner.batch_execute(&advised(&refusal(connect()).await)).await.unwrap();

    let (store, key) = (connect().await.unwrap(), random_key());
    assert!(create(&store, &key, b"value").await.unwrap());
    assert_eq!(load(&store, &key).await.unwrap().unwrap().value, b"value");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_table_of_that_name_is_not_used() {
    let Some(server) = shared() else { return };
    for (number, columns) in [
        "name text",
        "key text PRIMARY KEY, value bytea, version bigint, until bigint",
        "key bytea, value bytea, version bigint, until bigint",
        "key bytea PRIMARY KEY, value bytea, version bigint, until timestamptz",
    ]
    .into_iter()
    .enumerate()
    {
        let table = format!("other_{number}");
        connect_directly(server)
            .await
            .batch_execute(&format!("CREATE TABLE {table} ({columns})"))
            .await
            .unwrap();
        let error = refusal(PostgresStore::connect(&server.url()).table(&table)).await;
        assert!(error.to_string().contains("not as this store needs it"), "{columns}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_nowhere_is_explained_without_its_password() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (address, reason) in [
        ("localhost", "cannot be read"),
        ("", "names no host"),
        ("postgres://app:s3cret@", "names no host"),
        ("postgres://app:s3cret@host:port/db", "cannot be read"),
        ("host=db password=a s3cret=1", "cannot be read"),
        ("postgres://app:s3cret@host/db?sslmode=verify-full", "write sslmode=require"),
        ("postgres://app:s3cret@host/db?sslrootcert=ca.pem", "write sslmode=require"),
        (&format!("postgres://app:s3cret@{unused}/db?sslmode=disable"), "cannot be reached"),
    ] {
        let settings = PostgresStore::connect(address);
        assert!(!format!("{settings:?}").contains("s3cret"));
        let error = refusal(settings).await;
        let source = error.source().map(ToString::to_string).unwrap_or_default();
        let all = format!("{error} {source} {error:?}");
        assert!(error.to_string().contains(reason), "{address}: {all}");
        assert!(!all.contains("s3cret"), "{all}");
    }
}

#[cfg(not(feature = "rustls"))]
#[tokio::test]
async fn tls_that_is_not_built_in_is_an_error() {
    let error = refusal(PostgresStore::connect("postgres://app@127.0.0.1/db?sslmode=require")).await;
    assert!(error.to_string().contains("enable the feature `rustls`"), "{error}");
}

#[tokio::test]
async fn a_table_needs_a_plain_name() {
    let settings = PostgresStore::connect("postgres://app@127.0.0.1/db?sslmode=disable");
    let error = refusal(settings.table("x\"; DROP TABLE users")).await;
    assert!(error.to_string().contains("is not a name for the table"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_ends_the_start() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("postgres://app@{}/db?sslmode=disable", silent.local_addr().unwrap());
    let error = refusal(PostgresStore::connect(&address)).await;
    assert!(error.to_string().contains("did not answer"), "{error}");
}
