//! The servers and routes of the HTTP comparison, in the order of the tables.

/// `node` is h3 with npm `unjwt`; the others are names of the bin `server`.
pub const SERVERS: [&str; 4] = ["unjwt", "axum-extra", "tower-sessions", "node"];

/// `cookie` answers as `hello` does, to requests that bring the cookie of `hs256`; `layer` does, under a layer that does
/// nothing.
pub const ROUTES: [&str; 10] =
    ["hello", "cookie", "layer", "anonymous", "hs256", "dir", "rs256", "password", "chunked", "update"];

/// The login whose cookies the requests bring; none where they bring no cookie.
pub fn login(route: &str) -> Option<&str> {
    match route {
        "hello" | "layer" | "anonymous" => None,
        "cookie" | "update" => Some("hs256"),
        other => Some(other),
    }
}
