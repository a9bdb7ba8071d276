//! A server over TLS, with a certificate that it makes itself: browsers bind sessions over https alone.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Context as _;
use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rcgen::{CertifiedKey, PublicKeyData as _, generate_simple_self_signed};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// The features of Chromium: sessions that outlive the browser, with keys in software where there is no TPM.
const FEATURES: &str = "DeviceBoundSessions:ForceEnableForTesting/true,PersistDeviceBoundSessions,\
    SoftwareUnexportableKeys,EnableBoundSessionCredentialsSoftwareKeysForManualTesting";

/// Serves the router on 127.0.0.1 until Ctrl-C, and prints its address and how to open it in Chromium.
pub(crate) async fn serve(port: u16, router: Router) -> anyhow::Result<()> {
    let (acceptor, key_hash) = acceptor()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.context("the port is taken")?;
    let interrupted = unjwt_examples::interrupted()?;
    let url = format!("https://localhost:{}", listener.local_addr()?.port());
    println!("open {url}\n");
    println!(
        "chromium --user-data-dir=/tmp/device-bound --ignore-certificate-errors-spki-list={key_hash} \
         --enable-features={FEATURES} {url}\n"
    );
    tokio::pin!(interrupted);
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => accepted?,
            () = &mut interrupted => return Ok(()),
        };
        let (acceptor, service) = (acceptor.clone(), TowerToHyperService::new(router.clone()));
        // The handshake is here, so that a client that sends nothing keeps no other one waiting.
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let connection = Builder::new(TokioExecutor::new());
            if let Err(error) = connection.serve_connection(TokioIo::new(stream), service).await {
                tracing::debug!(error, "a connection ended early");
            }
        });
    }
}

/// With a new certificate for `localhost`, and the hash of its key, by which Chromium can be told to trust it: it binds no
/// session over a connection whose errors it ignores.
fn acceptor() -> anyhow::Result<(TlsAcceptor, String)> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()])?;
    let key_hash = STANDARD.encode(digest(&SHA256, &signing_key.subject_public_key_info()));
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())?;
    Ok((TlsAcceptor::from(Arc::new(config)), key_hash))
}
