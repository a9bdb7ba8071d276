//! TLS.
#![cfg(feature = "tls")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is the test's"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{create, key, present};
use unjwt_store_redis::{ConnectError, RedisStore};
use unjwt_store_servers::{Program, RedisServer, free_port};

/// An authority, a server's certificate by it, and a client's.
struct Certificates(PathBuf);

impl Certificates {
    /// `None` if there is no `openssl`, which is printed, and fails where `CI` is set.
    fn new(name: &str) -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "`openssl` is required here");
            eprintln!("SKIPPED: `openssl` is not installed");
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let certificates = Self(folder);
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        certificates
            .openssl(&format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=authority -days 2"));
        for name in ["server", "client"] {
            fs::write(certificates.0.join("extensions"), "subjectAltName=IP:127.0.0.1,DNS:localhost")
                .unwrap();
            certificates.openssl(&format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
            let signed = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions";
            certificates.openssl(&format!("x509 -req -in {name}.csr -out {name}.pem {signed}"));
        }
        Some(certificates)
    }

    fn openssl(&self, arguments: &str) {
        let output =
            Command::new("openssl").args(arguments.split(' ')).current_dir(&self.0).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }

    /// Starts a server that also listens for TLS, and returns its address.
    fn server(&self, clients: &str) -> Option<(RedisServer, String)> {
        let port = free_port().to_string();
        let [certificate, key, authority] =
            ["server.pem", "server.key", "ca.pem"].map(|name| self.path(name));
        let files =
            ["--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &authority];
        let arguments = [&["--tls-port", &port, "--tls-auth-clients", clients], &files[..]].concat();
        let server = RedisServer::start_with(Program::Redis, &arguments)?;
        Some((server, format!("rediss://127.0.0.1:{port}")))
    }
}

#[tokio::test]
async fn a_server_is_trusted_by_its_authority() {
    let Some(certificates) = Certificates::new("authority") else { return };
    let Some((server, url)) = certificates.server("no") else { return };
    let store = RedisStore::connect(&url).root_certificate(certificates.read("ca.pem")).await.unwrap();
    create(&store, key(1), b"one").await;
    let plain = RedisStore::connect(server.url()).await.unwrap();
    assert_eq!(present(&plain, key(1)).await.value, b"one");
    // The system's authorities do not know it.
    let error = RedisStore::connect(&url).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. } | ConnectError::Unusable { .. }), "{error:?}");
    let other = Certificates::new("other").unwrap();
    let connecting = RedisStore::connect(&url).root_certificate(other.read("ca.pem"));
    connecting.await.unwrap_err();
    let error =
        RedisStore::connect(&url).root_certificate(b"-----BEGIN CERTIFICATE-----\nx").await.unwrap_err();
    assert!(matches!(error, ConnectError::Setting(_)), "{error:?}");
}

#[tokio::test]
async fn a_client_proves_who_it_is() {
    let Some(certificates) = Certificates::new("client") else { return };
    let Some((_server, url)) = certificates.server("yes") else { return };
    let connecting = RedisStore::connect(&url).root_certificate(certificates.read("ca.pem"));
    connecting.await.unwrap_err();
    let connecting = RedisStore::connect(&url)
        .root_certificate(certificates.read("ca.pem"))
        .client_certificate(certificates.read("client.pem"), certificates.read("client.key"));
    assert!(!format!("{connecting:?}").contains("BEGIN"));
    create(&connecting.await.unwrap(), key(1), b"one").await;
}
