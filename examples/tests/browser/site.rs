//! The servers of these tests, on a free port of 127.0.0.1, over http or https.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::response::Html;
use axum::serve::Listener;
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslAcceptor, SslMethod};
use openssl::x509::{X509, X509NameBuilder};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_openssl::SslStream;

/// A server that ends when it is dropped.
pub struct Site {
    scheme: &'static str,
    pub port: u16,
    task: JoinHandle<()>,
}

impl Site {
    pub async fn http(router: Router) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Self::serve("http", listener.local_addr()?, listener, router)
    }

    /// With a certificate that nobody but `acceptInsecureCerts` trusts.
    pub async fn https(router: Router) -> Result<Self> {
        let tcp = TcpListener::bind("127.0.0.1:0").await?;
        let address = tcp.local_addr()?;
        Self::serve("https", address, Tls { tcp, acceptor: Arc::new(acceptor()?) }, router)
    }

    fn serve<L>(scheme: &'static str, address: SocketAddr, listener: L, router: Router) -> Result<Self>
    where
        L: Listener,
        L::Addr: std::fmt::Debug,
    {
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { scheme, port: address.port(), task })
    }

    /// Its URL with one of the names of this machine: `localhost`, `127.0.0.1`, or any under `.test`. To a
    /// browser they are different hosts.
    pub fn at(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", self.scheme, self.port)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Tls {
    tcp: TcpListener,
    acceptor: Arc<SslAcceptor>,
}

impl Listener for Tls {
    type Io = SslStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (tcp, address) = Listener::accept(&mut self.tcp).await;
            let Ok(mut ssl) = Ssl::new(self.acceptor.context()) else { continue };
            // The handshake happens at the first read, so that no client blocks the others.
            ssl.set_accept_state();
            if let Ok(stream) = SslStream::new(ssl, tcp) {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

/// With a new self-signed certificate.
fn acceptor() -> Result<SslAcceptor> {
    let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let key = PKey::from_ec_key(EcKey::generate(&curve)?)?;
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_nid(Nid::COMMONNAME, "localhost")?;
    let name = name.build();
    let (begin, end) = (Asn1Time::days_from_now(0)?, Asn1Time::days_from_now(1)?);
    let mut certificate = X509::builder()?;
    certificate.set_version(2)?;
    certificate.set_subject_name(&name)?;
    certificate.set_issuer_name(&name)?;
    certificate.set_pubkey(&key)?;
    certificate.set_not_before(&begin)?;
    certificate.set_not_after(&end)?;
    certificate.sign(&key, MessageDigest::sha256())?;

    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    acceptor.set_private_key(&key)?;
    acceptor.set_certificate(&certificate.build())?;
    Ok(acceptor.build())
}

/// A page from which the tests make what they need.
pub async fn page() -> Html<&'static str> {
    Html("<!doctype html><title>test</title><link rel=icon href=data:,>")
}
