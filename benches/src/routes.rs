//! The servers and routes of the HTTP comparison, in the order of the tables.

/// `node` is h3 with npm `unjwt`; the others are names of the bin `server`.
pub const SERVERS: [&str; 8] = [
    "unjwt",
    "axum-extra",
    "tower-sessions",
    TOWER_SESSIONS_REDIS,
    "seshcookie",
    "session-guard",
    "jsonwebtoken",
    "node",
];

/// tower-sessions with its store for Redis.
pub const TOWER_SESSIONS_REDIS: &str = "tower-sessions, Redis";

/// `cookie` answers as `hello` does, to requests that bring the cookie of `hs256`; `layer` does, under a layer that does
/// nothing.
pub const ROUTES: [&str; 11] = [
    "hello",
    "cookie",
    "layer",
    "anonymous",
    "hs256",
    "dir",
    "rs256",
    "password",
    "revocable",
    "chunked",
    "update",
];

/// The answer of every route, which is the `sub` of every session.
pub const ANSWER: &str = "a3f81c52";

/// Returns the login whose cookies the requests bring; none where they bring no cookie.
pub fn login(route: &str) -> Option<&str> {
    match route {
        "hello" | "layer" | "anonymous" => None,
        "cookie" => Some("hs256"),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Stamped;

    #[test]
    fn the_answer_is_a_sessions_subject() {
        assert_eq!(Stamped::with_json_len(200).sub, ANSWER);
    }
}
