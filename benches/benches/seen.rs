//! The bytes that a process remembers of a session whose token it has seen, by an allocator that counts, as JSON in the file
//! that is the last argument. `UNJWT_BENCH_SMOKE` makes it short.

use allocation_counter::measure;
use http::HeaderMap;
use http::header::COOKIE;
use serde_json::{Value, json};
use unjwt::bounds::{NoLogin, NoState, Writable};
use unjwt::{Config, JweKey, JwsKey, Session};
use unjwt_benches::claims::{Account, Encrypted, Signed, Stamped};
use unjwt_benches::family::Family;
use unjwt_benches::{PAYLOADS, SMOKE, ours};

fn main() {
    let sessions = if std::env::var_os(SMOKE).is_some() { 1_000 } else { 100_000 };
    let mut rows = Vec::new();
    for len in PAYLOADS {
        let key = [7; 32];
        rows.push(row(Family::Hs256, Signed::config(JwsKey::secret(key)), len, sessions));
        rows.push(row(Family::Dir, Encrypted::config(JweKey::secret(key)), len, sessions));
    }
    let text = Value::from(rows).to_string();
    match std::env::args().skip(1).rfind(|argument| !argument.starts_with('-')) {
        Some(path) => std::fs::write(path, text).expect("a file that can be written"),
        None => println!("{text}"),
    }
}

fn row<T>(family: Family, config: Config<T>, len: usize, sessions: u32) -> Value
where
    T: Session<State = NoState, Login = NoLogin> + Writable + Account,
{
    // More than they take.
    let tokens = config.token_cache(1 << 30).build().expect("a sound configuration");
    let data = T::of(&Stamped::with_json_len(len));
    let mut token_bytes = 0;
    let mut remembered = 0;
    for _ in 0..sessions {
        // Each has a `jti` of its own.
        let request = ours::request(&tokens, &data);
        token_bytes += token_len(&request);
        // The first reading only notes that it was there.
        remembered += measure(|| (0..3).for_each(|_| ours::read(&tokens, &request))).bytes_current;
    }
    let of_each = |bytes: f64| (bytes / f64::from(sessions)).round();
    json!({
        "family": family.id(),
        "len": len,
        "sessions": sessions,
        "token": of_each(token_bytes as f64),
        "remembered": of_each(remembered as f64),
    })
}

/// The length of the cookie's value, the last in the header.
fn token_len(request: &HeaderMap) -> usize {
    let line = request[COOKIE].as_bytes();
    line.len() - line.iter().rposition(|byte| *byte == b'=').map_or(0, |at| at + 1)
}
