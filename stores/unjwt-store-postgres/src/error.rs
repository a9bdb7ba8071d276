//! The error at startup.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The reason why [`PostgresStore::connect`](crate::PostgresStore::connect) failed.
///
/// The message says what to do about it, and contains neither the address nor the password. Its [`source`](Error::source) is the error of
/// `tokio-postgres`, if there is one.
#[derive(Debug)]
pub struct ConnectError(Kind);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error(
        "the address of the Postgres server cannot be read: write it like \
         postgres://user:password@host:5432/database, with special characters of the password percent-encoded"
    )]
    Address,
    #[error(
        "the address of the Postgres server has an option that is not supported here: instead of \
         sslmode=verify-full, sslmode=verify-ca and sslrootcert, write sslmode=require, which verifies the certificate \
         and the host name, and give other root certificates to `tls`"
    )]
    VerifyMode,
    #[error(
        "the address of the Postgres server names no host: write it like postgres://user:password@host:5432/database"
    )]
    NoHost,
    #[error(
        "the address asks for TLS, which is not built in: enable the feature `rustls` of unjwt-store-postgres, or \
         give a connector to `tls`"
    )]
    NoTls,
    #[cfg(feature = "rustls")]
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    #[error("the pool of connections cannot be made")]
    Pool(#[source] deadpool_postgres::BuildError),
    #[error(
        "`{0}` is not a name for the table: use at most 57 lower-case letters, digits and underscores, not a digit \
         first, and a schema and a dot before it if needed"
    )]
    TableName(String),
    #[error("Postgres did not answer within {0:?}: is the server reachable?")]
    Timeout(Duration),
    #[error(
        "Postgres cannot be reached: check the address, the user and the password, and whether the server wants TLS"
    )]
    Unreachable(#[source] tokio_postgres::Error),
    #[error(
        "this Postgres server is a standby, which neither writes nor knows what was written just now: connect to the \
         primary, or name all servers in the address"
    )]
    Standby,
    #[error(
        "the table {table} does not exist, and this role may not create it: run this SQL as a role that may:\n{sql}"
    )]
    NoTable { table: String, sql: String, source: tokio_postgres::Error },
    #[error("the table {table} could not be created")]
    Create { table: String, source: tokio_postgres::Error },
    #[error("this role lacks rights: run this SQL as the owner of the table:\n{sql}")]
    Rights { sql: String },
    #[error("the table {table} is not as this store needs it: compare it with\n{sql}")]
    Shape { table: String, sql: String, source: tokio_postgres::Error },
    #[error("Postgres refused to answer a question about the table {table}")]
    Refused { table: String, source: tokio_postgres::Error },
}

impl From<Kind> for ConnectError {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
