//! What the growth benches vary, and the names under which the report finds them.

pub const PAYLOAD: &str = "growth-payload";
pub const KEYS: &str = "growth-keys";
pub const COOKIES: &str = "growth-cookies";
pub const SESSIONS: &str = "growth-sessions";

pub const PAYLOADS: [usize; 10] = [100, 200, 500, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];

/// Tokens of sessions end at 16 KiB, which base64url makes of three quarters of that.
pub const LONGEST_IN_HEADER: usize = 8192;

pub const KEY_COUNTS: [usize; 7] = [1, 3, 10, 30, 100, 300, 1000];

/// A token that names no key is tried with a few only.
pub const MOST_NAMELESS: usize = 10;

pub const COOKIE_COUNTS: [usize; 7] = [1, 2, 5, 10, 20, 50, 100];
