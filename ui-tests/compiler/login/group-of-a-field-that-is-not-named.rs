use serde::{Deserialize, Serialize};
use unjwt::{Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D", revocable(by(user)))]
struct Login {
    user: u64,
    tenant: u32,
}

fn main() {
    let _ = Login::by_tenant(&7);
}
