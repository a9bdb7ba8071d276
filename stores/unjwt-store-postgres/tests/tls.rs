//! Encrypted connections.
#![cfg(feature = "rustls")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is the test's")]

mod support;

use std::path::Path;
use std::process::Command;

use support::{PostgresServer, connect_directly, create, load, random_key};
use unjwt_store_postgres::PostgresStore;

const CHILD: &str = "UNJWT_TEST_TLS";

fn openssl(folder: &Path, arguments: &str) {
    let made = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&made.stderr));
}

/// A root certificate, and one for `localhost` that it signed, in a folder of the server.
fn certificates(folder: &Path) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    let root = "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign";
    openssl(folder, &format!("req -x509 {key} -keyout root.key -out root.pem -subj /CN=root -days 2 {root}"));
    let leaf = "-addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:localhost";
    let signed = "-CA root.pem -CAkey root.key";
    openssl(
        folder,
        &format!("req -x509 {key} -keyout server.key -out server.pem -subj /CN=db -days 2 {leaf} {signed}"),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_verified() {
    // In the child, which is this test again with another root certificate.
    if let Ok(address) = std::env::var(CHILD) {
        let (store, key) = (PostgresStore::connect(&address).await.unwrap(), random_key());
        assert!(create(&store, &key, b"value").await.unwrap());
        assert_eq!(load(&store, &key).await.unwrap().unwrap().value, b"value");
        return;
    }
    let Some(server) = PostgresServer::start() else { return };
    let folder = server.folder();
    certificates(folder);
    // The server insists on a key that is its own.
    let owner = Command::new("chown").arg("--reference=data").arg("server.key").current_dir(folder).status();
    assert!(owner.unwrap().success());
    let client = connect_directly(&server).await;
    for setting in [
        format!("ssl_cert_file = '{}'", folder.join("server.pem").display()),
        format!("ssl_key_file = '{}'", folder.join("server.key").display()),
        "ssl = on".to_owned(),
    ] {
        client.batch_execute(&format!("ALTER SYSTEM SET {setting}")).await.unwrap();
    }
    server.restart();

    let port = server.port();
    let connects = |host: &str, root: &str| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "a_certificate_is_verified"]);
        child.env(CHILD, format!("postgres://postgres@{host}:{port}/postgres?sslmode=require"));
        child.env("SSL_CERT_FILE", folder.join(root)).output().unwrap()
    };
    let known = connects("localhost", "root.pem");
    assert!(known.status.success(), "{}", String::from_utf8_lossy(&known.stdout));
    for (why, host, root) in
        [("another name", "127.0.0.1", "root.pem"), ("no root certificate", "localhost", "none.pem")]
    {
        let refused = connects(host, root);
        let output = String::from_utf8_lossy(&refused.stdout).into_owned();
        assert!(!refused.status.success() && output.contains("Unreachable"), "{why}: {output}");
    }
}
