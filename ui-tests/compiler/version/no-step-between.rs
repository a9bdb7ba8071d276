use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, version = 3, migrate(LoginV1, LoginV2))]
struct Login {
    user: u64,
}

#[derive(Deserialize)]
struct LoginV1 {
    user: u64,
}

#[derive(Deserialize)]
struct LoginV2 {
    user: u64,
}

impl From<LoginV2> for Login {
    fn from(old: LoginV2) -> Self {
        Self { user: old.user }
    }
}

fn main() {
    let _ = Login::config(JweKey::secret([7; 32]));
}
