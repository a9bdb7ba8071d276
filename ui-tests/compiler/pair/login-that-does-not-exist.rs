use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "15m", login = RefreshToken)]
struct AccessToken {
    user: u64,
}

fn main() {}
