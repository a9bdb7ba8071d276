use serde::{Deserialize, Serialize};
use unjwt::{DeviceBound, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "10m")]
struct Token {
    user: u64,
}

fn needs_a_device<T: DeviceBound>() {}

fn main() {
    needs_a_device::<Token>();
}
