//! The connector of the feature `rustls`.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::Kind;

/// Creates a connector that verifies certificates with the roots of the system, or those of `SSL_CERT_FILE`.
///
/// Without any root it refuses every certificate.
pub(crate) fn connector() -> Result<MakeRustlsConnect, Kind> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    // Named here, so that it does not matter which provider the process has as its default, if any.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Kind::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
