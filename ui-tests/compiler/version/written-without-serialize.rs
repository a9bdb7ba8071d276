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

impl From<LoginV1> for Login {
    fn from(old: LoginV1) -> Self {
        Self { user: old.user }
    }
}

impl From<Login> for LoginV1 {
    fn from(new: Login) -> Self {
        Self { user: new.user }
    }
}

fn main() {
    let _ = Login::config(JweKey::secret([7; 32])).writes_version::<LoginV1>();
}
