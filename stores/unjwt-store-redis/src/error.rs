//! Errors, in words that contain no password and no value.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use redis::{ErrorKind, RedisError, ServerError, ServerErrorKind};

/// The reason why a [`RedisStore`](crate::RedisStore) could not be connected.
///
/// It contains the host and the port of a server, and no password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectError {
    /// An address or a setting cannot be used, whatever the servers do.
    Setting(String),
    /// A server does not answer. It may later.
    Unreachable {
        /// The server's host and port.
        server: String,
        /// The reason.
        reason: String,
    },
    /// A server answers, but not as a store needs it: it refuses the password, is a replica, or is too old.
    Unusable {
        /// The server's host and port.
        server: String,
        /// The reason.
        reason: String,
    },
}

impl ConnectError {
    pub(crate) fn unreachable(server: &str, reason: impl Into<String>) -> Self {
        Self::Unreachable { server: server.to_owned(), reason: reason.into() }
    }

    pub(crate) fn unusable(server: &str, reason: impl Into<String>) -> Self {
        Self::Unusable { server: server.to_owned(), reason: reason.into() }
    }

    /// Describes why a connection could not be made, without the text of a server: one that does not know `HELLO`
    /// repeats the command with the password in it.
    pub(crate) fn from_handshake(server: &str, error: &RedisError) -> Self {
        let reason = match error.kind() {
            ErrorKind::Io => return Self::unreachable(server, error.to_string()),
            ErrorKind::AuthenticationFailed => "it refuses the user name or the password".to_owned(),
            ErrorKind::RESP3NotSupported => {
                "it does not speak RESP3: use Redis 6.2 or newer, or Valkey".to_owned()
            }
            ErrorKind::Server(_) | ErrorKind::Extension => match error.code() {
                Some("WRONGPASS") => "it refuses the user name or the password".to_owned(),
                Some("NOAUTH") => "it asks for a password: write it into the address".to_owned(),
                code => format!("it answers with the error {}", code.unwrap_or("ERR")),
            },
            _ => error.category().to_owned(),
        };
        Self::unusable(server, reason)
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(reason) => f.write_str(reason),
            Self::Unreachable { server, reason } => write!(f, "{server} does not answer: {reason}"),
            Self::Unusable { server, reason } => write!(f, "{server} cannot be used as a store: {reason}"),
        }
    }
}

impl Error for ConnectError {}

/// The reason of an [`Outage`](unjwt_store::Outage).
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// There is no connection, and nothing was sent.
    Down(ConnectError),
    /// There was no connection, or no turn, until the deadline. Nothing was sent.
    NoTurn { waited: Duration },
    /// The command was sent and not answered by the deadline.
    Late { server: String, waited: Duration },
    /// The connection ended before the answer.
    Broken { server: String, reason: String },
    /// The server has become a replica since the connection was made.
    Demoted { server: String },
    /// The server answers with an error.
    Refused { code: String, reason: String },
    /// The record, the answer or the caller's value is not what it must be.
    Wrong(String),
}

impl Failure {
    pub(crate) fn refused(error: &ServerError) -> Self {
        Self::Refused { code: error.code().to_owned(), reason: told(error.details()) }
    }

    /// Returns whether a read that failed in this way may succeed over the next connection.
    pub(crate) fn is_worth_another_read(&self) -> bool {
        matches!(self, Self::Broken { .. } | Self::Demoted { .. })
    }

    /// Returns whether this is the error of a server that the slot is elsewhere, or nowhere.
    pub(crate) fn concerns_slots(&self) -> bool {
        match self {
            Self::Down(_) | Self::Late { .. } | Self::Broken { .. } | Self::Demoted { .. } => true,
            Self::Refused { code, .. } => {
                matches!(&**code, "MOVED" | "ASK" | "CLUSTERDOWN" | "MASTERDOWN" | "READONLY")
            }
            Self::NoTurn { .. } | Self::Wrong(_) => false,
        }
    }
}

/// Returns what an error of a server says, without the part of the command that some errors repeat.
fn told(details: Option<&str>) -> String {
    let details = details.unwrap_or_default();
    let end = details.find(", with args").unwrap_or(details.len());
    details.get(..end).unwrap_or_default().chars().take(200).collect()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Down(error) => write!(f, "{error}"),
            Self::NoTurn { waited } => write!(
                f,
                "the store was not reached within {waited:?}: it is being connected to, or busy with earlier calls"
            ),
            Self::Late { server, waited } => write!(f, "{server} did not answer within {waited:?}"),
            Self::Broken { server, reason } => write!(f, "the connection to {server} ended: {reason}"),
            Self::Demoted { server } => write!(f, "{server} has become a replica"),
            Self::Refused { code, reason } => write!(f, "the server answers {code} {reason}"),
            Self::Wrong(reason) => f.write_str(reason),
        }
    }
}

impl Error for Failure {}

/// Returns whether an error of a server means that it does not know the script.
pub(crate) fn is_unknown_script(error: &ServerError) -> bool {
    error.kind() == Some(ServerErrorKind::NoScript)
}

/// Returns whether an error of a server means that it does not allow, or not know, the command.
pub(crate) fn is_unavailable_command(error: &ServerError) -> bool {
    error.kind() == Some(ServerErrorKind::NoPerm)
        || error.details().is_some_and(|text| text.starts_with("unknown command"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_error(line: &[u8]) -> ServerError {
        match redis::parse_redis_value(line).unwrap() {
            redis::Value::ServerError(error) => error,
            value => panic!("{value:?}"),
        }
    }

    #[test]
    fn the_password_that_an_old_server_repeats_is_not_shown() {
        let line = b"-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `hunter2`,\r\n";
        let failure = Failure::refused(&server_error(line));
        assert_eq!(failure.to_string(), "the server answers ERR unknown command `HELLO`");
        let line = b"-NEW unknown command HELLO 3 AUTH default hunter2\r\n";
        let error = ConnectError::from_handshake("db:6379", &server_error(line).into());
        assert_eq!(error.to_string(), "db:6379 cannot be used as a store: it answers with the error NEW");
    }

    #[test]
    fn a_long_error_is_cut() {
        let line = format!("-ERR {}\r\n", "é".repeat(1000));
        assert!(Failure::refused(&server_error(line.as_bytes())).to_string().len() < 500);
    }
}
