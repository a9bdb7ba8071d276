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

struct Refused;

impl TryFrom<LoginV1> for Login {
    type Error = Refused;

    fn try_from(old: LoginV1) -> Result<Self, Refused> {
        if old.user > 0 { Ok(Self { user: old.user }) } else { Err(Refused) }
    }
}

fn main() {
    let _ = Login::config(JweKey::secret([7; 32]));
}
