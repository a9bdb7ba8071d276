#![deny(warnings)]

use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", absolute = "30D")]
pub struct Alone {
    pub sub: String,
    // Not written without `revocable`.
    pub sid: String,
    pub ep: u64,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", absolute = "1W")]
pub struct Equal {
    pub sub: String,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = 900, absolute = 3600, read_only)]
pub struct Reader {
    pub sub: String,
}

fn has_auth_time<T: unjwt::bounds::HasAuthTime>() {}

fn key() -> JweKey {
    JweKey::secret([7; 32])
}

fn main() {
    Alone::config(key()).build().unwrap();
    Equal::config(key()).build().unwrap();
    Reader::config(key()).build().unwrap();
    has_auth_time::<Alone>();
}
