//! What a session costs, beside every alternative. `README.md` tells how to run it and what is compared.

pub mod claims;
pub mod cookie_jar;
pub mod family;
pub mod floor;
pub mod growth;
pub mod josekit_plain;
pub mod jsonwebtoken_plain;
pub mod logins;
pub mod ours;
pub mod place;
pub mod rounds;
pub mod routes;
pub mod stored;
pub mod subject;

use claims::Stamped;
use family::Keys;
use subject::Subject;

/// The payloads that are compared, in bytes of JSON.
pub const PAYLOADS: [usize; 2] = [200, 2048];

/// The environment variable that makes every measurement as short as it can be.
pub const SMOKE: &str = "UNJWT_BENCH_SMOKE";

/// Every way to keep a session under this key.
pub fn subjects(keys: &Keys, claims: &Stamped) -> Vec<Subject> {
    let mut all = ours::subjects(keys, claims);
    all.extend(floor::subjects(keys, claims));
    all.push(josekit_plain::subject(keys, claims));
    all.extend(jsonwebtoken_plain::subject(keys, claims));
    all.extend(cookie_jar::subject(keys, claims));
    all
}
