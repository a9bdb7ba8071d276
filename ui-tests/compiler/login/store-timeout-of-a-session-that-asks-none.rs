use std::time::Duration;

use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "1h")]
struct Visitor {}

fn main() {
    let _ = Visitor::config(JweKey::password("a password")).store_timeout(Duration::from_secs(1));
}
