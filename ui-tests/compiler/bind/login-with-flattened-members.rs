use serde::{Deserialize, Serialize};
use unjwt::Session;

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, max_age = "7D")]
struct RefreshToken {
    user: u64,
    #[serde(flatten)]
    more: std::collections::BTreeMap<String, u64>,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, max_age = "10m", login = RefreshToken, bind = "dbsc")]
struct AccessToken {
    user: u64,
}

impl From<&RefreshToken> for AccessToken {
    fn from(login: &RefreshToken) -> Self {
        Self { user: login.user }
    }
}

fn main() {}
