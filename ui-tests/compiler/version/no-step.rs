use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, version = 2, migrate(LoginV1))]
struct Login {
    user: u64,
}

#[derive(Deserialize)]
struct LoginV1 {
    user: u64,
}

fn main() {
    let _ = Login::config(JweKey::secret([7; 32]));
}
