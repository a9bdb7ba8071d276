//! Addresses, and what is needed to be let in at them.

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, ProtocolVersion};

use crate::ConnectError;
use crate::cluster::Address;

/// Certificates for TLS, as PEM. Never printed.
#[derive(Clone, Default)]
pub(crate) struct Certificates {
    #[cfg(feature = "tls")]
    pub(crate) root: Option<Vec<u8>>,
    /// The certificate and its key.
    #[cfg(feature = "tls")]
    pub(crate) client: Option<(Vec<u8>, Vec<u8>)>,
}

/// The user, the password, the database and TLS of one address, with which others are reached too: the nodes that a
/// Sentinel or a cluster names.
#[derive(Clone)]
pub(crate) struct Access {
    info: ConnectionInfo,
    certificates: Certificates,
}

impl Access {
    /// Parses an address such as `redis://user:password@host:6379/0`. The error does not repeat it.
    pub(crate) fn parse(url: &str, certificates: &Certificates) -> Result<Self, ConnectError> {
        let encrypted = ["rediss:", "valkeys:"].iter().any(|scheme| url.starts_with(scheme));
        if encrypted && !cfg!(feature = "tls") {
            let reason = "an address asks for TLS: turn on the feature `tls` of `unjwt-store-redis`";
            return Err(ConnectError::Setting(reason.to_owned()));
        }
        let info = url.into_connection_info().map_err(|error| {
            let form = "an address has the form `redis://user:password@host:6379/0`, with `rediss` for TLS";
            ConnectError::Setting(format!("{form}: {}", error.category()))
        })?;
        if let ConnectionAddr::TcpTls { insecure: true, .. } = info.addr() {
            let reason = "an address ends with `#insecure`, which would accept any certificate: remove it and pass \
                          the certificate of your authority as `root_certificate`";
            return Err(ConnectError::Setting(reason.to_owned()));
        }
        // RESP3 reports the end of a connection at once, and has messages on the same connection.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        let info = info.set_redis_settings(settings).set_tcp_settings(tcp);
        Ok(Self { info, certificates: certificates.clone() })
    }

    /// Returns the host and port, or the path of a socket.
    pub(crate) fn server(&self) -> String {
        self.info.addr().to_string()
    }

    /// Returns the host and port. `None` for a socket, which has no neighbours.
    pub(crate) fn address(&self) -> Option<Address> {
        match self.info.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                Some(Address::new(host, *port))
            }
            _ => None,
        }
    }

    /// Returns the same for another host and port.
    pub(crate) fn at(&self, address: &Address) -> Self {
        let (host, port) = (address.host.to_string(), address.port);
        let address = match self.info.addr() {
            ConnectionAddr::TcpTls { insecure, .. } => {
                ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: None }
            }
            _ => ConnectionAddr::Tcp(host, port),
        };
        Self { info: self.info.clone().set_addr(address), certificates: self.certificates.clone() }
    }

    /// Returns a client, which has no connection yet.
    pub(crate) fn client(&self) -> Result<Client, ConnectError> {
        self.build().map_err(|error| {
            // The error of a certificate says what is wrong with its PEM, and nothing of what is in it.
            ConnectError::Setting(format!("the certificates cannot be used: {error}"))
        })
    }

    #[cfg(feature = "tls")]
    fn build(&self) -> redis::RedisResult<Client> {
        let ConnectionAddr::TcpTls { .. } = self.info.addr() else {
            return Client::open(self.info.clone());
        };
        // redis would panic where a program has several implementations of TLS and has not chosen one.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Somebody else may be first, which is as good.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let Certificates { root, client } = self.certificates.clone();
        let client = client
            .map(|(certificate, key)| redis::ClientTlsConfig { client_cert: certificate, client_key: key });
        Client::build_with_tls(
            self.info.clone(),
            redis::TlsCertificates { client_tls: client, root_cert: root },
        )
    }

    #[cfg(not(feature = "tls"))]
    fn build(&self) -> redis::RedisResult<Client> {
        Client::open(self.info.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Access, ConnectError> {
        Access::parse(url, &Certificates::default())
    }

    #[test]
    fn an_address_is_not_repeated_in_errors() {
        for url in [
            "http://user:hunter2@host",
            "redis://user:hunter2@",
            "redis://user:hunter2@host:99999",
            "redis://user:hunter2@host/x",
            "user:hunter2@host",
            "redis://user:hunter2@host:6379/0?protocol=hunter2",
            "redis://:hunter2@0.0.0.0",
            "rediss://user:hunter2@host#insecure",
            "",
        ] {
            let error = parse(url).err().unwrap();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_server_is_shown_without_its_password() {
        let access = parse("redis://user:hunter2@host:7000/3").unwrap();
        assert_eq!(access.server(), "host:7000");
        assert_eq!(access.at(&Address::new("other", 1)).server(), "other:1");
        assert_eq!(parse("valkey://host").unwrap().server(), "host:6379");
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn tls_names_its_feature() {
        let error = parse("rediss://host").err().unwrap();
        assert!(error.to_string().contains("feature `tls`"), "{error}");
    }

    #[cfg(feature = "tls")]
    #[test]
    fn a_certificate_that_is_none_is_an_error() {
        let certificates =
            Certificates { root: Some(b"-----BEGIN CERTIFICATE-----\n".to_vec()), client: None };
        let access = Access::parse("rediss://host", &certificates).unwrap();
        assert!(access.client().is_err());
    }
}
