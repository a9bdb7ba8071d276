use serde::{Deserialize, Serialize};
use unjwt::{JweKey, Session};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, version = 1)]
struct Login {
    user: u64,
}

#[derive(Serialize)]
struct LoginV1 {
    user: u64,
}

impl From<Login> for LoginV1 {
    fn from(new: Login) -> Self {
        Self { user: new.user }
    }
}

fn main() {
    let _ = Login::config(JweKey::secret([7; 32])).writes_version::<LoginV1>();
}
